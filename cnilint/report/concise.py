"""One line per finding, for scripts, editors and problem matchers."""

from cnilint.findings.model import Finding
from cnilint.report.group import active
from cnilint.report.model import Report
from cnilint.report.place import workload_text
from cnilint.report.summary import not_checked_line, unverified
from cnilint.report.terminal import line, printable
from cnilint.report.view import View


def render(report: Report, view: View) -> str:
    lines = [concise_line(finding, view) for finding in active(report.findings)]
    lines += [f"cnilint: {said}" for said in (not_checked_line(report.coverage), unverified(report)) if said]
    return "".join(f"{line(text)}\n" for text in lines)


def concise_line(finding: Finding, view: View) -> str:
    """``file:line:column: CODE severity message (object)``, which is safe to print."""
    span = finding.span
    text = f"{view.shown(span.file)}:{span.line}:{span.column}: {finding.code} {finding.severity} {finding.message}"
    where = workload_text(finding)
    if where:
        text += f" ({where})"
    if finding.evidence:
        text += f"; {'; '.join(finding.evidence)}"
    return printable(f"{text} [{finding.environment}]" if finding.environment else text)
