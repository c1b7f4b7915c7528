"""Findings that differ only in the environment, grouped for people to read."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from cnilint.diagnostics.model import SEVERITIES
from cnilint.findings.faults import told_once
from cnilint.findings.model import Finding


class FindingGroup(Struct, frozen=True):
    """A finding, and the fingerprint that it has in each of its environments, sorted by environment."""

    finding: Finding
    fingerprints: Mapping[str, str]

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(name for name in self.fingerprints if name)


def active(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that are not suppressed."""
    return [finding for finding in findings if finding.suppressed is None]


def grouped(findings: Iterable[Finding]) -> list[FindingGroup]:
    """One group for each place, code, template, arguments and suppression, in the order of the findings."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_likeness(finding), []).append(finding)
    return [
        FindingGroup(alike[0], {one.environment: one.fingerprint for one in alike})
        for alike in groups.values()
    ]


def told_number(findings: Sequence[Finding]) -> int:
    """How many findings people are told of: one in several environments is one, and so are those of one fault."""
    return len(grouped(told_once(findings)))


def worst_first(groups: Iterable[FindingGroup]) -> list[FindingGroup]:
    """The groups by severity; those of one severity keep their order."""
    return sorted(groups, key=lambda group: SEVERITIES.index(group.finding.severity))


def _likeness(finding: Finding) -> tuple[object, ...]:
    return (
        finding.span,
        finding.code,
        finding.severity,
        finding.evidence,
        finding.message,
        finding.hint,
        finding.owner,
        finding.path,
        finding.container,
        finding.target,
        finding.related,
        finding.suppressed,
    )
