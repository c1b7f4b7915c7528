"""``cnilint explain CODE``."""

from typing import NoReturn

from cnilint.checks import CODES, page
from cnilint.diagnostics.suggest import closest
from cnilint.errors import UsageError


def explain_command(identifier: str) -> str:
    """The page of a code or of a rule in Markdown. Raises UsageError for what is neither."""
    for code, entry in CODES.items():
        if identifier.upper() in (code, entry.name.upper()):
            return page(code)
    return _rule_page(identifier) if "/" in identifier else _refuse_code(identifier)


def _rule_page(identifier: str) -> str:
    """The page of a rule; those of the configuration's packs have one too."""
    from cnilint.cli.rules import explain_rule
    from cnilint.config.load import load
    from cnilint.packs.library import Library

    return explain_rule(Library(extra=load(None, ".", CODES).packs), identifier)


def _refuse_code(identifier: str) -> NoReturn:
    names = [name for code, entry in CODES.items() for name in (code, entry.name)]
    known = [code for code in CODES if code.startswith(identifier.upper())]
    near = ", ".join(known) or closest(identifier, names)
    raise UsageError(f"there is no code '{identifier}'", f"there is {near}" if near else "")
