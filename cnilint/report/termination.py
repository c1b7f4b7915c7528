"""The summary for a container's termination message: the most important first, within the kubelet's limit.

https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/
"""

from collections.abc import Iterator, Sequence

from cnilint.diagnostics.model import SEVERITIES
from cnilint.diagnostics.wording import quantity
from cnilint.findings.model import Finding
from cnilint.report.group import active, grouped
from cnilint.report.model import Report
from cnilint.report.place import workload_text
from cnilint.report.summary import verdict
from cnilint.report.sync_view import since_text, step_text
from cnilint.report.terminal import printable

LIMIT = 4096
"""Bytes of a termination message."""

_MOST_OF_HEAD = 400
"""Bytes of a line before the findings, so that no name of a manifest leaves them without room."""
_FATAL = "fatal"
_ELLIPSIS = "..."


def summary(report: Report) -> str:
    """The verdict, the releases, what could not be read; then the findings, worst first, and how many more there are."""
    found = sorted((one.finding for one in grouped(active(report.findings))), key=_rank)
    head = (_cut(printable(line), _MOST_OF_HEAD) for line in _head(report))
    return _fitted(list(head), [printable(_line(one)) for one in found])


def failure(message: str) -> str:
    """The summary of a run that failed."""
    return _cut(f"cnilint: {printable(message)}", LIMIT - 1) + "\n"


def _head(report: Report) -> Iterator[str]:
    yield verdict(report)
    if report.sync is not None:
        yield from map(step_text, report.sync.upgrades)
        if report.sync.since is not None:
            yield since_text(report.sync.since)
        unread = report.sync.unread
        more = f" ({len(unread) - 1} more such)" if len(unread) > 1 else ""
        yield from (f"{each}{more}" for each in unread[:1])


def _rank(finding: Finding) -> tuple[int, bool]:
    """By severity; what stops pods first. Findings of one rank keep their order."""
    return SEVERITIES.index(finding.severity), finding.target is None and finding.effect != _FATAL


def _line(finding: Finding) -> str:
    place = workload_text(finding)
    text = f"{finding.severity} {finding.code}: {finding.message}"
    return f"{text} ({place})" if place else text


def _fitted(head: Sequence[str], findings: Sequence[str]) -> str:
    """All lines, or as many findings as leave room for the number of the others; of the first at least a part."""
    if _size([*head, *findings]) <= LIMIT:
        return _text([*head, *findings])
    room = LIMIT - _size([*head, _more(len(findings))])
    shown: list[str] = []
    for finding in findings:
        if _size([*shown, finding]) > room:
            break
        shown.append(finding)
    if not shown and room > len(_ELLIPSIS):
        shown = [_cut(findings[0], room - 1)]
    return _text([*head, *shown, _more(len(findings) - len(shown))])


def _more(number: int) -> str:
    return f"{_ELLIPSIS} and {quantity(number, 'more finding')}: see the log"


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _size(lines: Sequence[str]) -> int:
    return len(_text(lines).encode("utf-8", "replace"))


def _cut(text: str, size: int) -> str:
    """A text in at most ``size`` bytes of UTF-8, with no character in part."""
    data = text.encode("utf-8", "replace")
    if len(data) <= size:
        return data.decode("utf-8")
    return data[: size - len(_ELLIPSIS)].decode("utf-8", "ignore") + _ELLIPSIS
