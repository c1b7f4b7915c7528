"""The baseline of a run in words: how much is known, and what of it no longer occurs."""

from collections.abc import Iterator

from cnilint.diagnostics.wording import quantity
from cnilint.findings.baseline import Baseline
from cnilint.findings.policy import Result
from cnilint.report.model import KnownFindings

_MOST = 5
"""Entries that are named one by one."""


def summary_of(baseline: Baseline | None, result: Result) -> KnownFindings | None:
    """What a run had of a baseline; None without one."""
    return None if baseline is None else KnownFindings(baseline.file, len(result.known), result.stale)


def stale_notices(found: KnownFindings | None) -> Iterator[str]:
    """The entries that no longer occur, and what to do with them."""
    if found is None or not found.stale:
        return
    for entry in found.stale[:_MOST]:
        yield f"{found.file}:{entry.line}: {entry.code} no longer occurs: {entry.text}"
    more = len(found.stale) - _MOST
    said = f"{more} more entries of {found.file} no longer occur" if more > 0 else "they are fixed"
    yield f"{said}: run `cnilint baseline` to remove them from the baseline"


def known_line(found: KnownFindings | None) -> str:
    """How many findings are left out; empty without a baseline."""
    if found is None:
        return ""
    return f"Left out {quantity(found.known, 'known finding')} of the baseline {found.file}."
