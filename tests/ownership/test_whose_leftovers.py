"""Whose leftovers count: everybody's but what the control plane itself writes; and what metadata does."""

from pathlib import Path
from typing import Any

import pytest

from tests.ownership.clusters import CONTAINER, POD, Cluster, config_map, daemon_set, verdicts

OLD = {"name": "OLD", "value": "1"}


@pytest.mark.parametrize(
    "manager",
    ["manager", "main", "external-secrets", "istio-operator", "calico-node", "kube-controller-manager", "x"],
)
def test_a_variable_stays_whoever_owns_it(manager: str, tmp_path: Path) -> None:
    live = Cluster(daemon_set([{"name": "A", "value": "1"}]), "argocd-controller")
    live.updated(manager, (*CONTAINER, "env", "-"), OLD)
    found = verdicts(tmp_path, live.live, daemon_set([{"name": "A", "value": "1"}]), "--applier", "argocd")
    assert [one for one in found if "`OLD`" in one and one.startswith("error CNI301")]


@pytest.mark.parametrize("manager", ["external-secrets", "kube-controller-manager", "manager"])
def test_a_key_of_data_stays_whoever_owns_it(manager: str, tmp_path: Path) -> None:
    live = Cluster(config_map(A="1"), "argocd-controller").updated(manager, ("data", "OLD"), "1")
    found = verdicts(tmp_path, live.live, config_map(A="1"), "--applier", "argocd")
    assert [one for one in found if "CNI301 key `OLD`" in one]


def test_what_the_control_plane_writes_is_no_leftover(tmp_path: Path) -> None:
    live = Cluster(daemon_set(), "argocd-controller")
    live.updated("kube-controller-manager", ("spec", "revisionHistoryLimit"), 3)
    assert not [
        one for one in verdicts(tmp_path, live.live, daemon_set(), "--applier", "argocd") if "CNI301" in one
    ]
    live.updated("manager", ("spec", "minReadySeconds"), 3)
    assert [
        one for one in verdicts(tmp_path, live.live, daemon_set(), "--applier", "argocd") if "minReady" in one
    ]


@pytest.mark.parametrize(
    ("path", "value", "is_default"),
    [
        ((*CONTAINER, "imagePullPolicy"), "Always", False),
        ((*CONTAINER, "imagePullPolicy"), "IfNotPresent", True),
        ((*POD, "dnsPolicy"), "Default", False),
        ((*POD, "dnsPolicy"), "ClusterFirst", True),
        ((*POD, "terminationGracePeriodSeconds"), 5, False),
        ((*CONTAINER, "resources", "requests"), {"cpu": "1"}, False),
        (("spec", "updateStrategy", "type"), "OnDelete", False),
    ],
)
@pytest.mark.parametrize("manager", ["kubectl-edit", "manager", "velero-server"])
def test_a_field_that_somebody_owns_is_no_default(
    manager: str, path: tuple[Any, ...], value: Any, is_default: bool, tmp_path: Path
) -> None:
    live = Cluster(daemon_set(), "argocd-controller").updated(manager, path, value)
    found = verdicts(tmp_path, live.live, daemon_set(), "--applier", "argocd")
    assert bool([one for one in found if "CNI301" in one]) is not is_default


METADATA = [
    ("k8s.v1.cni.cncf.io/networks", (*POD[:2], "metadata", "annotations"), "error"),
    ("k8s.v1.cni.cncf.io/networks", ("metadata", "annotations"), "note"),
    ("sidecar.istio.io/inject", (*POD[:2], "metadata", "labels"), "error"),
    ("team.example/contact", (*POD[:2], "metadata", "annotations"), "note"),
    ("kubectl.kubernetes.io/restartedAt", (*POD[:2], "metadata", "annotations"), "note"),
]


@pytest.mark.parametrize(("name", "where", "severity"), METADATA)
def test_metadata_that_acts_without_a_reader(
    name: str, where: tuple[str, ...], severity: str, tmp_path: Path
) -> None:
    live = Cluster(daemon_set(), "argocd-controller").updated("velero-server", (*where, name), "x")
    (finding,) = [
        one for one in verdicts(tmp_path, live.live, daemon_set(), "--applier", "argocd") if "CNI301" in one
    ]
    assert finding.startswith(severity)
    assert name in finding


def policy(**selector: Any) -> dict[str, Any]:
    spec = {"podSelector": selector, "policyTypes": ["Ingress"]}
    metadata = {"name": "deny", "namespace": "n"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize(
    ("selector", "is_used"),
    [
        ({"matchLabels": {"tier": "old"}}, True),
        ({"matchLabels": {"tier": "old", "app": "other"}}, False),
        ({"matchLabels": {"tier": "new"}}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["old"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["x"]}]}, False),
        ({}, False),
    ],
)
def test_a_label_that_a_policy_selects_by(selector: dict[str, Any], is_used: bool, tmp_path: Path) -> None:
    live = Cluster(daemon_set(), "argocd-controller")
    live.updated("velero-server", (*POD[:2], "metadata", "labels", "tier"), "old")
    found = verdicts(tmp_path, live.live, [daemon_set(), policy(**selector)], "--applier", "argocd")
    (finding,) = [one for one in found if "CNI301" in one]
    assert ("NetworkPolicy `deny`" in finding) is is_used
    assert finding.startswith("error" if is_used else "note")


def test_an_object_that_flux_leaves_alone_is_not_predicted(tmp_path: Path) -> None:
    disabled = {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}
    live = Cluster(config_map(A="1", OLD="1"), "helm", "Update").live
    assert not [
        one
        for one in verdicts(tmp_path, live, config_map(disabled, A="1"), "--applier", "flux")
        if "CNI301" in one or "CNI305" in one
    ]
    assert [
        one for one in verdicts(tmp_path, live, config_map(A="1"), "--applier", "flux") if "CNI301" in one
    ]
