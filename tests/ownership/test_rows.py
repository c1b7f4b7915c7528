"""Every row of the tables behind ownership findings decides a case that no other row decides.

The cases are names and objects as they are in use, not made from the rows.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnilint.ownership.predict.effects import metadata_effect
from cnilint.ownership.predict.managers import family, left_out, protocol, restarts_only, role
from cnilint.resources import data_text
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry
from tests.ownership.clusters import Cluster, daemon_set, verdicts
from tests.tools.rows import row_lines, without, without_line

EFFECTS = "rules/ssa/effects.yaml"
REMOVALS = "rules/ssa/removals.yaml"
SELECTORS = "rules/ssa/selectors.json"
ROLES = "rules/ssa/roles.json"

IN_USE = {
    "Namespace": (
        "l istio-injection",
        "l istio.io/rev",
        "l istio.io/dataplane-mode",
        "l istio.io/use-waypoint",
        "l topology.istio.io/network",
        "a linkerd.io/inject",
        "a kuma.io/mesh",
        "l pod-security.kubernetes.io/enforce",
        "l pod-security.kubernetes.io/audit-version",
        "l pod-security.kubernetes.io/warn",
        "a openshift.io/node-selector",
        "l openshift.io/run-level",
        "l security.openshift.io/scc.podSecurityLabelSync",
        "a scheduler.alpha.kubernetes.io/node-selector",
        "a scheduler.alpha.kubernetes.io/defaultTolerations",
        "a scheduler.alpha.kubernetes.io/tolerationsWhitelist",
        "a ovn.kubernetes.io/logical_switch",
        "a clustermesh.cilium.io/global",
        "l openservicemesh.io/monitored-by",
    ),
    "DaemonSet": (
        "a sidecar.istio.io/inject",
        "a traffic.sidecar.istio.io/excludeOutboundPorts",
        "a proxy.istio.io/config",
        "a inject.istio.io/templates",
        "l ambient.istio.io/bypass-inbound-capture",
        "l networking.istio.io/tunnel",
        "a config.linkerd.io/skip-outbound-ports",
        "a config.alpha.linkerd.io/proxy-wait-before-exit-seconds",
        "a consul.hashicorp.com/connect-inject",
        "a openshift.io/required-scc",
        "a container.apparmor.security.beta.kubernetes.io/agent",
        "a k8s.v1.cni.cncf.io/networks",
        "a v1.multus-cni.io/default-network",
        "a kubernetes.io/ingress-bandwidth",
        "a kubernetes.io/egress-bandwidth",
        "a cni.projectcalico.org/ipAddrs",
        "a policy.cilium.io/no-track-port",
        "a io.cilium.proxy-visibility",
        "a io.cilium.no-track-port",
        "a config.cilium.io/disable-source-ip-verification",
        "a cni.cilium.io/mac-address",
        "a ipam.cilium.io/ip-pool",
        "a ipam.antrea.io/ippools",
        "a network.cilium.io/no-track-host-ports",
        "a vault.hashicorp.com/agent-inject",
        "a cluster-autoscaler.kubernetes.io/safe-to-evict",
        "a karpenter.sh/do-not-disrupt",
    ),
    "Service": (
        "a networking.istio.io/exportTo",
        "a service.cilium.io/global",
        "a io.cilium/global-service",
        "a lbipam.cilium.io/ips",
        "a kube-router.io/service.advertise.externalip",
        "a service.antrea.io/external-ip-pool",
        "a service.beta.kubernetes.io/aws-load-balancer-type",
        "a service.alpha.kubernetes.io/app-protocols",
        "a service.kubernetes.io/topology-mode",
        "a cloud.google.com/neg",
        "a networking.gke.io/load-balancer-type",
        "a load-balancer.hetzner.cloud/location",
        "a loadbalancer.openstack.org/floating-network-id",
        "a oci.oraclecloud.com/load-balancer-type",
        "a metallb.io/loadBalancerIPs",
        "a metallb.universe.tf/address-pool",
        "a kube-vip.io/loadbalancerIPs",
        "a external-dns.alpha.kubernetes.io/hostname",
        "a external-dns.kubernetes.io/hostname",
        "a projectcalico.org/ipv4pools",
    ),
    "Ingress": (
        "a alb.ingress.kubernetes.io/scheme",
        "a kubernetes.io/ingress.class",
        "a nginx.ingress.kubernetes.io/rewrite-target",
        "a traefik.ingress.kubernetes.io/router.middlewares",
        "a haproxy.org/path-rewrite",
        "a haproxy-ingress.github.io/rewrite-target",
        "a cert-manager.io/cluster-issuer",
    ),
    "MultiNetworkPolicy": ("a k8s.v1.cni.cncf.io/policy-for",),
    "Node": ("a k8s.ovn.org/node-subnets", "l node.kubernetes.io/exclude-from-external-load-balancers"),
    "IngressClass": ("a ingressclass.kubernetes.io/is-default-class",),
    "StorageClass": ("a storageclass.kubernetes.io/is-default-class",),
    "Endpoints": ("l endpointslice.kubernetes.io/skip-mirror",),
    "ClusterRole": ("l rbac.authorization.k8s.io/aggregate-to-view",),
    "ServiceAccount": (
        "a eks.amazonaws.com/role-arn",
        "a iam.gke.io/gcp-service-account",
        "a azure.workload.identity/client-id",
    ),
    "ConfigMap": (
        "a helm.sh/resource-policy",
        "a argocd.argoproj.io/sync-options",
        "a argocd.argoproj.io/hook",
        "a kustomize.toolkit.fluxcd.io/reconcile",
        "a kustomize.toolkit.fluxcd.io/ssa",
        "a kustomize.toolkit.fluxcd.io/force",
        "a kustomize.toolkit.fluxcd.io/prune",
    ),
}
"""Labels (``l``) and annotations (``a``) that act on their object; those of a DaemonSet are in its pod template."""


def acting() -> set[tuple[str, str]]:
    """The names in use that are known to act."""
    found = set()
    for kind, names in IN_USE.items():
        place = ("f:spec", "f:template") if kind == "DaemonSet" else ()
        for name in names:
            member = "f:labels" if name[0] == "l" else "f:annotations"
            if metadata_effect((*place, "f:metadata", member, f"f:{name[2:]}"), kind):
                found.add((kind, name))
    return found


def test_every_name_in_use_acts() -> None:
    assert acting() == {(kind, name) for kind, names in IN_USE.items() for name in names}


@pytest.mark.parametrize("line", row_lines(EFFECTS), ids=lambda line: line.split("name: ")[1].split(",")[0])
def test_every_effect_decides_a_name(line: str) -> None:
    everything = acting()
    with without_line(EFFECTS, line):
        assert acting() < everything


def pod_without(field: str, value: Any, **others: Any) -> tuple[Any, Any]:
    """A DaemonSet whose pods have a field, and one without it."""
    old, new = daemon_set(), daemon_set()
    for each in (old, new):
        each["spec"]["template"]["spec"] |= others
    old["spec"]["template"]["spec"][field] = value
    return old, new


def container_without(field: str, value: Any, member: str = "") -> tuple[Any, Any]:
    old = daemon_set()
    old["spec"]["template"]["spec"]["containers"][0][field] = {member: value} if member else value
    return old, daemon_set()


def workload_without_replicas(kind: str) -> tuple[Any, Any]:
    new = {**daemon_set(), "kind": kind}
    if kind == "StatefulSet":
        new["spec"]["serviceName"] = "agent"
    old = json.loads(json.dumps(new))
    old["spec"]["replicas"] = 3
    return old, new


PROBE = {"exec": {"command": ["true"]}}
APART = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]}}
SPREAD = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
REMOVED = {
    "replicas of a Deployment": (workload_without_replicas("Deployment"), "is reset from `3` to `1`"),
    "replicas of a StatefulSet": (workload_without_replicas("StatefulSet"), "is reset from `3` to `1`"),
    "replicas of a ReplicaSet": (workload_without_replicas("ReplicaSet"), "is reset from `3` to `1`"),
    "limits": (container_without("resources", {"cpu": "1"}, "limits"), "the container is no longer limited"),
    "requests": (container_without("resources", {"cpu": "1"}, "requests"), "no resources are reserved"),
    "livenessProbe": (container_without("livenessProbe", PROBE), "a stuck container is not restarted"),
    "readinessProbe": (container_without("readinessProbe", PROBE), "traffic reaches pods that are not ready"),
    "startupProbe": (container_without("startupProbe", PROBE), "slow starts are not waited for"),
    "tolerations": (pod_without("tolerations", [{"operator": "Exists"}]), "pods leave tainted nodes"),
    "nodeSelector": (pod_without("nodeSelector", {"disk": "ssd"}), "pods may run on other nodes"),
    "affinity": (pod_without("affinity", APART), "pods may run on other nodes"),
    "topologySpreadConstraints": (
        pod_without("topologySpreadConstraints", [SPREAD]),
        "pods may run on other nodes",
    ),
    "serviceAccountName": (pod_without("serviceAccountName", "agent"), "is reset from `agent` to `default`"),
    "hostNetwork": (pod_without("hostNetwork", True), "pods leave the host network"),
    "priorityClassName": (pod_without("priorityClassName", "high"), "pods may be preempted"),
}


def removal_found(folder: Path, name: str) -> bool:
    (old, new), text = REMOVED[name]
    live = Cluster(old, "argocd-controller").live
    found = verdicts(folder, live, new, "--applier", "argocd")
    return any("CNI309" in one and text in one for one in found)


@pytest.mark.parametrize("name", REMOVED)
def test_what_acts_is_reported_when_it_is_removed(name: str, tmp_path: Path) -> None:
    assert removal_found(tmp_path, name)


@pytest.mark.parametrize("line", row_lines(REMOVALS), ids=lambda line: line.split("v1.")[1].split("]")[0])
def test_every_removal_decides_a_case(line: str, tmp_path: Path) -> None:
    own = [name for name in REMOVED if name.partition(" ")[0] in fields_of(line)]
    with without_line(REMOVALS, line):
        assert not all(removal_found(tmp_path, name) for name in own)


def fields_of(line: str) -> list[str]:
    return line.split("[")[1].split("]")[0].split(", ")


def test_every_field_of_every_removal_has_a_case() -> None:
    fields = [name for line in row_lines(REMOVALS) for name in fields_of(line)]
    assert sorted(fields) == sorted(name.partition(" ")[0] for name in REMOVED)


def policy(kind: str, api_version: str, spec: Any, **members: Any) -> Any:
    metadata = {"name": "selects", "namespace": "n"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec, **members}


OLD = {"matchLabels": {"old": "yes"}}
NOTHING = {"matchLabels": {"nothing": "yes"}}
NET = ("networking.k8s.io/v1",)
SELECTING = {
    "pods": {
        "Service spec.selector": policy("Service", "v1", {"selector": {"old": "yes"}}),
        "NetworkPolicy spec.podSelector": policy("NetworkPolicy", *NET, {"podSelector": OLD}),
        "NetworkPolicy spec.ingress.from.podSelector": policy(
            "NetworkPolicy", *NET, {"podSelector": NOTHING, "ingress": [{"from": [{"podSelector": OLD}]}]}
        ),
        "NetworkPolicy spec.egress.to.podSelector": policy(
            "NetworkPolicy", *NET, {"podSelector": NOTHING, "egress": [{"to": [{"podSelector": OLD}]}]}
        ),
        "PodDisruptionBudget spec.selector": policy("PodDisruptionBudget", "policy/v1", {"selector": OLD}),
        "CiliumNetworkPolicy spec.endpointSelector": policy(
            "CiliumNetworkPolicy", "cilium.io/v2", {"endpointSelector": OLD}
        ),
        "CiliumNetworkPolicy spec.ingress.fromEndpoints": policy(
            "CiliumNetworkPolicy",
            "cilium.io/v2",
            {"endpointSelector": NOTHING, "ingress": [{"fromEndpoints": [OLD]}]},
        ),
        "CiliumNetworkPolicy spec.egress.toEndpoints": policy(
            "CiliumNetworkPolicy",
            "cilium.io/v2",
            {"endpointSelector": NOTHING, "egress": [{"toEndpoints": [OLD]}]},
        ),
        "PodMonitor spec.selector": policy("PodMonitor", "monitoring.coreos.com/v1", {"selector": OLD}),
        "PeerAuthentication spec.selector": policy(
            "PeerAuthentication", "security.istio.io/v1", {"selector": OLD}
        ),
        "AuthorizationPolicy spec.selector": policy(
            "AuthorizationPolicy", "security.istio.io/v1", {"selector": OLD}
        ),
        "Sidecar spec.workloadSelector": policy(
            "Sidecar", "networking.istio.io/v1", {"workloadSelector": OLD}
        ),
        "EnvoyFilter spec.workloadSelector": policy(
            "EnvoyFilter", "networking.istio.io/v1alpha3", {"workloadSelector": OLD}
        ),
    },
    "namespaces": {
        "NetworkPolicy spec.ingress.from.namespaceSelector": policy(
            "NetworkPolicy", *NET, {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": OLD}]}]}
        ),
        "NetworkPolicy spec.egress.to.namespaceSelector": policy(
            "NetworkPolicy", *NET, {"podSelector": {}, "egress": [{"to": [{"namespaceSelector": OLD}]}]}
        ),
        "MutatingWebhookConfiguration webhooks.namespaceSelector": policy(
            "MutatingWebhookConfiguration",
            "admissionregistration.k8s.io/v1",
            {},
            webhooks=[{"name": "a.b.c", "namespaceSelector": OLD}],
        ),
        "ValidatingWebhookConfiguration webhooks.namespaceSelector": policy(
            "ValidatingWebhookConfiguration",
            "admissionregistration.k8s.io/v1",
            {},
            webhooks=[{"name": "a.b.c", "namespaceSelector": OLD}],
        ),
    },
}


def selected(folder: Path, what: str, name: str) -> bool:
    """Whether a label that stays is found to change what the object selects."""
    if what == "pods":
        live = Cluster(daemon_set(), "istio-operator")
        live.updated("somebody", ("spec", "template", "metadata", "labels", "old"), "yes")
        manifest = daemon_set()
    else:
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "labels": {"a": "b"}}}
        live = Cluster(manifest, "istio-operator").updated("somebody", ("metadata", "labels", "old"), "yes")
    found = verdicts(folder, live.live, [manifest, SELECTING[what][name]], "--applier", "istioctl")
    return any("CNI301" in one and "selects" in one for one in found)


def selector_rows() -> list[tuple[str, int]]:
    data = json.loads(data_text(SELECTORS))
    return [(what, index) for what in ("pods", "namespaces") for index in range(len(data[what]))]


@pytest.mark.parametrize("what", SELECTING)
def test_a_label_that_stays_changes_what_is_selected(what: str, tmp_path: Path) -> None:
    assert [name for name in SELECTING[what] if not selected(tmp_path, what, name)] == []


@pytest.mark.parametrize(("what", "index"), selector_rows())
def test_every_selector_decides_a_case(what: str, index: int, tmp_path: Path) -> None:
    row = json.loads(data_text(SELECTORS))[what][index]
    for number, path in enumerate(row["paths"]):
        with without(SELECTORS, what, index, "paths", number):
            assert not selected(tmp_path, what, f"{row['kind']} {path}")


def is_role(manager: str, operation: str, wanted: str) -> bool:
    entry = ManagedFieldsEntry(manager=manager, operation=operation, api_version="v1", fields={})
    return role(entry) == wanted


REPLICAS = ("f:spec", "f:replicas")
BUNDLE = ("f:clientConfig", "f:caBundle")
ROLE_CASES: dict[tuple[str | int, ...], Callable[[], bool]] = {
    ("classes", "human-cli"): lambda: is_role("kubectl-edit", "Update", "person"),
    ("classes", "human-console"): lambda: is_role("Mozilla", "Update", "person"),
    ("classes", "gitops"): lambda: is_role("argocd-controller", "Apply", "applier"),
    ("classes", "package-manager"): lambda: is_role("helm", "Update", "applier"),
    ("classes", "installer"): lambda: is_role("istioctl", "Apply", "applier"),
    ("classes", "iac"): lambda: is_role("HashiCorp", "Update", "applier"),
    ("classes", "cloud-provider"): lambda: is_role("eks", "Apply", "applier"),
    ("classes", "control-plane"): lambda: is_role("kubelet", "Update", "control-plane"),
    ("classes", "controller"): lambda: is_role("external-secrets", "Update", "controller"),
    ("classes", "backup-restore"): lambda: is_role("velero-server", "Update", "restore"),
    ("classes", "synthetic"): lambda: is_role("before-first-apply", "Update", "server"),
    ("classes", "platform"): lambda: is_role("rancher", "Update", "client"),
    ("classes", "sdk-default"): lambda: is_role("okhttp", "Update", "client"),
    ("writers", "kubectl/Apply"): lambda: is_role("kubectl", "Apply", "applier"),
    ("writers", "kubectl-client-side-apply/Update"): lambda: is_role(
        "kubectl-client-side-apply", "Update", "applier"
    ),
    ("writers", "kubectl-last-applied/Apply"): lambda: is_role("kubectl-last-applied", "Apply", "server"),
    ("writers", "unknown/Update"): lambda: is_role("unknown", "Update", "client"),
    ("restarts", 0): lambda: restarts_only(
        ManagedFieldsEntry(manager="kubectl-rollout", operation="Update", api_version="v1", fields={})
    ),
    ("left_out", 0): lambda: left_out(REPLICAS),
    ("left_out", 1): lambda: left_out(("f:webhooks", 'k:{"name":"x"}', *BUNDLE)),
    ("left_out", 2): lambda: left_out(("f:spec", "f:conversion", "f:webhook", *BUNDLE)),
    ("left_out", 3): lambda: left_out(("f:spec", "f:caBundle")),
    ("protocol", 0): lambda: protocol(("f:metadata", "f:finalizers", 'v:"x"')),
    ("protocol", 1): lambda: protocol(("f:metadata", "f:ownerReferences", 'k:{"uid":"x"}')),
}
FAMILIES = {
    "argocd": ("argocd-controller", "argocd-application-controller", "argocd", "argocd-server"),
    "flux": ("kustomize-controller", "helm-controller", "gotk-kustomize-controller", "flux"),
    "helm": ("helm", "Helm"),
    "kubectl": ("kubectl", "kubectl-client-side-apply", "kubectl-last-applied"),
    "istioctl": ("istio-operator", "istioctl"),
    "olm": ("olm", "catalog"),
}


def role_rows() -> list[tuple[str | int, ...]]:
    data = json.loads(data_text(ROLES))
    return [
        (table, step)
        for table, rows in data.items()
        if table != "families"
        for step in (rows if isinstance(rows, dict) else range(len(rows)))
    ]


@pytest.mark.parametrize("place", role_rows(), ids=lambda place: f"{place[0]} {place[1]}")
def test_every_role_decides_a_case(place: tuple[str | int, ...]) -> None:
    case = ROLE_CASES[place]
    assert case()
    with without(ROLES, *place):
        assert not case()


@pytest.mark.parametrize("product", FAMILIES)
def test_every_family_decides_that_its_names_are_one_product(product: str) -> None:
    def known() -> list[str]:
        return [name for name in FAMILIES[product] if family(name) == product]

    assert known() == list(FAMILIES[product])
    for index, name in enumerate(json.loads(data_text(ROLES))["families"][product]):
        with without(ROLES, "families", product, index):
            assert (name in known()) is (name == product)
