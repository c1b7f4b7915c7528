"""Findings that differ in nothing but the environment, taken together for people to read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cnilint.diagnostics.model import SEVERITIES
from cnilint.findings.model import Finding


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """A finding, and every environment that has it: its name and the fingerprint there, sorted by name."""

    finding: Finding
    fingerprints: Mapping[str, str]

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(name for name in self.fingerprints if name)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by file, line, column and code: the order of every format."""
    return sorted(findings, key=_order)


def active(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that count, in order."""
    return ordered(finding for finding in findings if finding.suppressed is None)


def grouped(findings: Iterable[Finding]) -> list[FindingGroup]:
    """The findings in order, one group for each place, target, wording and suppression."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in ordered(findings):
        groups.setdefault(_likeness(finding), []).append(finding)
    return [
        FindingGroup(alike[0], {one.environment: one.fingerprint for one in alike})
        for alike in groups.values()
    ]


def worst_first(groups: Iterable[FindingGroup]) -> list[FindingGroup]:
    """The groups by severity; within one, in their order."""
    return sorted(groups, key=lambda group: SEVERITIES.index(group.finding.severity))


def _order(finding: Finding) -> tuple[str, int, int, str, str, str, str]:
    span = finding.span
    return (
        span.file,
        span.line,
        span.column,
        finding.code,
        finding.environment,
        finding.message,
        finding.fingerprint,
    )


def _likeness(finding: Finding) -> tuple[object, ...]:
    return (
        finding.span,
        finding.code,
        finding.severity,
        finding.message,
        finding.hint,
        finding.owner,
        finding.path,
        finding.container,
        finding.target,
        finding.related,
        finding.suppressed,
    )
