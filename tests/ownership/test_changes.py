"""What an apply removes or overwrites (CNI309, CNI310): what others set and what is in use, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ownership.clusters import CONTAINER, Cluster, config_map, daemon_set, run_on, verdicts

ENV = [{"name": "A", "value": "1"}]


def deployment(**spec: Any) -> dict[str, Any]:
    template = daemon_set(ENV)["spec"]
    metadata = {"name": "agent", "namespace": "kube-system"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {**template, **spec}}


def changes(folder: Path, live: Any, desired: Any, *options: str) -> list[str]:
    return [one for one in verdicts(folder, live, desired, *options) if "CNI309" in one or "CNI310" in one]


@pytest.mark.parametrize(
    ("replicas", "expected"),
    [
        (6, ["warning CNI309 field `spec.replicas` is reset from `6` to `1`"]),
        (1, []),
    ],
)
def test_replicas_that_fall_back_to_another_number(
    replicas: int, expected: list[str], tmp_path: Path
) -> None:
    live = Cluster(deployment(replicas=replicas), "argocd-controller").live
    assert changes(tmp_path, live, deployment(), "--applier", "argocd") == expected


def test_limits_in_use_are_removed_and_an_own_variable_is_not_reported(tmp_path: Path) -> None:
    old = daemon_set([*ENV, {"name": "OLD", "value": "1"}])
    container = old["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"limits": {"memory": "1Gi"}}
    live = Cluster(old, "argocd-controller").live
    assert changes(tmp_path, live, daemon_set(ENV), "--applier", "argocd") == [
        "warning CNI309 field `resources.limits.memory` is removed: the container is no longer limited"
    ]


def test_what_a_person_added_is_removed_with_them_named(tmp_path: Path) -> None:
    live = Cluster(daemon_set(ENV), "kustomize-controller")
    live.updated("kubectl-edit", (*CONTAINER, "env", "-"), {"name": "DEBUG", "value": "1"})
    assert changes(tmp_path, live.live, daemon_set(ENV), "--applier", "flux") == [
        "warning CNI309 variable `DEBUG` of `kubectl-edit/Update` is removed"
    ]


@pytest.mark.parametrize(
    ("manager", "reported"),
    [
        ("kubectl-edit", True),
        ("some-operator", True),
        ("argocd-controller", False),
        ("velero-server", False),
        ("Helm", False),
    ],
)
def test_a_value_of_others_is_overwritten(manager: str, reported: bool, tmp_path: Path) -> None:
    live = Cluster(config_map(A="1"), "argocd-controller").updated(manager, ("data", "A"), "2")
    expected = [f"warning CNI310 key `A` of `{manager}/Update` is overwritten: `2` becomes `1`"]
    found = changes(tmp_path, live.live, config_map(A="1"), "--applier", "argocd")
    assert found == (expected if reported else [])


def test_a_value_that_stays_is_not_overwritten(tmp_path: Path) -> None:
    live = Cluster(config_map(A="1", B="1"), "argocd-controller").updated("kubectl-edit", ("data", "B"), "2")
    assert changes(tmp_path, live.live, config_map(A="1", B="2"), "--applier", "argocd") == []


def test_a_client_that_drops_what_the_manifest_has_is_an_error(tmp_path: Path) -> None:
    udp, tcp = (
        {"name": name, "port": 53, "protocol": name.upper(), "targetPort": 53} for name in ("udp", "tcp")
    )
    metadata = {"name": "dns", "namespace": "kube-system"}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [udp]}}
    live = Cluster(service, "kubectl-client-side-apply", "Update").live
    desired = {**service, "spec": {"ports": [tcp, udp]}}
    found = changes(tmp_path, live, desired, "--applier", "kubectl-client-side")
    assert found == ["error CNI309 port `53, UDP` is removed although the manifest has it"]
    assert changes(tmp_path, live, desired, "--applier", "argocd-3.0") == []


def test_defaults_that_come_back_are_not_shown_as_removed(tmp_path: Path) -> None:
    old = deployment(replicas=6, revisionHistoryLimit=10)
    live = Cluster(old, "argocd-controller").live
    rows = run_on(tmp_path, live, deployment(), "--applier", "argocd")["ownership"]["portraits"][0]["rows"]
    shown = json.dumps([row for row in rows if row["state"] == "pruned"])
    assert "replicas" in shown
    assert "revisionHistoryLimit" not in shown


@pytest.mark.parametrize("name", ["helm", "flux-helm"])
def test_a_release_that_was_patched_stays_client_side(name: str, tmp_path: Path) -> None:
    manager = {"helm": "helm", "flux-helm": "helm-controller"}[name]
    live = Cluster(config_map(A="1", B="1"), manager, "Update").updated("kubectl-edit", ("data", "A"), "2")
    found = verdicts(tmp_path, live.live, config_map(A="1"), "--applier", name)
    assert [one.split()[1] for one in found if "CNI303" not in one] == ["CNI306"]
    forced = verdicts(tmp_path, live.live, config_map(A="1"), "--applier", f"{name}-server-side")
    assert [one for one in forced if "CNI307" in one]
    applied = Cluster(config_map(A="1"), manager).updated("kubectl-edit", ("data", "A"), "2")
    found = verdicts(tmp_path, applied.live, config_map(A="1"), "--applier", name)
    assert [one for one in found if "CNI307" in one]


def secret(**data: str) -> dict[str, Any]:
    metadata = {"name": "token", "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}


LIVE_VALUE, NEW_VALUE = "bGl2ZS12YWx1ZQ==", "bmV3LXZhbHVl"


@pytest.mark.parametrize(
    ("desired", "conflict"),
    [
        (secret(a=NEW_VALUE), True),
        (secret(a=LIVE_VALUE), False),
        (secret(a=LIVE_VALUE + "\n"), False),
        ({**secret(), "stringData": {"a": "live-value"}}, False),
        ({**secret(), "stringData": {"a": "new-value"}}, True),
        ({**secret(), "stringData": {"a": "${TOKEN}"}}, False),
        ({**secret(a="ENC[AES256_GCM]"), "sops": {"version": "3"}}, False),
    ],
)
def test_values_of_secrets_conflict_and_are_never_shown(
    desired: dict[str, Any], conflict: bool, tmp_path: Path
) -> None:
    live = Cluster(secret(a=LIVE_VALUE), "some-operator", "Update").live
    for name in ("helm", "argocd", "kubectl"):
        text = json.dumps(run_on(tmp_path, live, desired, "--applier", name))
        shown = [value for value in (LIVE_VALUE, NEW_VALUE, "live-value", "new-value") if value in text]
        assert shown == []
    helm = verdicts(tmp_path, live, desired, "--applier", "helm")
    assert any("CNI307" in one and ".data.a" in one for one in helm) is conflict
    expected = ["warning CNI310 key `a` of `some-operator/Update` is overwritten"]
    assert changes(tmp_path, live, desired, "--applier", "argocd") == (expected if conflict else [])


def test_a_redacted_dump_is_not_compared(tmp_path: Path) -> None:
    live = Cluster(secret(a=""), "some-operator", "Update").live
    assert not [
        one for one in verdicts(tmp_path, live, secret(a=NEW_VALUE), "--applier", "helm") if "307" in one
    ]
