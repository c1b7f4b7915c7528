"""Workflow commands: annotations of a GitHub Actions run.

The runner keeps ten annotations of each type per step and 4,096 characters per message, and silently drops the
rest; so the worst come first, the tenth says how many are missing, and those follow in a group of the log. With three
types a step stays below the fifty of a job. Source: github.com/actions/runner, github.com/actions/toolkit
packages/core/src/command.ts.
"""

from collections.abc import Iterator

from cnilint.diagnostics.model import SEVERITIES, Severity
from cnilint.diagnostics.wording import quantity
from cnilint.report.concise import concise_line
from cnilint.report.group import FindingGroup, active, grouped
from cnilint.report.model import Report
from cnilint.report.place import environments_text, workload_text
from cnilint.report.summary import not_checked_line, unverified
from cnilint.report.terminal import line, printable
from cnilint.report.view import View

MAX_ANNOTATIONS = 10
MAX_MESSAGE = 4096

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, view: View) -> str:
    groups = grouped(active(report.findings))
    without = unverified(report)
    lines = [_command("warning", {"title": "cnilint"}, without)] if without else []
    missed = not_checked_line(report.coverage)
    lines += [_command("notice", {"title": "cnilint"}, printable(missed))] if missed else []
    taken = {"warning": bool(without), "note": bool(missed)}
    rest: list[FindingGroup] = []
    for severity in SEVERITIES:
        alike = [group for group in groups if group.finding.severity == severity]
        room = MAX_ANNOTATIONS - taken.get(severity, False)
        shown = len(alike) if len(alike) <= room else room - 1
        lines += _annotations(severity, alike, shown)
        rest += alike[shown:]
    return "".join(f"{each}\n" for each in (*lines, *_listed(rest, view)))


def _annotations(severity: Severity, groups: list[FindingGroup], shown: int) -> Iterator[str]:
    command = _COMMANDS[severity]
    for group in groups[:shown]:
        yield _command(command, _properties(group), _message(group))
    more = len(groups) - shown
    if more:
        text = f"{more} more {severity} findings are not shown here; the log of this step lists them"
        yield _command(command, {"title": f"cnilint: {quantity(len(groups), severity)}"}, text)


def _listed(groups: list[FindingGroup], view: View) -> Iterator[str]:
    """The findings without an annotation, one a line, in a group that the log folds."""
    if not groups:
        return
    yield f"::group::cnilint: {quantity(len(groups), 'more finding')}"
    yield from (line(concise_line(group.finding, view)) for group in groups)
    yield "::endgroup::"


def _properties(group: FindingGroup) -> dict[str, str]:
    """The place of the annotation. The runner drops columns if the lines differ."""
    finding = group.finding
    span = finding.span
    place = {
        "title": f"{finding.code} {finding.name}",
        "file": span.file,
        "line": str(span.line),
        "endLine": str(span.end_line),
    }
    if span.line == span.end_line:
        place |= {"col": str(span.column), "endColumn": str(span.end_column)}
    return place


def _message(group: FindingGroup) -> str:
    finding = group.finding
    where = workload_text(finding)
    parts = [printable(f"{finding.message} ({where})" if where else str(finding.message))]
    if finding.hint:
        parts.append(f"hint: {printable(finding.hint)}")
    parts += [f"note: {printable(reason)}" for reason in finding.evidence]
    if group.environments:
        parts.append(printable(environments_text(group.environments)))
    parts += [
        f"see {printable(one.span.file)}:{one.span.line}: {printable(one.message)}" for one in finding.related
    ]
    return "\n".join(parts)


def _command(name: str, properties: dict[str, str], text: str) -> str:
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {given}::{_data(_cut(text))}"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 3] + "..."


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
