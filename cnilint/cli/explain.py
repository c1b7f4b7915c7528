"""``cnilint explain CODE``."""

from collections.abc import Mapping
from functools import cache
from inspect import cleandoc
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
    from cnilint.findings.codes import CODES, page

    for entry in CODES:
        if identifier.upper() in (entry.code, entry.name.upper()):
            return page(entry, pages())
    return _rule_page(identifier) if "/" in identifier else _refuse_code(identifier)


def _rule_page(identifier: str) -> str:
    """The page of a rule, in the packs of the configuration too."""
    from cnilint.cli.rules import explain_rule
    from cnilint.config.load import load
    from cnilint.packs.library import Library

    return explain_rule(Library(extra=load(None, ".").packs), identifier)


def _refuse_code(identifier: str) -> NoReturn:
    from difflib import get_close_matches

    from cnilint.findings.codes import CODES

    known = [entry.code for entry in CODES if entry.code.startswith(identifier.upper())]
    names = [name for entry in CODES for name in (entry.code, entry.name)]
    near = known or get_close_matches(identifier, names, n=1)
    raise UsageError(f"there is no code '{identifier}'", f"there is {', '.join(near)}" if near else "")


@cache
def pages() -> Mapping[str, str]:
    """The pages of the checks by code: each check's docstring below its title."""
    from cnilint.checks import CHECKS
    from cnilint.checks.ownership import CHECKS as OF_LIVE_OBJECTS
    from cnilint.findings.codes import CODES

    by_code = {entry.code: entry for entry in CODES}
    return {
        module.CODE: f"# {module.CODE} {by_code[module.CODE].name}\n\n{cleandoc(module.__doc__ or '')}\n"
        for module in (*CHECKS, *OF_LIVE_OBJECTS)
    }
