"""The incident end to end: the live object of the old release, the manifests of the new one, what is reported."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ownership.conftest import codes, report, run

Arguments = Callable[..., list[str]]

OVERRIDES = {
    "CNI_NET_DIR",
    "CHAINED_CNI_PLUGIN",
    "REPAIR_ENABLED",
    "REPAIR_LABEL_PODS",
    "REPAIR_DELETE_PODS",
    "REPAIR_REPAIR_PODS",
    "REPAIR_INIT_CONTAINER_NAME",
    "REPAIR_BROKEN_POD_LABEL_KEY",
    "REPAIR_BROKEN_POD_LABEL_VALUE",
    "LOG_LEVEL",
}
DAMAGED = ("b4", "c2", "d1", "e1")


def variables(found: dict[str, object], code: str) -> set[str]:
    """The names of the variables in the messages of a code."""
    return {
        finding["message"].split("variable `")[1].split("`")[0]
        for finding in found["findings"]
        if finding["code"] == code and finding["message"].startswith("variable `")
    }


@pytest.mark.parametrize("scenario", DAMAGED)
def test_damaged_ownership(incident: Arguments, scenario: str) -> None:
    found = report(*incident(f"{scenario}-live", "cm-healthy-live"), "--applier", "istioctl")
    assert variables(found, "CNI302") == {"CNI_NETWORK_CONFIG"}
    assert variables(found, "CNI301") == OVERRIDES
    overriding = [one for one in found["findings"] if one["code"] == "CNI301" and one["container"]]
    assert {one["effect"] for one in overriding} == {"silent-override"}
    assert {one["severity"] for one in overriding} == {"error"}
    (portrait,) = found["ownership"]["portraits"]
    assert portrait["causes"]
    assert "Only the ownership of the DaemonSet is damaged" in portrait["diagnosis"]
    assert portrait["repair"]["before"]
    assert portrait["repair"]["after"]


def test_the_finding_points_at_the_key_in_the_dump(incident: Arguments, tmp_path: Path) -> None:
    found = report(*incident("b2-live"), "--applier", "istioctl")
    (finding,) = (one for one in found["findings"] if one["code"] == "CNI302")
    line = (tmp_path / finding["file"]).read_text().split("\n")[finding["line"] - 1]
    assert line[finding["column"] - 1 : finding["endColumn"] - 1] == "cni_network_config"
    assert finding["target"]["name"] == "istio-cni-config"
    assert finding["target"]["key"] == "cni_network_config"
    assert finding["severity"] == "error"


@pytest.mark.parametrize("scenario", ["a", "b1"])
def test_healthy_ownership_leaves_nothing(incident: Arguments, scenario: str) -> None:
    found = report(*incident(f"{scenario}-live", "cm-healthy-live"), "--applier", "istioctl")
    assert not {"CNI301", "CNI302", "CNI304", "CNI305", "CNI307"} & set(codes(found))
    if scenario == "a":
        assert codes(found) == []


def test_a_restart_by_hand_is_a_note(incident: Arguments) -> None:
    found = report(*incident("a2-live", "cm-healthy-live"), "--applier", "istioctl")
    assert {finding["severity"] for finding in found["findings"]} == {"note"}


def test_a_whole_installation_that_is_damaged_does_not_dangle(incident: Arguments) -> None:
    found = report(*incident("d1-live", "cm-helm-live"), "--applier", "istioctl")
    assert "CNI302" not in codes(found)
    assert variables(found, "CNI301") == {*OVERRIDES, "CNI_NETWORK_CONFIG"}
    diagnoses = [portrait["diagnosis"] for portrait in found["ownership"]["portraits"]]
    assert any("whole installation is affected" in diagnosis for diagnosis in diagnoses)


def test_without_the_config_map_both_possibilities_are_said(incident: Arguments) -> None:
    found = report(*incident("b4-live"), "--applier", "istioctl")
    assert "is not in the dump" in found["ownership"]["portraits"][0]["diagnosis"]


def test_every_recorded_scenario_leaves_what_was_recorded(incident: Arguments, shared: Path) -> None:
    expected = json.loads((shared / "live" / "incident-expected.json").read_text())
    tools = {"istio-operator": "istioctl", "kubectl-client-side-apply": "kubectl-client-side"}
    checked = 0
    for name, scenario in expected.items():
        if name.startswith("_") or not (shared / "live" / f"incident-{name}-live.yaml").exists():
            continue
        found = report(*incident(f"{name}-live", "cm-healthy-live"), "--applier", tools[scenario["manager"]])
        rows = [
            row["label"]
            for portrait in found["ownership"]["portraits"]
            for row in portrait["rows"]
            if row["state"] == "left"
        ]
        left = {label.strip("[]") for label in rows if label.startswith("[")}
        if "c1" in name:
            assert codes(found) == ["CNI306"]
        assert left == set(scenario["left_env"]), name
        checked += 1
    assert checked >= 10


def test_a_cleared_record_is_told_from_a_hidden_one(incident: Arguments, tmp_path: Path) -> None:
    arguments = incident("c1-live")
    hidden = report(*arguments, "--applier", "istioctl")
    assert codes(hidden) == ["CNI306"]
    assert "1 of them dangling: variable `CNI_NETWORK_CONFIG`" in hidden["findings"][0]["hint"]
    live = (tmp_path / "incident-c1-live.yaml").read_text()
    (tmp_path / "incident-c1-live.yaml").write_text(
        live.replace("  annotations:\n", "  managedFields: [{}]\n  annotations:\n", 1)
    )
    cleared = report(*arguments, "--applier", "istioctl")
    assert variables(cleared, "CNI302") == {"CNI_NETWORK_CONFIG"}
    assert "is empty" in next(one["message"] for one in cleared["findings"] if one["code"] == "CNI306")


def test_the_picture_shows_owners_before_and_after(incident: Arguments) -> None:
    result = run(*incident("b2-live", "cm-healthy-live"), "--applier", "istioctl", "--details")
    assert result.exit_code == 1
    lines = result.stdout.split("\n")
    left = next(line for line in lines if "[CNI_NETWORK_CONFIG]" in line and "!" in line)
    assert left.split()[:3] == ["!", "C", "C"]
    pruned = next(line for line in lines if line.strip().endswith("[LOG_LEVEL]"))
    assert pruned.split()[:2] == ["-", "A"]


def test_the_server_refuses_half_a_container(incident: Arguments, shared: Path, tmp_path: Path) -> None:
    """A second owner keeps a container of which the applier alone owned the image."""
    arguments = incident("b2-live", release="1.11.8")
    live = (tmp_path / "incident-b2-live.yaml").read_text()
    extra = "      - name: old\n        image: docker.io/istio/old:1\n"
    live = live.replace(
        "      containers:\n      - name: install-cni\n",
        f"      containers:\n{extra}      - name: install-cni\n",
    )
    owned = '            f:containers:\n              k:{"name":"old"}:\n                .: {}\n                f:name: {}\n'
    live = live.replace("            f:containers:\n", f"{owned}                f:image: {{}}\n", 1)
    head, tail = live.split("  - manager: kubectl-edit\n")
    tail = tail.replace("            f:containers:\n", owned, 1)
    (tmp_path / "incident-b2-live.yaml").write_text(f"{head}  - manager: kubectl-edit\n{tail}")
    found = report(*arguments, "--applier", "istioctl")
    (refused,) = (one for one in found["findings"] if one["code"] == "CNI307")
    assert "image: Required value" in refused["message"]
    assert refused["severity"] == "error"
