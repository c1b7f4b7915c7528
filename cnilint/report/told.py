"""Reports as people read them."""

from msgspec.structs import replace

from cnilint.findings.faults import told_once
from cnilint.report.model import Report


def as_told(report: Report) -> Report:
    """The report with the findings of one fault as one."""
    return replace(report, findings=tuple(told_once(report.findings)))
