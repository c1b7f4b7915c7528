"""Checkstyle's XML, which Jenkins, reviewdog and many editors read.

Source: checkstyle's ``XMLLogger``; severities are error, warning and info.
"""

from collections.abc import Iterator

from cnilint.diagnostics.model import Severity
from cnilint.report import xml
from cnilint.report.group import FindingGroup, active, grouped
from cnilint.report.model import Report
from cnilint.report.place import CONFIGURATION, one_line
from cnilint.report.summary import not_checked_line, unverified
from cnilint.report.view import View

_VERSION = "4.3"
"""The version of the format, as other tools than Checkstyle write it."""
_SEVERITIES: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "info"}


def render(report: Report, view: View) -> str:
    by_file: dict[str, list[str]] = {}
    for group in grouped(active(report.findings)):
        by_file.setdefault(group.finding.span.file, []).append(_error(group))
    by_file.setdefault(CONFIGURATION, []).extend(_of_the_run(report))
    lines = [xml.HEAD, f"<checkstyle{xml.attributes({'version': _VERSION})}>"]
    for file, errors in by_file.items():
        if errors:
            lines += [f"<file{xml.attributes({'name': file})}>", *errors, "</file>"]
    return "".join(f"{each}\n" for each in (*lines, "</checkstyle>"))


def _error(group: FindingGroup) -> str:
    finding = group.finding
    values: dict[str, str | int] = {
        "line": finding.span.line,
        "column": finding.span.column,
        "severity": _SEVERITIES[finding.severity],
        "message": one_line(finding, group.environments),
        "source": f"cnilint.{finding.code}",
    }
    return f"<error{xml.attributes(values)}/>"


def _of_the_run(report: Report) -> Iterator[str]:
    """That nothing was verified, and the charts that were not checked."""
    for severity, text in (("warning", unverified(report)), ("info", not_checked_line(report.coverage))):
        if text:
            values: dict[str, str | int] = {
                "line": 1,
                "severity": severity,
                "message": text,
                "source": "cnilint",
            }
            yield f"<error{xml.attributes(values)}/>"
