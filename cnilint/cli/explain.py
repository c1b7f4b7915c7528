"""``cnilint explain CODE``."""

from typing import NoReturn

import click

from cnilint.errors import UsageError


@click.command()
@click.argument("code")
def explain(code: str) -> None:
    """Print the page of a code or rule.

    CODE is the id or the name of a code, such as CNI101 or missing-key, or the id of a rule, such as cilium/tunnel.
    """
    click.echo(explain_command(code), nl=False)


def explain_command(identifier: str) -> str:
    """The page of a code or of a rule in Markdown. Raises UsageError for an identifier that is neither."""
    from cnilint.checks import CODES, page

    for code, entry in CODES.items():
        if identifier.upper() in (code, entry.name.upper()):
            return page(code)
    return _rule_page(identifier) if "/" in identifier else _refuse_code(identifier)


def _rule_page(identifier: str) -> str:
    """The page of a rule, in the packs of the configuration too."""
    from cnilint.checks import CODES
    from cnilint.cli.rules import explain_rule
    from cnilint.config.load import load
    from cnilint.packs.library import Library

    return explain_rule(Library(extra=load(None, ".", CODES).packs), identifier)


def _refuse_code(identifier: str) -> NoReturn:
    from cnilint.checks import CODES
    from cnilint.diagnostics.suggest import closest

    known = [code for code in CODES if code.startswith(identifier.upper())]
    near = known or [closest(identifier, [*CODES, *(code.name for code in CODES.values())])]
    meant = " or ".join(f"`{name}`" for name in near if name)
    raise UsageError(f"unknown code `{identifier}`", f"did you mean {meant}?" if meant else "")
