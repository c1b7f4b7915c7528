"""A report in a few kilobytes, for places that show no more: the error of a pipeline step, a termination message."""

from collections.abc import Sequence

from msgspec import Struct

from cnilint.diagnostics.model import SEVERITIES, Severity
from cnilint.diagnostics.wording import quantity
from cnilint.findings.model import Finding
from cnilint.report.group import FindingGroup, active, grouped
from cnilint.report.model import Report
from cnilint.report.place import workload_text
from cnilint.report.summary import not_checked_line, unverified, verdict
from cnilint.report.terminal import line, printable
from cnilint.report.told import as_told

MOST_BYTES = 4096
"""The size of a container's termination message:
https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/"""

ALL_OF_STDIN = "`cnilint check -` shows all findings of the same input"
"""Where the findings are that a text about standard input leaves out."""

_MOST_IN_LINE = 300
_MOST_NOTICES = 5
_CUT = "..."
_FATAL = "fatal"


class _FindingLines(Struct, frozen=True):
    """The lines of a finding: those that are ``needed``, and those for which there may be no room."""

    needed: list[str]
    more: list[str]


def brief(
    report: Report,
    headline: str,
    *,
    least: Severity = "warning",
    head: Sequence[str] = (),
    notices: Sequence[str] = (),
    rest: str = ALL_OF_STDIN,
) -> str:
    """The findings of the severity ``least`` or a higher one, the worst first, in at most ``MOST_BYTES`` of UTF-8.

    ``headline`` begins the text and is followed by the verdict, then by the lines of ``head``. A finding takes two lines,
    and more where its hint fits. The others are counted; ``rest`` says where they are. Lines are cut, and no line of a
    manifest is quoted.
    """
    report = as_told(report)
    result, without = verdict(report), unverified(report)
    first = " ".join(filter(None, (headline, result, "" if without == result else without)))
    last = [f"notice: {each}" for each in notices[:_MOST_NOTICES]]
    if len(notices) > _MOST_NOTICES:
        last.append(f"{quantity(len(notices) - _MOST_NOTICES, 'more notice')} not shown here")
    last.append(not_checked_line(report.coverage))
    return _bounded(
        [_line(each) for each in (first, *head)],
        [_lines(group) for group in shown(report, least)],
        [_line(each) for each in last if each],
        rest,
    )


def cut(text: str, most: int) -> str:
    """A text of one line that is safe to print, in at most ``most`` bytes of UTF-8, with no character in part."""
    safe = line(printable(text))
    data = safe.encode()
    return safe if len(data) <= most else data[: most - len(_CUT)].decode(errors="ignore") + _CUT


def shown(report: Report, least: Severity) -> list[FindingGroup]:
    """The findings that ``brief`` shows if there is room, the worst first."""
    ranks = SEVERITIES[: SEVERITIES.index(least) + 1]
    groups = sorted(grouped(active(as_told(report).findings)), key=_rank)
    return [group for group in groups if group.finding.severity in ranks]


def _rank(group: FindingGroup) -> tuple[int, bool]:
    """By severity; what stops pods first. Findings of one rank keep their order."""
    finding = group.finding
    return SEVERITIES.index(finding.severity), finding.target is None and finding.effect != _FATAL


def _lines(group: FindingGroup) -> _FindingLines:
    finding = group.finding
    hint = [f"  hint: {finding.hint}"] if finding.hint else []
    return _FindingLines(
        needed=[
            _line(f"{finding.severity}[{finding.code}] {finding.message}"),
            _line(f"  {_place(finding)}"),
        ],
        more=[_line(text) for text in (*hint, *(f"  note: {reason}" for reason in finding.evidence))],
    )


def _place(finding: Finding) -> str:
    """``in DaemonSet kube-system/agent, container install (chart/templates/agent.yaml, stdin:43)``."""
    place = f"{finding.span.file}:{finding.span.line}"
    if finding.owner is not None and finding.owner.origin:
        place = f"{finding.owner.origin}, {place}"
    where = workload_text(finding)
    return f"in {where} ({place})" if where else place


def _bounded(first: Sequence[str], findings: Sequence[_FindingLines], last: Sequence[str], rest: str) -> str:
    """As many findings as fit, then the number of the others and the last lines."""
    # The line about findings that are left out has its place before it is known whether there are any.
    room = MOST_BYTES - _size([*first, *last, _left_out(len(findings), rest)])
    fitting: list[_FindingLines] = []
    for each in findings:
        if _size(each.needed) > room:
            break
        room -= _size(each.needed)
        fitting.append(each)
    lines = [*first]
    for each in fitting:
        lines += each.needed
        if _size(each.more) <= room:
            room -= _size(each.more)
            lines += each.more
    missing = len(findings) - len(fitting)
    lines += [_left_out(missing, rest)] if missing else []
    return "".join(f"{text}\n" for text in (*lines, *last))


def _left_out(number: int, rest: str) -> str:
    return f"{number} more not shown here: {rest}"


def _line(text: str) -> str:
    return cut(text, _MOST_IN_LINE)


def _size(lines: Sequence[str]) -> int:
    return sum(len(each.encode()) + 1 for each in lines)
