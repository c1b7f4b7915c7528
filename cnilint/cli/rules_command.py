"""``cnilint rules``: lists, tests, catalogues and comparisons of rule packs."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from cnilint.checks import CODES
from cnilint.cli.rules import (
    TableFormat,
    check_packs,
    derive_catalogue,
    diff_releases,
    list_rules,
    show_comparison,
)
from cnilint.config.load import load
from cnilint.errors import UsageError
from cnilint.packs.library import Library


def list_command(component: str | None) -> str:
    """The rules of a component or of all, those of the configuration's packs included."""
    return list_rules(_library(), component)


def test_command(packs: Sequence[Path]) -> tuple[str, bool]:
    """What the examples of packs gave, and whether all did what their rules claim."""
    return check_packs(_library(), packs)


def catalogue_command(component: str, folders: Sequence[Path], output: Path | None) -> str:
    """The catalogue as text, or nothing when it went to a file. Raises UsageError."""
    text = derive_catalogue(component, folders)
    if output is None:
        return text
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write '{output}': {error.strerror}") from None
    return ""


def diff_command(component: str, old: str, new: str, path: Path | None, form: str) -> str:
    """What changes between two releases, in a format."""
    return show_comparison(diff_releases(_library(), component, old, new, path), cast("TableFormat", form))


def _library() -> Library:
    return Library(extra=load(None, ".", CODES).packs)
