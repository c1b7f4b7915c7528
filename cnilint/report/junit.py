"""JUnit's XML, as Jenkins, GitLab and Azure Pipelines read it: a suite for each file, a test case for each finding.

An error or a warning is a failure; a note is skipped, and so is what could not be checked. Source: the schema that
Jenkins' xunit plugin has for JUnit 10, with ``file`` and ``line``, which GitLab shows.
"""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from cnilint.report import xml
from cnilint.report.group import FindingGroup, active, grouped
from cnilint.report.model import Report
from cnilint.report.place import environments_text, workload_text
from cnilint.report.summary import not_checked_line, unverified, verdict
from cnilint.report.view import View

_RUN = "cnilint"
"""The suite of the run itself."""


class _Case(Struct, frozen=True):
    """A test case: its lines, and how it ended, as a suite counts it."""

    lines: tuple[str, ...]
    outcome: str


def render(report: Report, view: View) -> str:
    suites: dict[str, list[_Case]] = {}
    names: Counter[tuple[str, str]] = Counter()
    for group in grouped(active(report.findings)):
        file, name = group.finding.span.file, _name(group)
        names[file, name] += 1
        again = names[file, name]
        suites.setdefault(file, []).append(_case(group, name if again == 1 else f"{name} #{again}"))
    of_the_run = _of_the_run(report)
    if of_the_run:
        suites[_RUN] = [*suites.get(_RUN, ()), *of_the_run]
    cases = [case for each in suites.values() for case in each]
    lines = [xml.HEAD, f"<testsuites{xml.attributes({'name': _RUN, **_counts(cases)})}>"]
    for suite, each in suites.items():
        lines.append(
            f"<testsuite{xml.attributes({'name': suite, **_counts(each), 'skipped': _skipped(each)})}>"
        )
        lines += [text for case in each for text in case.lines]
        lines.append("</testsuite>")
    return "".join(f"{each}\n" for each in (*lines, "</testsuites>"))


def _counts(cases: Sequence[_Case]) -> dict[str, str | int]:
    failures = sum(case.outcome == "failure" for case in cases)
    return {"tests": len(cases), "failures": failures, "errors": 0}


def _skipped(cases: Sequence[_Case]) -> int:
    return sum(case.outcome == "skipped" for case in cases)


def _name(group: FindingGroup) -> str:
    """What identifies the finding from run to run, so without its line."""
    finding = group.finding
    where = workload_text(finding)
    return f"{finding.code} {finding.message} ({where})" if where else f"{finding.code} {finding.message}"


def _case(group: FindingGroup, name: str) -> _Case:
    finding = group.finding
    span = finding.span
    outcome = "skipped" if finding.severity == "note" else "failure"
    values: dict[str, str | int] = {"message": str(finding.message)}
    if outcome == "failure":
        values["type"] = finding.severity
    body = [f"{span.file}:{span.line}:{span.column}: {finding.severity} {finding.code} {finding.name}"]
    body += [f"hint: {finding.hint}"] if finding.hint else []
    body += [f"note: {reason}" for reason in finding.evidence]
    body += [f"see {one.span.file}:{one.span.line}: {one.message}" for one in finding.related]
    if group.environments:
        body.append(environments_text(group.environments))
    place: dict[str, str | int] = {"classname": span.file, "name": name, "file": span.file, "line": span.line}
    ended = f"<{outcome}{xml.attributes(values)}>{xml.text(body)}</{outcome}>"
    return _Case((f"<testcase{xml.attributes(place)}>", ended, "</testcase>"), outcome)


def _of_the_run(report: Report) -> list[_Case]:
    """The verdict, where nothing failed: a report without a test case looks like a job that did not run."""
    missing = [text for text in (unverified(report), not_checked_line(report.coverage)) if text]
    cases = [_run_case(text, f"<skipped{xml.attributes({'message': text})}/>") for text in missing]
    if not missing and not active(report.findings):
        cases.append(_run_case(verdict(report)))
    return cases


def _run_case(name: str, *inner: str) -> _Case:
    start = f"<testcase{xml.attributes({'classname': _RUN, 'name': name})}>"
    return _Case((start, *inner, "</testcase>"), "skipped" if inner else "passed")
