"""Summarizes the baseline of a run: the number of findings it leaves out, and its stale entries."""

from collections.abc import Iterator

from cnilint.diagnostics.wording import quantity
from cnilint.findings.baseline import Baseline
from cnilint.findings.policy import Result
from cnilint.report.group import told_number
from cnilint.report.model import KnownFindings

_MOST = 5
"""Entries that are named one by one."""


def summary_of(baseline: Baseline | None, result: Result) -> KnownFindings | None:
    """The findings that the baseline left out of a run, and its stale entries; None without a baseline."""
    if baseline is None:
        return None
    known = result.known
    return KnownFindings(file=baseline.file, known=len(known), told=told_number(known), stale=result.stale)


def stale_notices(found: KnownFindings | None) -> Iterator[str]:
    """The entries that no longer occur, and what to do with them."""
    if found is None or not found.stale:
        return
    for entry in found.stale[:_MOST]:
        yield f"{found.file}:{entry.line}: {entry.code} no longer occurs: {entry.text}"
    more = len(found.stale) - _MOST
    if more > 0:
        yield f"{found.file}: {more} more no longer occur"
    yield f"{found.file}: run `cnilint baseline` to remove the entries that no longer occur"


def known_line(found: KnownFindings | None) -> str:
    """How many findings are left out; empty without a baseline."""
    if found is None:
        return ""
    return f"Left out {quantity(found.told, 'known finding')} of the baseline {found.file}."
