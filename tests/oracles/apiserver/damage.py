"""The ways in which the ownership of an installed object gets damaged, each as somebody does it to a real API server.

Source of the ways: what was seen on clusters where an upgrade left fields behind (istio/istio#54846, #30098, #35162).
Every way starts from nothing: it installs the old release in its own manner.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from cnilint.ssa.managedfields.entries import managed_fields_of
from cnilint.ssa.typed.values import Json, JsonObject
from tests.oracles.apiserver.releases import Endpoints
from tests.oracles.apiserver.server import Server

OPERATOR = "istio-operator"
CLIENT = "kubectl-client-side-apply"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_STRATEGIC = "application/strategic-merge-patch+json"


class Cluster(Struct, kw_only=True):
    """A server, the namespace of one case, and the manifests of its releases by name."""

    server: Server
    namespace: str
    releases: Mapping[str, list[JsonObject]]
    folder: Path

    def path(self, value: JsonObject) -> str:
        path = Endpoints(self.server)(value)
        assert path is not None
        return path

    def workload(self, release: str) -> JsonObject:
        """The DaemonSet of a release."""
        return next(each for each in self.releases[release] if each["kind"] == "DaemonSet")

    def others(self, release: str) -> list[JsonObject]:
        return [each for each in self.releases[release] if each["kind"] != "DaemonSet"]

    def live(self, value: JsonObject) -> JsonObject:
        return self.server.get(self.path(value))

    def apply(self, values: list[JsonObject], manager: str = OPERATOR) -> None:
        for value in values:
            self.server.apply(self.path(value), value, manager, force=True)

    def create(self, value: JsonObject, manager: str) -> None:
        self.server.post(self.path(value).rpartition("/")[0], value, manager)

    def kubectl(self, *arguments: str) -> None:
        done = self.server.run("kubectl", "-n", self.namespace, *arguments)
        assert done.returncode == 0, done.stderr

    def file(self, values: list[JsonObject]) -> str:
        path = self.folder / "given.json"
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": values}))
        return str(path)

    def edit(self, variables: list[JsonObject]) -> None:
        """``kubectl edit`` of variables of the first container."""
        workload = self.workload(OLD)
        containers: Json = [{"name": _container(workload), "env": variables}]  # type: ignore[list-item]
        patch: JsonObject = {"spec": {"template": {"spec": {"containers": containers}}}}
        self.server.send("PATCH", f"{self.path(workload)}?fieldManager=kubectl-edit", patch, _STRATEGIC)

    def set_record(self, change: Callable[[list[JsonObject]], Json]) -> None:
        """Writes managedFields."""
        workload = self.workload(OLD)
        record = managed_fields_of(self.live(workload))
        entries = [each for each in record if isinstance(each, dict)] if isinstance(record, list) else []
        self.server.merge(self.path(workload), {"metadata": {"managedFields": change(entries)}}, "somebody")


OLD, NEW = "1.22.5", "1.24.2"
VARIABLE = "CNI_NETWORK_CONFIG"


class Damage(Struct, frozen=True):
    """A way: what does it, how the new release is applied, and whether the repair script can undo it."""

    make: Callable[[Cluster], None]
    manager: str = OPERATOR
    applier: str = "istioctl"
    releases: tuple[str, str] = (OLD, NEW)
    left: int = 0


def _installed(cluster: Cluster) -> None:
    cluster.apply(cluster.releases[OLD])
    status: JsonObject = {"status": {"currentNumberScheduled": 1, "desiredNumberScheduled": 1}}
    path = f"{cluster.path(cluster.workload(OLD))}/status"
    cluster.server.merge(path, status, "kube-controller-manager")


def _restarted(cluster: Cluster) -> None:
    _installed(cluster)
    cluster.kubectl("rollout", "restart", f"daemonset/{_name(cluster)}")


def _leaf_edited(cluster: Cluster) -> None:
    _installed(cluster)
    reference: JsonObject = {"configMapKeyRef": {"key": "another", "name": "istio-cni-config"}}
    cluster.edit([{"name": VARIABLE, "valueFrom": reference}])


def _added_again(cluster: Cluster) -> None:
    _installed(cluster)
    cluster.edit([{"name": VARIABLE, "$patch": "delete"}])
    reference: JsonObject = {"configMapKeyRef": {"key": "cni_network_config", "name": "istio-cni-config"}}
    cluster.edit([{"name": VARIABLE, "valueFrom": reference}])


def _variable_added(cluster: Cluster) -> None:
    _installed(cluster)
    cluster.edit([{"name": "HOWARDJOHN", "value": "1"}])


def _created_by_kubectl(cluster: Cluster) -> None:
    cluster.apply(cluster.others(OLD))
    cluster.kubectl("apply", "-f", cluster.file([cluster.workload(OLD)]))
    cluster.apply([cluster.workload(OLD)])


def _added_again_and_applied(cluster: Cluster) -> None:
    _added_again(cluster)
    cluster.apply(cluster.releases[OLD])


def _cleared(cluster: Cluster) -> None:
    _installed(cluster)
    cluster.set_record(lambda entries: [{}])


def _restored(cluster: Cluster) -> None:
    cluster.apply(cluster.others(OLD))
    cluster.create(cluster.workload(OLD), "velero-server")


def _entry_deleted(cluster: Cluster) -> None:
    _installed(cluster)
    cluster.set_record(lambda entries: [each for each in entries if each["manager"] != OPERATOR])


def _item_cut(cluster: Cluster) -> None:
    _installed(cluster)

    def cut(entries: list[JsonObject]) -> Json:
        text = json.loads(json.dumps(entries))
        for entry in text:
            if entry["manager"] == OPERATOR:
                containers = entry["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]
                for container in containers.values():
                    container.get("f:env", {}).pop(json.dumps(f'k:{{"name":"{VARIABLE}"}}')[1:-1], None)
                    container.get("f:env", {}).pop(f'k:{{"name":"{VARIABLE}"}}', None)
        return list(text)

    cluster.set_record(cut)


def _updated_instead(cluster: Cluster) -> None:
    _installed(cluster)
    cluster.set_record(
        lambda entries: [
            {**each, "operation": "Update"} if each["manager"] == OPERATOR else each for each in entries
        ]
    )


def _by_helm(cluster: Cluster) -> None:
    for value in cluster.releases[OLD]:
        cluster.create(value, "helm")


def _applied_by_helm(cluster: Cluster) -> None:
    cluster.apply(cluster.releases[OLD], "helm")


def _created(cluster: Cluster) -> None:
    cluster.kubectl("create", "-f", cluster.file(cluster.releases[OLD]))


def _applied_by_client(cluster: Cluster) -> None:
    cluster.kubectl("apply", "-f", cluster.file(cluster.releases[OLD]))


def _annotation_removed(cluster: Cluster) -> None:
    _applied_by_client(cluster)
    for value in cluster.releases[OLD]:
        patch: JsonObject = {"metadata": {"annotations": {_LAST_APPLIED: None}}}
        cluster.server.merge(cluster.path(value), patch, "somebody")


def _stub(cluster: Cluster) -> None:
    """istio/istio#35162: an Update entry of an old client still owns a container that the new release drops."""
    for value in cluster.releases["1.9.9"]:
        cluster.create(value, "istioctl")
    cluster.apply(cluster.releases["1.10.6"])


