"""The baseline: known findings are left out, new ones are reported, and entries that no longer occur are named."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from cnilint.errors import UsageError
from cnilint.findings.baseline import Baseline, baseline_text, parse_baseline
from cnilint.findings.policy import Result, findings
from tests.conftest import check_tree
from tests.findings.test_policy import POLICY, SCOPE, found, rule

KNOWN = "0" * 32


def run(*given: object, baseline: Baseline | None = None, **policy: object) -> Result:
    return findings(given, replace(POLICY, baseline=baseline, **policy), SCOPE)  # type: ignore[arg-type]


def written(*given: object) -> Baseline:
    return parse_baseline("known", baseline_text(run(*given).findings).encode())


def test_only_what_is_new_is_reported() -> None:
    baseline = written(found(line=3))
    result = run(found(line=30), found("CNI106", 4), baseline=baseline)
    assert [each.code for each in result.findings] == ["CNI106"]
    assert [each.span.line for each in result.known] == [30]
    assert result.stale == ()


def test_one_environment_does_not_hide_another() -> None:
    result = run(
        found(environment="prod"), found(environment="dev"), baseline=written(found(environment="dev"))
    )
    assert [each.environment for each in result.findings] == ["prod"]


def test_a_second_finding_of_the_same_kind_is_new() -> None:
    result = run(found(line=3), found(line=9), baseline=written(found(line=3)))
    assert [each.span.line for each in result.findings] == [9]


@pytest.mark.parametrize(
    ("scope", "stale"),
    [({}, [4]), ({"reportable": frozenset({"CNI101"})}, []), ({"whole": False}, []), ({"files": set()}, [4])],
)
def test_what_no_longer_occurs(scope: dict[str, object], stale: list[int]) -> None:
    baseline = written(found("CNI101"), found("CNI106"))
    policy = replace(POLICY, baseline=baseline)
    result = findings([found("CNI101")], policy, replace(SCOPE, **scope))
    lines = {entry.code: entry.line for entry in baseline.entries.values()}
    assert lines == {"CNI101": 3, "CNI106": 4}
    assert [entry.line for entry in result.stale] == stale


def test_a_suppressed_finding_is_neither_known_nor_stale() -> None:
    result = run(found(), baseline=written(found()), suppressions=[rule()])
    assert (len(result.findings), result.known, result.stale) == (1, (), ())


def test_lines_are_sorted_by_words_and_have_no_place() -> None:
    lines = baseline_text(run(found("CNI106", 900), found("CNI101", 800)).findings).splitlines()[2:]
    assert [line.split(" ", 1)[1] for line in lines] == [
        "CNI101 a.yaml: Pod shop/agent: m [prod]",
        "CNI106 a.yaml: Pod shop/agent: m [prod]",
    ]


def test_lines_of_two_branches_merge() -> None:
    """Each finding is one line, and the others do not change with it."""
    both = set(baseline_text(run(found(), found("CNI106")).findings).splitlines())
    one = set(baseline_text(run(found()).findings).splitlines())
    other = set(baseline_text(run(found("CNI106")).findings).splitlines())
    assert one | other == both


def test_hostile_names_stay_on_one_line() -> None:
    owner = replace(found().owner, name="a\n\x1b[2J\u202e\ud800")  # type: ignore[type-var]
    text = baseline_text(run(found(owner=owner)).findings)
    assert len(text.splitlines()) == 3
    assert "\x1b" not in text
    assert len(parse_baseline("b", text.encode()).entries) == 1


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("<<<<<<< ours", "keep the lines of both sides"),
        ("CNI101 without a fingerprint", "`cnilint baseline`"),
        (f"{KNOWN} not-a-code", "`cnilint baseline`"),
    ],
)
def test_a_line_that_is_none(line: str, hint: str) -> None:
    with pytest.raises(UsageError, match=r"^known:2: not a line of a baseline") as raised:
        parse_baseline("known", f"# head\n{line}\n".encode())
    assert hint in raised.value.hint


def test_blank_lines_comments_and_windows_line_ends() -> None:
    data = f"\ufeff# head\r\n\r\n{KNOWN} CNI101 a: b\r\n{KNOWN}:2 CNI101\r\n".encode()
    assert [entry.text for entry in parse_baseline("b", data).entries.values()] == ["a: b", ""]


def test_more_than_a_report_shows_is_known(tmp_path: Path) -> None:
    """The report bounds the findings of one code in a file; a baseline has all of them, and so leaves out all."""
    reads = "".join(
        f"    - {{name: V{number}, valueFrom: {{configMapKeyRef: {{name: s, key: k{number}}}}}}}\n"
        for number in range(600)
    )
    (tmp_path / "a.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {}\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    env:\n"
        + reads
    )
    assert len(check_tree(tmp_path).findings) == 501
