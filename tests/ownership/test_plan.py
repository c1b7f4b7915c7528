"""The plan of an apply: a line for each object, a block for each cause, and what makes a run fail."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cnilint.checks import run as checks_run
from cnilint.findings.bound import MOST
from cnilint.resources import data_dir
from tests.ownership.clusters import CONTAINER, Cluster, config_map, daemon_set, run_on
from tests.ownership.conftest import report, run

Value = dict[str, Any]
A = {"name": "A", "value": "1"}
OLD = {"name": "OLD", "value": "1"}


def named(value: Value, name: str) -> Value:
    new = deepcopy(value)
    new["metadata"]["name"] = name
    return new


def restored(name: str) -> Value:
    """A DaemonSet of which the restorer of a backup owns a variable that the manifest no longer has."""
    live = Cluster(named(daemon_set([A]), name), "argocd-controller")
    return live.updated("velero-server", (*CONTAINER, "env", "-"), OLD).live


def wanted(name: str, image: str = "agent:2") -> Value:
    return named(daemon_set([A], image=image), name)


def text_of(folder: Path, live: list[Value], desired: list[Value], *options: str) -> str:
    run_on(folder, live, desired, "--applier", "argocd")
    arguments = (str(folder / "live.json"), "--desired", str(folder / "desired.json"), "--applier", "argocd")
    return run(*arguments, *options).stdout


def test_one_cause_for_all_objects_that_share_it(tmp_path: Path) -> None:
    names = [f"agent-{number}" for number in range(12)]
    found = run_on(
        tmp_path, [restored(name) for name in names], [wanted(name) for name in names], "--applier", "argocd"
    )
    (cause,) = (one for one in found["ownership"]["causes"] if one["fate"] == "left behind")
    assert cause["codes"] == ["CNI301"]
    assert [one["name"] for one in cause["objects"]] == names
    assert [(one["name"], one["container"], one["objects"]) for one in cause["fields"]] == [
        ("OLD", "agent", 12)
    ]
    assert "velero-server/Update" in cause["why"]
    text = run(
        str(tmp_path / "live.json"), "--desired", str(tmp_path / "desired.json"), "--applier", "argocd"
    ).stdout
    assert "12 fields of 12 objects" in " ".join(text.split())
    assert text.count("velero-server/Update") == 1
    assert len(text.splitlines()) <= 24
    assert "... and 2 more objects: 2 error" in text


def test_what_becomes_of_each_field(tmp_path: Path) -> None:
    live = Cluster(daemon_set([A, {"name": "GONE", "value": "1"}]), "argocd-controller")
    live.updated("velero-server", (*CONTAINER, "env", "-"), OLD)
    live.updated("kubectl-edit", (*CONTAINER, "env", 0, "value"), "2")
    desired = daemon_set([A, {"name": "NEW", "value": "1"}], image="agent:2")
    found = run_on(tmp_path, live.live, desired, "--applier", "argocd")
    (plan,) = found["ownership"]["plan"]
    container = "spec.template.spec.containers[name=agent]"
    assert plan["outcome"] == "applied"
    assert plan["severity"] == "error"
    assert plan["added"] == [f"{container}.env[name=NEW]"]
    assert plan["changed"] == [
        {"path": f"{container}.image", "old": "agent:1", "new": "agent:2", "owners": []}
    ]
    assert [one["path"] for one in plan["removed"]] == [f"{container}.env[name=GONE]"]
    assert [(one["name"], one["severity"], one["effect"]) for one in plan["left"]] == [
        ("variable `OLD` of container `agent`", "error", "silent-override")
    ]
    assert plan["overwritten"] == [
        {"path": f"{container}.env[name=A].value", "old": "2", "new": "1", "owners": ["kubectl-edit/Update"]}
    ]
    line = run(
        str(tmp_path / "live.json"), "--desired", str(tmp_path / "desired.json"), "--applier", "argocd"
    ).stdout
    assert "image: agent:1 -> agent:2" in line
    assert "env[A].value: 2 -> 1" in line


def test_a_refused_apply_is_first_and_says_why(tmp_path: Path) -> None:
    bad = wanted("broken")
    bad["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    bad["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    lives = [Cluster(wanted(name, "agent:1"), "argocd-controller").live for name in ("agent", "broken")]
    found = run_on(tmp_path, lives, [wanted("agent"), bad], "--applier", "argocd")
    first, second = found["ownership"]["plan"]
    assert (first["object"]["name"], first["outcome"], second["outcome"]) == ("broken", "refused", "applied")
    assert "immutable" in first["refused"]
    text = text_of(tmp_path, lives, [wanted("agent"), bad])
    assert text.startswith("error    DaemonSet n/broken: refused\n")
    assert "immutable" in text


def test_values_of_secrets_are_in_no_format(tmp_path: Path) -> None:
    def secret(value: str) -> Value:
        metadata = {"name": "s", "namespace": "n"}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"token": value}}

    stored = {**secret("hunter2old"), "data": {"token": "aHVudGVyMm9sZA=="}}
    del stored["stringData"]
    live = Cluster(stored, "argocd-controller").live
    found = run_on(tmp_path, live, secret("hunter2new"), "--applier", "argocd")
    (plan,) = found["ownership"]["plan"]
    assert [(one["path"], one["old"], one["new"]) for one in plan["changed"]] == [("data.token", None, None)]
    for options in ((), ("--details",), ("--tree",), ("--format", "html"), ("--format", "json")):
        text = text_of(tmp_path, [live], [secret("hunter2new")], *options)
        assert not [word for word in ("hunter2", "aHVudGVyMm", "token:") if word in text]


def service(*ports: int) -> Value:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "agent", "namespace": "n"},
        "spec": {
            "selector": {"app": "agent"},
            "ports": [{"port": port, "protocol": "TCP", "name": f"p{port}"} for port in ports],
        },
    }


MOUNT = {"name": "v", "mountPath": "/opt/cni"}
VOLUME = {"name": "v", "emptyDir": {}}


@pytest.mark.parametrize(
    ("live", "desired", "path", "value", "severity"),
    [
        (daemon_set([A]), daemon_set([A]), (*CONTAINER, "env", "-"), OLD, "error"),
        (
            service(80),
            service(80),
            ("spec", "ports", "-"),
            {"port": 9999, "protocol": "TCP", "name": "x"},
            "error",
        ),
        (
            daemon_set(ports=[{"containerPort": 80, "protocol": "TCP"}]),
            daemon_set(ports=[{"containerPort": 80, "protocol": "TCP"}]),
            (*CONTAINER, "ports", "-"),
            {"containerPort": 81, "protocol": "TCP", "hostPort": 81},
            "error",
        ),
        (
            daemon_set(ports=[{"containerPort": 80, "protocol": "TCP"}]),
            daemon_set(ports=[{"containerPort": 80, "protocol": "TCP"}]),
            (*CONTAINER, "ports", "-"),
            {"containerPort": 81, "protocol": "TCP"},
            "warning",
        ),
        (daemon_set(), daemon_set(), ("spec", "template", "spec", "volumes"), [VOLUME], "warning"),
        (daemon_set(), daemon_set(), ("spec", "template", "spec", "dnsPolicy"), "Default", "error"),
        (daemon_set(), daemon_set(), ("metadata", "annotations"), {"team.example/contact": "x"}, "note"),
        (config_map(A="1"), config_map(A="1"), ("data", "B"), "1", "note"),
    ],
    ids=["variable", "service-port", "host-port", "container-port", "volume", "field", "annotation", "key"],
)
def test_a_leftover_fails_a_run_by_what_it_does(
    live: Value, desired: Value, path: tuple[str | int, ...], value: object, severity: str, tmp_path: Path
) -> None:
    owned = Cluster(live, "argocd-controller").updated("velero-server", path, value)
    found = run_on(tmp_path, owned.live, desired, "--applier", "argocd")
    left = [one for one in found["findings"] if one["code"] == "CNI301" and one["effect"] != "latent"]
    assert [one["severity"] for one in left] == [severity]
    arguments = (str(tmp_path / "live.json"), "--desired", str(tmp_path / "desired.json"))
    assert run(*arguments, "--applier", "argocd").exit_code == (1 if severity == "error" else 0)


def test_a_mount_that_stays_is_an_error(tmp_path: Path) -> None:
    pod = daemon_set(volumeMounts=[{"name": "v", "mountPath": "/etc/cni"}])
    pod["spec"]["template"]["spec"]["volumes"] = [VOLUME]
    live = Cluster(pod, "argocd-controller").updated("helm", (*CONTAINER, "volumeMounts", "-"), MOUNT)
    found = run_on(tmp_path, live.live, pod, "--applier", "argocd")
    assert [(one["severity"], one["path"]) for one in found["findings"] if one["code"] == "CNI301"] == [
        ("error", "spec.template.spec.containers[name=agent].volumeMounts[mountPath=/opt/cni]")
    ]


def test_a_field_without_an_owner_is_given_one(tmp_path: Path) -> None:
    live = Cluster(daemon_set([A]), "argocd-controller").live
    live["spec"]["template"]["spec"]["containers"][0]["env"].append(OLD)
    found = run_on(tmp_path, live, daemon_set([A]), "--applier", "argocd")
    (left,) = (one for one in found["findings"] if one["code"] == "CNI301")
    assert left["path"] == "spec.template.spec.containers[name=agent].env[name=OLD]"
    assert left["hint"].startswith(
        "make `argocd-controller` its owner before the upgrade, or afterwards run "
    )


@pytest.mark.parametrize("manager", ["velero-server", "manager"])
def test_a_plain_field_of_a_controller_is_only_likely_to_be_a_leftover(manager: str, tmp_path: Path) -> None:
    live = Cluster(daemon_set(), "argocd-controller").updated(manager, ("spec", "minReadySeconds"), 5)
    found = run_on(tmp_path, live.live, daemon_set(), "--applier", "argocd")
    (left,) = (one for one in found["findings"] if one["code"] == "CNI301")
    assert left["severity"] == ("warning" if manager == "manager" else "error")


def test_fields_are_named_with_container_and_variable(tmp_path: Path) -> None:
    live = Cluster(daemon_set([A, OLD]), "argocd-controller")
    live.updated("kubectl-edit", (*CONTAINER, "env", 1, "value"), "9")
    found = run_on(tmp_path, live.live, daemon_set([A, OLD]), "--applier", "argocd", "--select", "CNI303")
    (finding,) = found["findings"]
    assert "`spec.template.spec.containers[agent].env[OLD].value`" in finding["message"]
    live.updated("kubectl-edit", (*CONTAINER, "env", "-"), {"name": "MINE", "value": "1"})
    found = run_on(tmp_path, live.live, daemon_set([A, OLD]), "--applier", "argocd", "--select", "CNI303")
    assert "variable `MINE` of container `agent`" in found["findings"][0]["message"]


def without_record(value: Value) -> Value:
    new = deepcopy(value)
    del new["metadata"]["managedFields"]
    return new


def test_a_dump_without_managed_fields_is_one_finding_that_lists_all(tmp_path: Path) -> None:
    names = [f"agent-{number}" for number in range(90)]
    lives = [without_record(restored(name)) for name in names]
    found = run_on(tmp_path, lives, [wanted(name) for name in names], "--applier", "argocd")
    (finding,) = found["findings"]
    assert (finding["code"], finding["object"]) == ("CNI306", None)
    assert "90 objects" in finding["message"]
    assert len(finding["related"]) == 90
    assert all("variable `OLD` of container `agent`" in one["message"] for one in finding["related"])
    assert "leaves 90 fields" in finding["hint"]
    assert all(one["assumed"] and one["severity"] == "error" for one in found["ownership"]["plan"])
    text = text_of(tmp_path, lives, [wanted(name) for name in names])
    assert text.count("CNI306") == 1
    assert len([line for line in text.splitlines() if "agent-89" in line]) == 0


def test_the_user_knows_that_a_dump_shows_managed_fields(tmp_path: Path) -> None:
    live = without_record(restored("agent"))
    found = run_on(tmp_path, live, wanted("agent"), "--applier", "argocd", "--managed-fields-shown")
    assert [one["code"] for one in found["findings"]] == ["CNI306", "CNI301"]
    assert "is empty" in found["findings"][0]["message"]
    assert found["ownership"]["plan"][0]["assumed"] is False
    assert found["ownership"]["portraits"][0]["uncovered"] == []
    hidden = run_on(tmp_path, live, wanted("agent"), "--applier", "argocd")
    assert [one["code"] for one in hidden["findings"]] == ["CNI306"]
    assert "--managed-fields-shown" in hidden["findings"][0]["hint"]


def test_every_repair_is_in_json_and_html(tmp_path: Path) -> None:
    names = [f"agent-{number}" for number in range(25)]
    lives, manifests = [restored(name) for name in names], [wanted(name) for name in names]
    found = run_on(tmp_path, lives, manifests, "--applier", "argocd")
    portraits = found["ownership"]["portraits"]
    assert [one["object"]["name"] for one in portraits] == names
    assert all(one["repair"]["before"] for one in portraits)
    jsonschema.validate(found, json.loads((data_dir("schemas") / "report.schema.json").read_text()))
    assert text_of(tmp_path, lives, manifests, "--format", "html").count("<section>") == 25
    assert text_of(tmp_path, lives, manifests, "--details").count("repair 1: ") == 25
    assert "repair 1: " not in text_of(tmp_path, lives, manifests)


def test_findings_of_one_code_in_one_dump_are_bounded(tmp_path: Path) -> None:
    names = [f"agent-{number}" for number in range(MOST + 3)]
    found = run_on(
        tmp_path, [restored(name) for name in names], [wanted(name) for name in names], "--applier", "argocd"
    )
    left = [one for one in found["findings"] if one["code"] == "CNI301"]
    assert len(left) == MOST + 1
    assert [one["message"] for one in left if "not shown" in one["message"]] == [
        "3 more findings of this code in this file are not shown"
    ]
    (cause,) = (one for one in found["ownership"]["causes"] if one["fate"] == "left behind")
    assert (cause["findings"], len(cause["objects"])) == (MOST + 3, MOST + 3)


def test_without_manifests_there_is_no_plan(tmp_path: Path) -> None:
    (tmp_path / "live.json").write_text(json.dumps(restored("agent")))
    assert report(str(tmp_path / "live.json"))["ownership"]["plan"] == []


def test_more_causes_than_fit_are_counted(tmp_path: Path) -> None:
    live = Cluster(daemon_set([A]), "argocd-controller")
    for number in range(10):
        live.updated(f"tool-{number}", (*CONTAINER, "env", "-"), {"name": f"OLD{number}", "value": "1"})
    text = text_of(tmp_path, [live.live], [daemon_set([A])])
    assert text.count("error[CNI301]") == 8
    assert "... and 2 more causes (2 errors); see --details" in text
    assert text_of(tmp_path, [live.live], [daemon_set([A])], "--details").count("error[CNI301] 1 field") == 10


def test_processes_do_not_change_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks_run, "_WORTH_A_PROCESS", 50)
    names = [f"agent-{number}" for number in range(200)]
    live = [restored(name) for name in names]
    live.append(restored("other"))
    moved = wanted("other")
    moved["spec"]["selector"]["matchLabels"]["app"] = "other"
    moved["spec"]["template"]["metadata"]["labels"]["app"] = "other"
    desired = [*(wanted(name) for name in names), moved]
    run_on(tmp_path, live, desired, "--applier", "argocd")
    arguments = (
        str(tmp_path / "live.json"),
        "--desired",
        str(tmp_path / "desired.json"),
        "--applier",
        "argocd",
    )
    alone, together = (report(*arguments, "--jobs", jobs) for jobs in ("1", "2"))
    assert alone == together
    outcomes = [one["outcome"] for one in alone["ownership"]["plan"]]
    assert set(outcomes) == {"applied", "refused"}
