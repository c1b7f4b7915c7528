"""What changes between two releases, as data and as a table."""

import json
from pathlib import Path

import pytest

from cnilint.cli.rules import diff_releases, explain_rule, list_rules, show_comparison
from cnilint.errors import UsageError
from cnilint.packs.changes import Change, ChangeRow
from tests.packs.helpers import LIBRARY


def rows(component: str, before: str, after: str, path: Path | None = None) -> dict[str, ChangeRow]:
    return {row.name: row for row in diff_releases(LIBRARY, component, before, after, path).rows}


def test_settings_that_move() -> None:
    found = rows("istio-cni", "1.22.5", "1.24.2")
    moved = found["REPAIR_ENABLED"]
    assert (moved.change, moved.effect) == (Change.MOVED, "silent-override")
    assert moved.after == "key of ConfigMap istio-cni-config"
    assert found["CNI_NETWORK_CONFIG"].effect == "fatal"
    assert found["LOG_LEVEL"].change is Change.GONE
    assert found["log_output_level"].change is Change.DEFAULT
    assert found["AMBIENT_IPV6"].change is Change.ADDED


def test_bugs_and_notes_on_the_way() -> None:
    entered = diff_releases(LIBRARY, "istio-cni", "1.22.5", "1.24.2")
    left = diff_releases(LIBRARY, "istio-cni", "1.24.2", "1.24.6")
    assert [rule.id for rule in entered.bugs_entered] == ["istio-cni/excluded-namespaces"]
    assert [rule.id for rule in left.bugs_left] == ["istio-cni/excluded-namespaces"]
    assert [str(note.version) for note in entered.notes] == ["1.23.0", "1.24.0"]


def test_rejected_values_and_steps() -> None:
    comparison = diff_releases(LIBRARY, "cilium", "1.13.18", "1.16.0")
    rejected = [row.name for row in comparison.rows if row.change is Change.REJECTED]
    assert rejected == ["kube-proxy-replacement = strict, partial, disabled"]
    assert comparison.steps == ("1.14", "1.15")
    assert diff_releases(LIBRARY, "cilium", "1.15.19", "1.16.0").steps == ()


def test_only_what_a_repository_uses(shared: Path) -> None:
    path = shared / "corpus/istio-cni/1.22.5.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    found = rows("istio-cni", "1.22.5", "1.24.2", path)
    assert "AMBIENT_ENABLED" not in found
    assert "KUBECFG_FILE_NAME" not in found
    assert {"CNI_NETWORK_CONFIG", "REPAIR_ENABLED", "LOG_LEVEL", "cni_network_config"} <= set(found)
    for row in found.values():
        assert row.places
        for place in row.places:
            assert row.name in lines[place.line - 1], row


def test_forms(shared: Path) -> None:
    comparison = diff_releases(
        LIBRARY, "istio-cni", "1.22.5", "1.24.2", shared / "corpus/istio-cni/1.22.5.yaml"
    )
    text, table = show_comparison(comparison, "text"), show_comparison(comparison, "markdown")
    assert "1.22.5.yaml:211" in text
    assert "| `CNI_NETWORK_CONFIG` |" in table
    page = show_comparison(comparison, "html")
    assert "<code>CNI_NETWORK_CONFIG</code>" in page
    assert "-&gt;" in page
    data = json.loads(show_comparison(comparison, "json"))
    assert {row["name"] for row in data["changes"]} == {row.name for row in comparison.rows}


def test_without_a_catalogue_rules_remain() -> None:
    comparison = diff_releases(LIBRARY, "kube-ovn", "1.14.41", "1.15.24")
    assert {"ds-namespace", "node-name"} <= {row.name for row in comparison.rows}
    assert "No catalogue" in show_comparison(comparison, "text")


@pytest.mark.parametrize(
    ("component", "before", "after"), [("istiocni", "1.2.3", "1.2.4"), ("cilium", "x", "1.2.4")]
)
def test_bad_usage(component: str, before: str, after: str) -> None:
    with pytest.raises(UsageError):
        diff_releases(LIBRARY, component, before, after)


def test_pages_of_rules() -> None:
    page = explain_rule(LIBRARY, "istio-cni/network-config")
    assert "istio/istio/issues/54846" in page
    assert "```yaml bad" in page
    assert "cilium/tunnel " in list_rules(LIBRARY)
