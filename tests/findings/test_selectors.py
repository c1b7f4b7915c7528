"""What selects findings: codes in any case, their beginnings and names, and rules."""

import pytest
from msgspec.structs import replace

from cnilint.checks import CODES
from cnilint.findings.policy import FolderPolicy, findings
from cnilint.findings.selectors import canonical, closest_selector, selects
from tests.findings.test_policy import POLICY, SCOPE, found, rule, span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CNI101", "CNI101"),
        ("cni101", "CNI101"),
        ("Cni1", "CNI1"),
        ("missing-key", "CNI101"),
        ("Missing-Key", "CNI101"),
        ("cilium/tunnel", "cilium/tunnel"),
        ("CNI999", ""),
        ("CNI", ""),
        ("missing", ""),
        ("", ""),
    ],
)
def test_canonical(text: str, expected: str) -> None:
    assert canonical(text, CODES) == expected


@pytest.mark.parametrize(
    ("text", "meant"),
    [("mising-key", "missing-key"), ("CNI999", ""), ("zzz", "")],
)
def test_what_was_meant(text: str, meant: str) -> None:
    assert closest_selector(text, CODES) == meant


@pytest.mark.parametrize(
    ("selector", "rule_id", "expected"),
    [
        ("CNI2", "cilium/tunnel", True),
        ("cilium/tunnel", "cilium/tunnel", True),
        ("cilium/*", "cilium/tunnel", True),
        ("cilium/tun", "cilium/tunnel", False),
        ("cilium/*", None, False),
    ],
)
def test_rules(selector: str, rule_id: str | None, expected: bool) -> None:
    assert selects(selector, "CNI201", rule_id) is expected


def test_one_rule_of_a_code_is_ignored_or_suppressed() -> None:
    given = [found("CNI201", rule="cilium/tunnel"), found("CNI201", rule="cilium/proxy")]
    kept = findings(given, replace(POLICY, ignore=["cilium/tunnel"]), SCOPE).findings
    assert [each.rule for each in kept] == ["cilium/proxy"]
    result = findings(given, replace(POLICY, suppressions=[rule("cilium/tunnel")]), SCOPE)
    assert {each.rule: each.suppressed is not None for each in result.findings} == {
        "cilium/proxy": False,
        "cilium/tunnel": True,
    }


def test_a_suppressed_rule_that_nothing_has_is_told() -> None:
    result = findings([found("CNI201", rule="a/b")], replace(POLICY, suppressions=[rule("a/c")]), SCOPE)
    assert result.notices == (".cnilint.yaml:9: the suppression of a/c matches nothing",)


@pytest.mark.parametrize(
    ("globs", "suppressed"),
    [
        ({"object": "Pod/agent"}, True),
        ({"object": "Pod/shop/agent"}, True),
        ({"object": "shop/Pod/agent"}, False),
        ({"reference": "ConfigMap/shop/settings"}, True),
        ({"reference": "ConfigMap/shop/settings/level"}, True),
        ({"reference": "ConfigMap/settings/level"}, True),
        ({"reference": "ConfigMap/other/settings"}, False),
    ],
)
def test_one_form_of_globs_for_objects_and_references(globs: dict[str, str], suppressed: bool) -> None:
    result = findings([found()], replace(POLICY, suppressions=[rule(**globs)]), SCOPE)
    assert (result.findings[0].suppressed is not None) is suppressed
    if not suppressed:
        assert "`kind/name` or `kind/namespace/name`" in result.notices[0]


@pytest.mark.parametrize(
    ("folder", "codes", "severity"), [("", ["CNI101"], "note"), ("b", ["CNI101", "CNI106"], "error")]
)
def test_a_folder_has_its_own_policy(folder: str, codes: list[str], severity: str) -> None:
    own = FolderPolicy(folder=folder, ignore=["CNI106"], severity={"CNI101": "note"})
    result = findings([found(), found("CNI106")], replace(POLICY, folders=[own]), SCOPE).findings
    assert [each.code for each in result] == codes
    assert result[0].severity == severity


def test_a_suppression_in_a_folder_is_about_files_below_it() -> None:
    given = [found(span=span(3, file)) for file in ("a/x.yaml", "ab/x.yaml")]
    result = findings(given, replace(POLICY, suppressions=[rule(folder="a", file="x.yaml")]), SCOPE).findings
    assert [each.suppressed is not None for each in result] == [True, False]
