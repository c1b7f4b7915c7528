"""A report's result in sentences. A run that verified nothing is told apart from one that found nothing."""

from collections import Counter

from cnilint.diagnostics.model import SEVERITIES, Severity
from cnilint.diagnostics.wording import quantity
from cnilint.report.group import active, grouped
from cnilint.report.model import Coverage, Report
from cnilint.report.ownership_view import Ownership

_OUTCOMES = ("resolved", "broken", "optional", "provided", "external", "unverifiable")


def total(coverage: Coverage) -> int:
    """How many references were found."""
    return sum(coverage.references.get(outcome, 0) for outcome in _OUTCOMES)


def counts(report: Report) -> Counter[Severity]:
    """How many findings there are of each severity, environments taken together."""
    return Counter(group.finding.severity for group in grouped(active(report.findings)))


def unverified(report: Report) -> str:
    """Why the run verified no reference; empty when it did verify some."""
    coverage = report.coverage
    references = total(coverage)
    if report.ownership is not None:
        return "" if report.ownership.objects else "Nothing was checked: no live object was read."
    if coverage.objects == 0:
        return "Nothing was checked: no Kubernetes object was read."
    if references == 0:
        return (
            f"No reference was verified: {quantity(coverage.objects, 'object')} read, "
            "and none that was checked names a ConfigMap, a Secret or a ServiceAccount."
        )
    if references == coverage.references.get("unverifiable", 0):
        return (
            f"No reference was verified: {quantity(references, 'reference')} found, none of them verifiable."
        )
    return ""


def verdict(report: Report) -> str:
    """The one sentence that says how the run ended."""
    found = counts(report)
    if found:
        return f"Found {', '.join(quantity(found[severity], severity) for severity in SEVERITIES if found[severity])}."
    without = unverified(report)
    if without:
        return without
    if report.ownership is not None:
        return f"No finding: {_audited(report.ownership)}."
    references = total(report.coverage)
    broken = report.coverage.references.get("broken", 0)
    if broken:
        return (
            f"No finding is reported, though {quantity(broken, 'reference')} of {references} did not resolve."
        )
    verified = references - report.coverage.references.get("unverifiable", 0)
    return f"No finding: {verified} of {quantity(references, 'reference')} verified."


def _audited(ownership: Ownership) -> str:
    seen = f"{quantity(ownership.objects, 'live object')} audited"
    return f"{seen}, {ownership.predicted} of them against a manifest" if ownership.matched else seen


def references_line(coverage: Coverage) -> str:
    """How many references were found, and what came of them."""
    number = coverage.references.get
    provided, external = number("provided", 0), number("external", 0)
    parts = [
        f"{number('resolved', 0)} resolved",
        f"{number('broken', 0)} broken",
        f"{number('optional', 0)} optional and missing",
        f"{provided + external} provided from outside",
        f"{number('unverifiable', 0)} not verifiable",
    ]
    if provided and external:
        parts[3] += f" ({provided} by a producer, {external} by declaration)"
    if coverage.reasons:
        reasons = sorted(coverage.reasons.items(), key=lambda reason: (-reason[1], reason[0]))
        parts[4] += f" ({', '.join(f'{count} {reason}' for reason, count in reasons)})"
    return f"{quantity(total(coverage), 'reference')}: {', '.join(parts)}."


def read_line(report: Report) -> str:
    """How much was read."""
    coverage = report.coverage
    return (
        f"Read {quantity(coverage.files, 'file')}, {quantity(coverage.documents, 'document')}, "
        f"{quantity(coverage.objects, 'object')} in {quantity(len(report.environments), 'environment')}."
    )
