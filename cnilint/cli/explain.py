"""``cnilint explain [CODE]``."""

from typing import NoReturn

import click

from cnilint.cli.output import write_out
from cnilint.errors import UsageError


def _beginning(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The codes that begin with what is typed."""
    from cnilint.checks import CODES

    return [code for code in CODES if code.startswith(incomplete.upper())]


@click.command()
@click.argument("code", required=False, shell_complete=_beginning)
def explain(code: str | None) -> None:
    """Print the page of a code or rule; without CODE, list all codes.

    CODE is the id or the name of a code, such as CNI101 or missing-key, or the id of a rule, such as cilium/tunnel.
    """
    write_out(all_codes() if code is None else explain_command(code))


def all_codes() -> str:
    """All codes, one a line: id, name, severity, summary; then the commands that say more."""
    from cnilint.checks import CODES

    width = max(len(entry.name) for entry in CODES.values())
    lines = [
        f"{code}  {entry.name:<{width}}  {entry.severity or 'by effect':<9}  {entry.summary}"
        for code, entry in CODES.items()
    ]
    lines += [
        "",
        "By effect: what stops a workload is an error, what overrides or degrades it a warning, what is ignored a note.",
        "`cnilint explain CODE` prints the page of a code, `cnilint rules list` the rules of the CNI2 codes.",
    ]
    return "".join(f"{line}\n" for line in lines)


def explain_command(identifier: str) -> str:
    """The page of a code or of a rule in Markdown. Raises UsageError for an identifier that is neither."""
    from cnilint.checks import CODES, page

    for code, entry in CODES.items():
        if identifier.upper() in (code, entry.name.upper()):
            return page(code)
    return _rule_page(identifier) if "/" in identifier else _refuse_code(identifier)


def _rule_page(identifier: str) -> str:
    """The page of a rule, in the packs of the configuration too."""
    from cnilint.cli.configured import library_around
    from cnilint.cli.rules import explain_rule

    return explain_rule(library_around(), identifier)


def _refuse_code(identifier: str) -> NoReturn:
    from cnilint.checks import CODES
    from cnilint.diagnostics.suggest import closest

    known = [code for code in CODES if code.startswith(identifier.upper())]
    near = known or [closest(identifier, [*CODES, *(code.name for code in CODES.values())])]
    meant = " or ".join(f"`{name}`" for name in near if name)
    raise UsageError(
        f"unknown code `{identifier}`",
        f"did you mean {meant}?" if meant else "`cnilint explain` lists all codes",
    )
