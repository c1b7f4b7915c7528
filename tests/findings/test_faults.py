"""Findings of one fault are one finding, unless something hides the one that is told."""

import pytest
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef, Related, Severity, Target
from cnilint.document import Span
from cnilint.findings.codes import Code
from cnilint.findings.faults import told_once
from cnilint.findings.policy import Policy, Result, RunScope, findings
from cnilint.findings.suppression import SuppressionRule

CODES = {
    code: Code(code=code, name=f"name-{code.lower()}", severity=severity, summary="A.", effect="B.")
    for code, severity in (("CNI101", "error"), ("CNI105", "error"), ("CNI107", "warning"), ("CNI201", None))
}
SCOPE = RunScope(codes=CODES, reportable=frozenset(CODES))
CONTAINER = "spec.containers[name=agent]"
VARIABLE = f"{CONTAINER}.env[name=LEVEL]"
KEY = f"{VARIABLE}.valueFrom.configMapKeyRef.key"
TARGET = Target(kind="ConfigMap", namespace="shop", name="settings", key="level")


def span(line: int) -> Span:
    return Span(file="a.yaml", line=line, column=1, end_line=line, end_column=2)


def owner(name: str = "agent") -> ObjectRef:
    return ObjectRef(api_version="v1", kind="Pod", namespace="shop", name=name, span=span(1))


def found(code: str, path: str, line: int, **fields: object) -> Diagnostic:
    made = Diagnostic(
        code=code, span=span(line), message=Message("m"), environment="prod", owner=owner(), path=path
    )
    return replace(made, **fields)


def removed(severity: Severity = "error", **fields: object) -> Diagnostic:
    """A setting that the release no longer has."""
    return found("CNI201", VARIABLE, 3, severity=severity, rule="acme/level", effect="fatal", **fields)


MISSING = found("CNI101", KEY, 6, target=TARGET, related=(Related(span(20), "ConfigMap defined here"),))
SHADOWED = found("CNI107", VARIABLE, 3)


def told(*diagnostics: Diagnostic, **policy: object) -> list[tuple[str, list[str]]]:
    """The code of each finding, and those in its ``also``."""
    return shown(findings(diagnostics, replace(Policy(today="2026-06-01"), **policy), SCOPE))


def shown(result: Result) -> list[tuple[str, list[str]]]:
    return [(each.code, [one.code for one in each.also]) for each in told_once(result.findings)]


@pytest.mark.parametrize(
    ("diagnostics", "expected"),
    [
        ([removed(), MISSING], [("CNI201", ["CNI101"])]),
        # The worse one is told, so that neither the count by severity nor the exit code changes.
        ([removed("warning"), MISSING], [("CNI101", ["CNI201"])]),
        ([removed("warning"), SHADOWED], [("CNI201", ["CNI107"])]),
        ([removed("warning"), SHADOWED, MISSING], [("CNI101", ["CNI201", "CNI107"])]),
        ([found("CNI105", KEY, 6), MISSING], [("CNI105", ["CNI101"])]),
        # The same reference, found in two ways.
        ([MISSING, replace(MISSING, severity="note")], [("CNI101", ["CNI101"])]),
    ],
)
def test_one_fault_is_told_once(diagnostics: list[Diagnostic], expected: list[tuple[str, list[str]]]) -> None:
    assert told(*diagnostics) == expected


@pytest.mark.parametrize(
    "other",
    [
        replace(MISSING, environment="dev"),
        replace(MISSING, owner=owner("other")),
        replace(MISSING, path=KEY.replace("LEVEL", "LEVELS")),
        # A field that contains the variable, and none that has an effect.
        found("CNI105", CONTAINER, 2),
        # Two settings in one text.
        found("CNI201", VARIABLE, 3, rule="acme/other", effect="fatal"),
        found("CNI107", VARIABLE, 9),
        found("CNI107", "", 3),
    ],
)
def test_two_faults_are_two_findings(other: Diagnostic) -> None:
    assert sorted(told(removed(), other)) == sorted([("CNI201", []), (other.code, [])])


def test_references_that_have_an_effect_are_not_settings() -> None:
    """Fields that would dangle if they stayed: each is one of its own."""
    kept = found("CNI201", VARIABLE, 3, target=TARGET, effect="fatal")
    inner = replace(MISSING, code="CNI201", effect="fatal", target=replace(TARGET, key="other"))
    assert told(kept, inner) == [("CNI201", []), ("CNI201", [])]


@pytest.mark.parametrize(
    "policy",
    [
        {"ignore": ["acme/level"]},
        {"select": ["CNI1"]},
        {"keep": lambda finding: finding.code == "CNI101"},
    ],
)
def test_the_other_is_told_where_the_one_is_not_reported(policy: dict[str, object]) -> None:
    assert told(removed(), MISSING, **policy) == [("CNI101", [])]


def test_the_other_is_told_where_the_one_is_suppressed() -> None:
    rule = SuppressionRule(code="CNI201", reason="known", span=span(9))
    assert told(removed(), MISSING, suppressions=(rule,)) == [("CNI201", []), ("CNI101", [])]


def test_the_one_names_the_other_and_its_places() -> None:
    (finding,) = told_once(findings([removed(), MISSING], Policy(today="2026-06-01"), SCOPE).findings)
    assert [(each.span.line, each.message) for each in finding.related] == [
        (6, "also CNI101: m"),
        (20, "ConfigMap defined here"),
    ]
    assert [each.code for each in (finding, *finding.also)] == ["CNI201", "CNI101"]
