"""GitLab's Code Quality report: what a merge request shows of the findings that its target branch does not have.

GitLab compares fingerprints, so each environment's finding is an entry of its own: one of ``dev`` cannot replace one of
``prod``. Source: docs.gitlab.com/ci/testing/code_quality, "Code Quality report format".
"""

import hashlib
from collections.abc import Iterator

from cnilint.diagnostics.model import Severity
from cnilint.findings.fingerprint import numbered
from cnilint.findings.model import Finding
from cnilint.report.group import active
from cnilint.report.json import Value, encoded
from cnilint.report.model import Report
from cnilint.report.place import CONFIGURATION, one_line
from cnilint.report.summary import not_checked_line, unverified
from cnilint.report.terminal import printable
from cnilint.report.view import View

_SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "major", "note": "info"}


def render(report: Report, view: View) -> str:
    findings = active(report.findings)
    entries: list[Value] = [
        _entry(finding, fingerprint)
        for finding, fingerprint in zip(
            findings, numbered(finding.fingerprint for finding in findings), strict=True
        )
    ]
    return encoded([*entries, *_of_the_run(report)])


def _entry(finding: Finding, fingerprint: str) -> Value:
    return _value(
        description=one_line(finding, (finding.environment,) if finding.environment else ()),
        name=f"{finding.code} {finding.name}",
        fingerprint=fingerprint,
        severity=_SEVERITIES[finding.severity],
        file=finding.span.file,
        line=finding.span.line,
    )


def _of_the_run(report: Report) -> Iterator[Value]:
    """That nothing was verified, and the charts that were not checked: an entry needs a file."""
    first = next(iter(report.coverage.not_checked), None)
    file, line = (CONFIGURATION, 1) if first is None else (first.file, first.line)
    for severity, text in (("major", unverified(report)), ("info", not_checked_line(report.coverage))):
        if text:
            yield _value(
                description=text,
                name="cnilint",
                fingerprint=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32],
                severity=severity,
                file=file,
                line=line,
            )


def _value(*, description: str, name: str, fingerprint: str, severity: str, file: str, line: int) -> Value:
    return {
        "description": printable(description),
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": printable(file), "lines": {"begin": line}},
    }
