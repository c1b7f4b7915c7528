"""The summary of a sync for a container's termination message: the brief form, with the releases and what was not read."""

from collections.abc import Iterator

from cnilint.report.brief import MOST_BYTES, brief, cut
from cnilint.report.model import Report
from cnilint.report.sync_view import since_text, step_text

_REST = "see the log"
_MOST_OF_HEAD = 5
"""Lines before the findings, so that they have room."""


def summary(report: Report) -> str:
    """The verdict, what could not be read, the releases; then the findings, worst first, and how many more there are."""
    return brief(report, "", least="note", head=[*_head(report)][:_MOST_OF_HEAD], rest=_REST)


def failure(message: str) -> str:
    """The summary of a run that failed."""
    return cut(f"cnilint: {message}", MOST_BYTES - 1) + "\n"


def _head(report: Report) -> Iterator[str]:
    if report.sync is None:
        return
    unread = report.sync.unread
    more = f" ({len(unread) - 1} more such)" if len(unread) > 1 else ""
    yield from (f"{each}{more}" for each in unread[:1])
    if report.sync.since is not None:
        yield since_text(report.sync.since)
    yield from map(step_text, report.sync.upgrades)
