"""The policy: severities, order, selection, suppressions, and notices about those that match nothing."""

import pytest
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef, Severity, Target
from cnilint.document import Span
from cnilint.findings.codes import Code
from cnilint.findings.policy import Policy, RunScope, findings
from cnilint.findings.suppression import Comment, SuppressionRule

CODES = {
    code: Code(code=code, name=f"name-{code.lower()}", severity=severity, summary="A.", effect="B.")
    for code, severity in (("CNI101", "error"), ("CNI106", "note"), ("CNI201", None))
}
POLICY = Policy(today="2026-06-01")
SCOPE = RunScope(codes=CODES, reportable=frozenset(CODES))


def span(line: int = 3, file: str = "a.yaml") -> Span:
    return Span(file=file, line=line, column=1, end_line=line, end_column=2)


def owner(ignore: str = "") -> ObjectRef:
    return ObjectRef(
        api_version="v1", kind="Pod", namespace="shop", name="agent", span=span(1), ignore=ignore
    )


def found(code: str = "CNI101", line: int = 3, **fields: object) -> Diagnostic:
    made = Diagnostic(
        code=code,
        span=span(line),
        message=Message("m"),
        environment="prod",
        owner=owner(),
        target=Target(kind="ConfigMap", namespace="shop", name="settings", key="level"),
    )
    return replace(made, **fields)


def rule(code: str = "CNI101", **fields: str) -> SuppressionRule:
    return SuppressionRule(code=code, reason="known", span=span(9, ".cnilint.yaml"), **fields)


@pytest.mark.parametrize(
    ("diagnostic", "severities", "expected"),
    [
        (found(), {}, "error"),
        (found(severity="warning"), {}, "warning"),
        (found(), {"CNI101": "note"}, "note"),
        (found(severity="warning"), {"CNI101": "note"}, "note"),
        (found("CNI201"), {}, "warning"),
        (found("CNI201", severity="error"), {}, "error"),
    ],
)
def test_severity(diagnostic: Diagnostic, severities: dict[str, Severity], expected: str) -> None:
    (finding,) = findings([diagnostic], replace(POLICY, severity=severities), SCOPE).findings
    assert finding.severity == expected


@pytest.mark.parametrize(
    ("policy", "scope", "codes"),
    [
        ({}, {}, ["CNI101", "CNI106", "CNI201"]),
        ({"select": ["CNI1"]}, {}, ["CNI101", "CNI106"]),
        ({"ignore": ["CNI1"]}, {}, ["CNI201"]),
        ({"select": ["CNI1"], "ignore": ["CNI101"]}, {}, ["CNI106"]),
        ({"keep": lambda finding: finding.severity == "note"}, {}, ["CNI106"]),
        ({}, {"files": {"b.yaml"}}, []),
        ({}, {"files": {"b.yaml"}, "environments": {"prod"}}, ["CNI101", "CNI106", "CNI201"]),
    ],
)
def test_selection(policy: dict[str, object], scope: dict[str, object], codes: list[str]) -> None:
    given = [found("CNI201"), found("CNI106"), found("CNI101")]
    result = findings(given, replace(POLICY, **policy), replace(SCOPE, **scope))
    assert [finding.code for finding in result.findings] == codes


@pytest.mark.parametrize(
    ("given", "suppressed"),
    [
        (rule(), True),
        (rule("CNI1"), True),
        (rule("CNI2"), False),
        (rule(file="*.yaml"), True),
        (rule(file="b*"), False),
        (rule(object="Pod/shop/*"), True),
        (rule(object="Pod/other/*"), False),
        (rule(environment="prod"), True),
        (rule(environment="dev"), False),
        (rule(reference="ConfigMap/settings"), True),
        (rule(reference="ConfigMap/*/level"), True),
        (rule(reference="Secret/*"), False),
        (rule(until="2026-06-01"), True),
        (rule(until="2026-05-31"), False),
    ],
)
def test_rules(given: SuppressionRule, suppressed: bool) -> None:
    result = findings([found()], replace(POLICY, suppressions=[given]), SCOPE)
    assert (result.findings[0].suppressed is not None) is suppressed
    assert bool(result.notices) is not suppressed or given.code == "CNI2"


def test_a_comment_comes_before_an_annotation_and_a_rule() -> None:
    comment = Comment(line=3, written="CNI101", codes=("CNI101",), reason="comment", span=span(2))
    marked = found(owner=owner("CNI101 annotation"))
    policy = replace(POLICY, suppressions=[rule()])
    scope = replace(SCOPE, comments={"a.yaml": [comment]}, annotated=[marked.owner])
    (first,) = findings([marked], policy, scope).findings
    (second,) = findings([marked], policy, replace(scope, comments={})).findings
    assert (first.suppressed.reason, second.suppressed.reason) == ("comment", "annotation")


@pytest.mark.parametrize(("reportable", "stale"), [(frozenset(CODES), True), (frozenset({"CNI106"}), False)])
def test_a_rule_is_stale_only_if_the_run_could_report_it(reportable: frozenset[str], stale: bool) -> None:
    result = findings([], replace(POLICY, suppressions=[rule()]), replace(SCOPE, reportable=reportable))
    assert bool(result.notices) is stale


def test_order_and_duplicates() -> None:
    given = [found(line=9), found(line=2), found("CNI106", 2), found(line=2)]
    result = findings(given, POLICY, SCOPE)
    assert [(each.span.line, each.code) for each in result.findings] == [
        (2, "CNI101"),
        (2, "CNI106"),
        (9, "CNI101"),
    ]


def test_objects_of_one_place_are_in_order_of_their_names() -> None:
    names = [f"agent-{number}" for number in range(9)]
    given = [found(owner=replace(owner(), name=name)) for name in names]
    given += [found(container=name) for name in names]
    for some in (given, given[::-1]):
        result = findings(some, POLICY, SCOPE).findings
        assert [each.owner.name for each in result if each.owner and not each.container] == names
        assert [each.container for each in result if each.container] == names


def test_fingerprints_do_not_depend_on_the_selection() -> None:
    given = [found(line=2), found(line=9)]
    every = findings(given, POLICY, SCOPE).findings
    assert len({each.fingerprint for each in every}) == 2
    some = findings(given, replace(POLICY, select=["CNI101"]), SCOPE).findings
    assert [each.fingerprint for each in some] == [each.fingerprint for each in every]
