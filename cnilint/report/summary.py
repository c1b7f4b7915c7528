"""A report's result in sentences. A run that verified nothing does not look like one that found nothing."""

from collections import Counter
from typing import cast

from cnilint.diagnostics.model import SEVERITIES, Severity
from cnilint.diagnostics.wording import quantity
from cnilint.report.group import active, grouped, worst_first
from cnilint.report.model import COUNTED, Coverage, Report
from cnilint.report.ownership_view import Ownership

_MOST_CODES = 5
_MOST_NAMED = 10
"""Charts that a summary names."""


def total(coverage: Coverage) -> int:
    """The number of references that were found."""
    return sum(coverage.references.get(outcome, 0) for outcome in COUNTED)


def counts(report: Report) -> Counter[Severity]:
    """The number of findings by severity; one that several environments have counts once."""
    return Counter(group.finding.severity for group in grouped(active(report.findings)))


def unverified(report: Report) -> str:
    """Why the run verified no reference; empty if it did verify one."""
    coverage = report.coverage
    references = total(coverage)
    if report.ownership is not None and (report.sync is None or report.ownership.objects):
        return "" if report.ownership.objects else "Nothing was checked: no live objects found."
    if coverage.objects == 0:
        return "Nothing was checked: no Kubernetes objects found."
    if references == 0:
        return (
            f"No references verified: {quantity(coverage.objects, 'object')} read, "
            "but none that was checked refers to a ConfigMap, Secret or ServiceAccount."
        )
    if references == coverage.references.get("unverifiable", 0):
        return f"No references verified: {quantity(references, 'reference')} found, none of them verifiable."
    return ""


def verdict(report: Report) -> str:
    """The sentence with the result of the run."""
    found = counts(report)
    if found:
        listed = ", ".join(quantity(found[severity], severity) for severity in SEVERITIES if found[severity])
        new = f" that {report.base[:12]} does not have" if report.base else ""
        return f"Found {listed}{new}."
    without = unverified(report)
    if without:
        return without
    if report.ownership is not None and report.sync is None:
        return f"No findings: {_audited(report.ownership)}."
    references = total(report.coverage)
    broken = report.coverage.references.get("broken", 0)
    if broken and report.baseline is not None and report.baseline.known:
        known = quantity(report.baseline.told, "known finding")
        return f"No new findings: {known} in the baseline."
    if broken:
        verb = "is" if broken == 1 else "are"
        if report.base:
            return (
                f"No findings since {report.base[:12]}: {broken} of {quantity(references, 'reference')} "
                f"{verb} broken as before."
            )
        return (
            f"No findings shown, but {broken} of {quantity(references, 'reference')} {verb} broken "
            "(hidden by --select, --ignore or a suppression)."
        )
    verified = references - report.coverage.references.get("unverifiable", 0)
    audited = f", {_audited(report.ownership)}" if report.ownership is not None else ""
    since = f" since {report.base[:12]}" if report.base else ""
    return f"No findings{since}: {verified} of {quantity(references, 'reference')} verified{audited}."


def _audited(ownership: Ownership) -> str:
    seen = f"{quantity(ownership.objects, 'live object')} audited"
    return f"{seen}, {ownership.predicted} of them against a manifest" if ownership.matched else seen


def references_line(coverage: Coverage) -> str:
    """The number of references, in total and by outcome."""
    number = coverage.references.get
    provided, external = number("provided", 0), number("external", 0)
    counts = {
        "resolved": number("resolved", 0),
        "broken": number("broken", 0),
        "optional and missing": number("optional", 0),
        "provided elsewhere": provided + external,
        "unverifiable": number("unverifiable", 0),
    }
    details = {"unverifiable": _reasons(coverage)}
    if provided and external:
        details["provided elsewhere"] = f" ({provided} by a producer, {external} declared external)"
    parts = [f"{count} {word}{details.get(word, '')}" for word, count in counts.items() if count]
    return f"{quantity(total(coverage), 'reference')}{': ' if parts else ''}{', '.join(parts)}."


def _reasons(coverage: Coverage) -> str:
    if not coverage.reasons:
        return ""
    reasons = sorted(coverage.reasons.items(), key=lambda reason: (-reason[1], reason[0]))
    return f" ({', '.join(f'{count} {reason}' for reason, count in reasons)})"


def explain_line(report: Report, fail_on: str) -> str:
    """The command that explains the findings, and why they do not make the run fail if they do not."""
    groups = worst_first(grouped(active(report.findings)))
    codes = list(dict.fromkeys(group.finding.code for group in groups))
    if len(codes) == 1:
        said = f"`cnilint explain {codes[0]}` explains the finding{'s' if len(groups) > 1 else ''}"
    else:
        more = ", ..." if len(codes) > _MOST_CODES else ""
        said = f"`cnilint explain CODE` explains {', '.join(codes[:_MOST_CODES])}{more}"
    worst = groups[0].finding.severity
    is_clean = fail_on == "never" or SEVERITIES.index(worst) > SEVERITIES.index(cast("Severity", fail_on))
    if not is_clean:
        return f"{said}."
    told = "it does not" if len(groups) == 1 else "they do not"
    return f"{said}; {told} fail the run, since --fail-on is {fail_on}."


def not_checked_line(coverage: Coverage) -> str:
    """The charts that were not checked, each version once; empty if there are none."""
    charts = dict.fromkeys(f"{one.name} {one.version}".rstrip() for one in coverage.not_checked)
    if not charts:
        return ""
    shown = ", ".join(list(charts)[:_MOST_NAMED]) + (", ..." if len(charts) > _MOST_NAMED else "")
    return f"Not checked: {quantity(len(charts), 'Helm chart')} ({shown}); pipe in the output of `helm template`."


def read_line(report: Report) -> str:
    """The numbers of files, documents, objects and environments that were read."""
    coverage = report.coverage
    return (
        f"Read {quantity(coverage.files, 'file')}, {quantity(coverage.documents, 'document')}, "
        f"{quantity(coverage.objects, 'object')} in {quantity(len(report.environments), 'environment')}."
    )
