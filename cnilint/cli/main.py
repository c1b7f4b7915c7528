"""The ``cnilint`` command: the group of all commands, and how each way of ending becomes an exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from cnilint import __version__
from cnilint.cli.command import LazyGroup
from cnilint.cli.output import ExitCode
from cnilint.errors import UsageError

_COMMANDS = {
    "check": ("cnilint.cli.check", "Check manifests: references, settings, API versions."),
    "ownership": ("cnilint.cli.ownership", "Audit field ownership of live objects, and predict an apply."),
    "rules": ("cnilint.cli.rules", "List and test rules, and compare component releases."),
    "explain": ("cnilint.cli.explain", "Print the page of a code or rule."),
}
_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=LazyGroup, lazy=_COMMANDS, context_settings=_HELP)
@click.version_option(__version__, prog_name="cnilint")
def cli() -> None:
    """Find out whether a change of manifests breaks a cluster network, before it reaches a cluster."""


def main() -> None:
    """The entry point of the program."""
    _open_closed_streams()
    try:
        cli.main(prog_name="cnilint", standalone_mode=False)
    except SystemExit as leaving:
        _end(leaving)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(ExitCode.INTERRUPTED)
    except UsageError as error:
        _say(f"{error} ({error.hint})" if error.hint else str(error))
        sys.exit(ExitCode.USAGE)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.CLEAN)
    except OSError as error:
        # A full disk, say. Files that cannot be read are findings or usage errors, with better messages.
        _say(str(error))
        sys.exit(ExitCode.USAGE)
    except Exception:
        _say_where(sys.exception())
        _say("internal error: please report it with the lines above")
        sys.exit(ExitCode.FAULT)


def _say(message: str) -> None:
    from cnilint.report.terminal import printable

    click.echo(printable(f"cnilint: {message}"), err=True)


def _say_where(error: BaseException | None) -> None:
    """Prints where an error was raised and its type, and the same of its causes. Its message may quote a Secret."""
    from traceback import format_tb

    while error is not None:
        frames = "".join(format_tb(error.__traceback__))
        click.echo(f"Traceback (most recent call last):\n{frames}{type(error).__name__}", err=True)
        error = error.__cause__ or error.__context__


def _open_closed_streams() -> None:
    """Replaces standard streams that the parent process closed by the null device."""
    sys.stdin = sys.stdin or Path(os.devnull).open()  # noqa: SIM115
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115


def _end(leaving: SystemExit) -> NoReturn:
    """Ends the process without freeing its objects, which the frames of ``leaving`` still hold.

    The system takes the memory back at once; freeing millions of objects first is a tenth of a long run.
    """
    if not isinstance(leaving.code, int):
        raise leaving
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        raise leaving from None
    os._exit(leaving.code)