DAMAGES: Mapping[str, Damage] = {
    "a": Damage(_installed),
    "a2": Damage(_restarted),
    "b1": Damage(_leaf_edited),
    "b2": Damage(_added_again, left=1),
    "b3": Damage(_variable_added, left=1),
    "b4": Damage(_created_by_kubectl, left=11),
    "b5": Damage(_added_again_and_applied, left=1),
    "c1": Damage(_cleared, left=11),
    "c2": Damage(_restored, left=11),
    "c3": Damage(_entry_deleted, left=11),
    "c4": Damage(_item_cut, left=1),
    "c6": Damage(_updated_instead, left=11),
    "d1": Damage(_by_helm, left=11),
    "d2": Damage(_applied_by_helm, left=11),
    "d3": Damage(_installed, "helm", "helm-server-side", left=11),
    "d4": Damage(_installed, "argocd-controller", "argocd", left=11),
    "e1": Damage(_created, CLIENT, "kubectl-client-side", left=11),
    "e2": Damage(_created, left=11),
    "e3": Damage(_applied_by_client, CLIENT, "kubectl-client-side"),
    "e4": Damage(_applied_by_client, "kubectl", "kubectl"),
    "e5": Damage(_annotation_removed, "kubectl", "kubectl", left=11),
    "e6": Damage(_annotation_removed, CLIENT, "kubectl-client-side", left=11),
    "e7": Damage(_applied_by_client, left=11),
    "f": Damage(_stub, releases=("1.10.6", "1.11.8")),
}
"""The ways by their usual names. ``left`` is the number of variables that the new release leaves in the DaemonSet."""


def _name(cluster: Cluster) -> str:
    metadata = cluster.workload(OLD)["metadata"]
    assert isinstance(metadata, dict)
    return str(metadata["name"])


def _container(workload: JsonObject) -> str:
    return str(json.loads(json.dumps(workload))["spec"]["template"]["spec"]["containers"][0]["name"])
