"""The short form of a report: the worst first, bounded in bytes, no line of a manifest."""

import pytest

from cnilint.report.brief import MOST_BYTES, brief
from tests.conftest import check_text

POD = """\
---
apiVersion: v1
kind: Pod
metadata: {{name: "{name}", namespace: apps}}
spec:
  containers:
  - name: main
    image: example.com/main
    env:
    - {{name: LEVEL, valueFrom: {{configMapKeyRef: {{name: settings, key: {key}}}}}}}
    - {{name: LEVEL}}
"""
SETTINGS = (
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: apps}\ndata: {level: a}\n"
)


def test_a_finding_is_what_is_wrong_then_where() -> None:
    report = check_text(
        SETTINGS + "---\n# Source: chart/templates/a.yaml" + POD.format(name="a", key="gone")[3:]
    )
    assert brief(report, "gate: refused.").splitlines() == [
        "gate: refused. Found 1 error, 1 warning, 1 note.",
        "error[CNI101] key `gone` not found in ConfigMap `settings`",
        "  in Pod apps/a, container main (chart/templates/a.yaml, stdin:16)",
        "  hint: the ConfigMap's keys are `level`",
        "warning[CNI107] variable `LEVEL` is set twice; only this last value applies",
        "  in Pod apps/a, container main (chart/templates/a.yaml, stdin:17)",
        "  hint: remove one of the two",
    ]


def test_notes_on_request() -> None:
    report = check_text(SETTINGS + POD.format(name="a", key="level"))
    assert "note[CNI113]" not in brief(report, "x")
    assert "note[CNI113]" in brief(report, "x", least="note")


def test_a_run_that_verified_nothing_says_so() -> None:
    assert brief(check_text(SETTINGS), "gate: passed.").startswith("gate: passed. No references verified: ")


@pytest.mark.parametrize("name", ["pod-%d", "p%d" + "x" * 5000, "ä%d" + "ä" * 400, "%d\\n\\e[31m##[error]x"])
@pytest.mark.parametrize("count", [1, 7, 400])
def test_the_size_is_bounded(name: str, count: int) -> None:
    text = SETTINGS + "".join(POD.format(name=name % number, key="gone") for number in range(count))
    notices = ["ö" * 1000] * 9
    said = brief(check_text(text), "gate: refused.", notices=notices)
    assert len(said.encode()) <= MOST_BYTES
    assert "\x1b" not in said
    assert "##[" not in said
    lines = said.splitlines()
    found = [each for each in lines if each.startswith(("error[", "warning["))]
    assert found
    assert found[0].startswith("error[")
    left_out = [int(each.split()[0]) for each in lines if " more not shown here" in each]
    assert sum(left_out) >= 2 * count - len(found)
    assert lines[-1] == "4 more notices not shown here"


def test_errors_come_before_warnings_and_hints_after_both() -> None:
    text = SETTINGS + "".join(POD.format(name=f"a{number}", key="gone") for number in range(12))
    lines = brief(check_text(text), "x").splitlines()
    shown = [each.partition("[")[0] for each in lines if each.startswith(("error[", "warning["))]
    assert shown == sorted(shown)
    assert shown.count("error") == 12
