"""``cnilint completion SHELL``."""

from __future__ import annotations

import click

from cnilint.cli.output import write_out


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print the script that completes commands, options and codes in a shell.

    For bash: `source <(cnilint completion bash)` in ~/.bashrc.
    """
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root()
    made = get_completion_class(shell)
    assert made is not None
    write_out(f"{made(root.command, {}, 'cnilint', '_CNILINT_COMPLETE').source().rstrip()}\n")
