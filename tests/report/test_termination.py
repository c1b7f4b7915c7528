"""The summary for a termination message: short enough, the most important first, whole characters."""

import pytest

from cnilint.diagnostics.model import Message, ObjectRef, Target
from cnilint.document import Span
from cnilint.findings.model import Finding
from cnilint.report.brief import MOST_BYTES
from cnilint.report.model import Coverage, Report
from cnilint.report.sync_view import ComponentStep, SyncSummary
from cnilint.report.termination import failure, summary

SPAN = Span(file="a.yaml", line=1, column=1, end_line=1, end_column=2)


def finding(severity: str, name: str, *, target: bool = False, code: str = "CNI301") -> Finding:
    owner = ObjectRef(api_version="v1", kind="ConfigMap", namespace="n", name=name, span=SPAN)
    return Finding(
        code=code,
        name="left-behind",
        severity=severity,  # type: ignore[arg-type]
        message=Message("key `{name}` is left behind", name=name),
        span=SPAN,
        environment="",
        owner=owner,
        path=name,
        container="",
        target=Target(kind="ConfigMap", namespace="n", name=name) if target else None,
        hint="",
        related=(),
        rule=None,
        effect=None,
        fingerprint=name,
    )


def report(*findings: Finding, sync: SyncSummary | None = None) -> Report:
    references = dict.fromkeys(("resolved", "broken", "optional", "provided", "external", "unverifiable"), 0)
    return Report(
        root=".",
        revision=None,
        environments=(),
        coverage=Coverage(files=1, documents=1, objects=1, references=references, reasons={}),
        findings=findings,
        sync=sync,
    )


def test_the_most_important_is_first() -> None:
    sync = SyncSummary(
        upgrades=(ComponentStep(component="c", before="1.1", after="1.2", tool="t 1.2"),),
        unread=("not read: a", "not read: b"),
    )
    found = report(
        finding("note", "n"), finding("error", "late"), finding("error", "stops", target=True), sync=sync
    )
    assert summary(found).split("\n") == [
        "Found 2 errors, 1 note. No references verified: 1 object read, but none that was checked refers to a ConfigMap, "
        "Secret or ServiceAccount.",
        "not read: a (1 more such)",
        "c 1.1 -> 1.2: use t 1.2",
        "error[CNI301] key `stops` is left behind",
        "  in ConfigMap n/stops (a.yaml:1)",
        "error[CNI301] key `late` is left behind",
        "  in ConfigMap n/late (a.yaml:1)",
        "note[CNI301] key `n` is left behind",
        "  in ConfigMap n/n (a.yaml:1)",
        "",
    ]


@pytest.mark.parametrize("number", [10, 20, 21, 22, 23, 24, 25, 40, 100, 1000])
@pytest.mark.parametrize("letter", ["a", "é", "漢", "😀"])
def test_it_fits(number: int, letter: str) -> None:
    text = summary(report(*(finding("error", f"{letter * 11}{each}") for each in range(number))))
    assert len(text.encode()) <= MOST_BYTES
    lines = text.splitlines()
    shown = sum(line.startswith("error[CNI301] ") for line in lines)
    if shown < number:
        assert lines[-1] == f"{number - shown} more not shown here: see the log"
        assert len(text.encode()) > MOST_BYTES - 400


def test_a_name_without_end_leaves_room() -> None:
    sync = SyncSummary(upgrades=(ComponentStep(component="漢" * 5000, before="1", after="2"),))
    text = summary(report(finding("error", "é" * 6000), finding("error", "b"), sync=sync))
    assert len(text.encode()) <= MOST_BYTES
    assert "error[CNI301] key `éé" in text
    assert "error[CNI301] key `b`" in text


def test_a_failure() -> None:
    assert failure("no cluster") == "cnilint: no cluster\n"
    assert failure("a\x1b[31mb") == "cnilint: a\\x1b[31mb\n"
    assert len(failure("漢" * 5000).encode()) <= MOST_BYTES
