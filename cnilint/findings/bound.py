"""Bounds the findings of one code in one file, so that a defect that repeats without end does not fill a report."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.diagnostics.model import SEVERITIES, Message
from cnilint.diagnostics.span import Span
from cnilint.findings.model import Finding

MOST = 500
"""Places of one code in one file, and findings of it at one place in one environment."""


def bounded(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings in their order; instead of the first one beyond a bound, one says how many there are.

    It has the severity of the worst of them, so that exit codes do not change. A place counts once, however many
    environments share it. Suppressed findings have a bound of their own.
    """
    groups: defaultdict[tuple[str, str, bool], _Group] = defaultdict(_Group)
    beyond = [not groups[_key(finding)].admits(finding) for finding in findings]
    for finding, left_out in zip(findings, beyond, strict=True):
        if not left_out:
            yield finding
        elif groups[_key(finding)].left_out[0] is finding:
            yield _more(groups[_key(finding)].left_out)


class _Group(Struct):
    """The findings of one code in one file that were counted so far."""

    places: set[Span] = field(default_factory=set)
    counts: Counter[tuple[Span, str]] = field(default_factory=Counter)
    left_out: list[Finding] = field(default_factory=list)

    def admits(self, finding: Finding) -> bool:
        place = finding.span
        if len(self.places) < MOST:
            self.places.add(place)
        self.counts[place, finding.environment] += 1
        if place in self.places and self.counts[place, finding.environment] <= MOST:
            return True
        self.left_out.append(finding)
        return False


def _key(finding: Finding) -> tuple[str, str, bool]:
    return finding.span.file, finding.code, finding.suppressed is None


def _more(left_out: Sequence[Finding]) -> Finding:
    """The finding that counts those that are left out."""
    return replace(
        left_out[0],
        severity=min((each.severity for each in left_out), key=SEVERITIES.index),
        message=Message(
            "{count} more findings of this code in this file are not shown", count=f"{len(left_out):,}"
        ),
        hint="fix or suppress the findings above first",
        target=None,
        related=(),
    )
