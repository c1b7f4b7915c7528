"""Every row of the tables of writers and appliers decides a case that no other row decides.

The cases are names and histories of objects as they are in use, not made from the rows.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cnilint.resources import data_text
from cnilint.ssa.appliers.model import applied_as, applier, in_mode_of
from cnilint.ssa.appliers.perform import perform
from cnilint.ssa.appliers.writers import known_manager
from cnilint.ssa.fieldpath.fields import path_text
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.entries import UPDATE, decode_entries, managed_fields_of
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED
from cnilint.ssa.managedfields.server import apply, update
from cnilint.ssa.predict import Prediction
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import JsonObject
from tests.tools.rows import changed, without

APPLIERS = "rules/ssa/appliers.json"
WRITERS = "rules/ssa/field-managers.json"

MANAGERS = {
    "human-cli": (
        "kubectl/Update",
        "kubectl/Apply",
        "kubectl-client-side-apply/Update",
        "kubectl-last-applied/Apply",
        "kubectl-create/Update",
        "kubectl-edit/Update",
        "kubectl-patch/Update",
        "kubectl-replace/Update",
        "kubectl-set/Update",
        "kubectl-rollout/Update",
        "kubectl-annotate/Update",
        "kubectl-label/Update",
        "kubectl-taint/Update",
        "kubectl-expose/Update",
        "kubectl-run/Update",
        "kubectl-autoscale/Update",
        "oc/Update",
        "k9s/Update",
        "curl/Update",
    ),
    "human-console": (
        "Mozilla/Update",
        "GoogleCloudConsole/Update",
        "AzurePortal-1/Update",
        "dashboard/Update",
        "node-fetch/Update",
    ),
    "platform": (
        "rancher/Update",
        "network-operator-1/Apply",
    ),
    "sdk-default": (
        "okhttp/Update",
        "OpenAPI-Generator/Update",
        "Swagger-Codegen/Update",
        "fabric8-kubernetes-client/Update",
        "Go-http-client/Update",
        "python-requests/Update",
    ),
    "iac": (
        "HashiCorp/Update",
        "Terraform/Apply",
        "pulumi-kubernetes-1/Apply",
    ),
    "package-manager": (
        "helm/Update",
        "helm/Apply",
        "Helm/Update",
    ),
    "gitops": (
        "helm-controller/Update",
        "helm-controller/Apply",
        "kustomize-controller/Apply",
        "gotk-kustomize-controller/Update",
        "flux/Apply",
        "argocd-controller/Update",
        "argocd-controller/Apply",
        "argocd-application-controller/Update",
        "argocd/Update",
        "fleetagent/Update",
        "fleetagent/Apply",
        "kapp-1/Update",
    ),
    "installer": (
        "istio-operator/Apply",
        "istioctl/Update",
        "istioctl/Apply",
        "kubeadm/Update",
        "olm/Update",
        "catalog/Update",
        "kube-webhook-certgen/Update",
    ),
    "controller": (
        "istio-operator/Update",
        "pilot-discovery/Update",
        "controller-manager/Update",
        "manager/Update",
        "manager/Apply",
        "main/Update",
        "external-secrets/Update",
        "kubescape/Update",
        "calico/Update",
        "calico-node/Update",
        "trident_orchestrator/Update",
    ),
    "cloud-provider": (
        "eks/Apply",
        "addon-manager-1/Update",
    ),
    "synthetic": (
        "before-first-apply/Update",
        "ancient-changes/Update",
        "unknown/Update",
        "unknown/Apply",
    ),
    "control-plane": (
        "kube-controller-manager/Update",
        "kube-scheduler/Update",
        "kubelet/Update",
        "kube-apiserver/Update",
        "cloud-controller-manager/Update",
        "clusterrole-aggregation-controller/Apply",
        "openshift-controller-manager/Update",
    ),
    "backup-restore": ("velero-server/Update",),
}
"""Writers as objects have them, by what they are; of names with an end that varies, one such end."""


def unknown_managers() -> list[tuple[str, str]]:
    """The writers that are not known to be what they are."""
    found = []
    for group, names in MANAGERS.items():
        for text in names:
            manager, _, operation = text.rpartition("/")
            row = known_manager(manager, operation)
            if row is None or row.group != group:
                found.append((group, text))
    return found


def test_every_writer_in_use_is_known() -> None:
    assert unknown_managers() == []


@pytest.mark.parametrize("index", range(len(json.loads(data_text(WRITERS)))))
def test_every_writer_decides_a_name(index: int) -> None:
    with without(WRITERS, index):
        assert unknown_managers()


Value = dict[str, Any]
MAP: Value = {"apiVersion": "v1", "kind": "ConfigMap"}


def config_map(*keys: str, labels: Value | None = None, annotations: Value | None = None) -> Value:
    metadata = {"name": "c", "namespace": "n", "labels": labels or {}, "annotations": annotations or {}}
    return {**MAP, "metadata": metadata, "data": dict.fromkeys(keys, "1")}


def written_by(manager: str, value: Value, live: JsonObject | None = None) -> JsonObject:
    """The object after an Update by a writer."""
    return update(resource(kinds(), value["apiVersion"], value["kind"]), live, value, manager).object


def applied_by(manager: str, value: Value, live: JsonObject | None = None) -> JsonObject:
    """The object after a forced Apply by a writer."""
    return apply(resource(kinds(), value["apiVersion"], value["kind"]), live, value, manager, True).object


def with_last_applied(value: Value) -> Value:
    text = json.dumps(value)
    metadata = value["metadata"]
    annotations = {**metadata["annotations"], LAST_APPLIED: text}
    return {**value, "metadata": {**metadata, "annotations": annotations}}


def keeps(name: str, live: JsonObject, path: str = ".data.B", **options: Any) -> bool:
    """Whether the tool, when it applies a ConfigMap with nothing but the key A, leaves a field of the live object."""
    return path in left(perform(applier(name), live, config_map("A"), **options))


def left(prediction: Prediction) -> list[str]:
    assert prediction.written is not None, prediction
    return [path_text(kept.path) for kept in prediction.kept]


def is_pruned(name: str, path: str, **metadata: Value) -> bool:
    """Whether the tool removes a label or annotation that it has itself applied, and the manifest does not have."""
    tool = applier(name)
    value = config_map("A", **metadata)
    if tool.server_side:
        live = applied_by(tool.manager, value)
        prediction = perform(tool, live, config_map("A"))
    else:
        live = written_by(tool.manager, with_last_applied(value))
        prediction = perform(tool, live, config_map("A"), previous=value)
    return path in [path_text(each) for each in prediction.pruned]


def mode(name: str, manager: str) -> str:
    """The tool by which an object is applied that has only ever been patched under this name."""
    entries = decode_entries(managed_fields_of(written_by(manager, config_map("A"))))
    assert [entry.operation for entry in entries] == [UPDATE]
    return in_mode_of(applier(name), entries).name


def with_option(name: str, annotation: str, value: str) -> tuple[str, bool, bool]:
    """How the tool applies an object with an annotation: the name of the row, whether not at all, or anew."""
    manifest = config_map(annotations={annotation: value})
    tool, option = applied_as(applier(name), manifest, config_map())
    return tool.name, option is not None and option.skip, tool.recreate


def is_forced(name: str) -> bool:
    """Whether the tool takes a key over that somebody else has set to another value."""
    live = written_by("somebody", {**config_map("A"), "data": {"A": "2"}})
    return perform(applier(name), live, config_map("A")).refused is None


OLD = config_map("A", "B")
CLIENT_SIDE = "kubectl-client-side-apply"
SYNC = "argocd.argoproj.io/sync-options"
FLUX = "kustomize.toolkit.fluxcd.io"
INSTANCE = {"app.kubernetes.io/instance": "x"}
TRACKING = {"argocd.argoproj.io/tracking-id": "x"}
HELM = {"app.kubernetes.io/managed-by": "Helm"}
NAME = {"meta.helm.sh/release-name": "x"}
PLACE = {"meta.helm.sh/release-namespace": "x"}


def label(name: str) -> str:
    return f".metadata.labels.{name}"


def mark(tool: str, member: str, name: str) -> Callable[[], bool]:
    path = f".metadata.{member}.{name}"
    return lambda: not is_pruned(tool, path, **{member: {name: "x"}})


def strips(member: str, name: str) -> Callable[[], bool]:
    """Whether Flux removes a label or annotation that somebody else has set."""
    live = written_by("somebody", config_map("A", **{member: {name: "x"}}))
    return lambda: not keeps("flux", live, f".metadata.{member}.{name}")


def option_is(tool: str, annotation_: str, value: str, wanted: tuple[str, bool, bool]) -> Callable[[], bool]:
    return lambda: with_option(tool, annotation_, value) == wanted


def custom(value: Value) -> Value:
    return {"apiVersion": "example.dev/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": value}


def two_ways(value: Callable[[Value], Value]) -> bool:
    """Whether Helm leaves alone what somebody has changed, since the old and the new release agree on it."""
    release = value({"x": "1", "y": "1"})
    live = written_by("somebody", value({"x": "2", "y": "1"}), written_by("helm", release))
    after = perform(applier("helm-3"), live, release, previous=release).written
    assert after is not None
    return "2" in json.dumps(after.value)


def definition(value: Value) -> Value:
    """A CustomResourceDefinition, which Helm has a Go struct of."""
    names = {"kind": "Thing", "plural": "things", "singular": value["x"]}
    spec = {"group": "example.dev", "scope": "Cluster", "names": names, "versions": []}
    metadata = {"name": "things.example.dev"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": spec,
    }


def has_entry(name: str, identity: str) -> bool:
    live = written_by(CLIENT_SIDE, with_last_applied(OLD))
    written = perform(applier(name), live, config_map("A")).written
    assert written is not None
    return identity in {entry.identity.text for entry in written.entries}


Place = tuple[str | int, ...]
CASES: dict[Place, Callable[[], bool]] = {
    ("kubectl", "migrate", 0): lambda: not keeps("kubectl", written_by(CLIENT_SIDE, with_last_applied(OLD))),
    ("kubectl", "annotation_manager"): lambda: has_entry("kubectl", "kubectl-last-applied/Apply"),
    ("kubectl-client-side", "previous"): lambda: (
        not keeps("kubectl-client-side", written_by(CLIENT_SIDE, with_last_applied(OLD)))
    ),
    ("helm", "unless_applied"): lambda: mode("helm", "helm") == "helm-3",
    ("helm", "migrate", 0): lambda: not keeps("helm", written_by("helm", OLD)),
    ("helm-server-side", "unless_applied"): lambda: mode("helm-server-side", "helm") == "helm-server-side",
    ("helm-3", "previous"): lambda: applier("helm-3").deletes(config_map()),
    ("helm-3", "two_way"): lambda: two_ways(custom),
    ("helm-3", "structs", 0): lambda: not two_ways(definition),
    ("helm-3", "keep"): lambda: (
        applier("helm-3").deletes(config_map())
        and not applier("helm-3").deletes(config_map(annotations={"helm.sh/resource-policy": "keep"}))
    ),
    ("argocd", "migrate", 0): lambda: not keeps("argocd", written_by(CLIENT_SIDE, OLD)),
    ("argocd", "migrate", 1): lambda: not keeps("argocd", written_by("oc", with_last_applied(OLD))),
    ("argocd", "options", 0): option_is("argocd", SYNC, "Replace=true", ("argocd-replace", False, False)),
    ("argocd", "options", 1): option_is(
        "argocd", SYNC, "ServerSideApply=false", ("argocd-client-side", False, False)
    ),
    ("argocd-3.0", "migrate"): lambda: keeps("argocd-3.0", written_by(CLIENT_SIDE, OLD)),
    ("argocd-3.0", "migrate", 0): lambda: not keeps("argocd-3.0", written_by("oc", with_last_applied(OLD))),
    ("argocd-client-side", "previous"): lambda: (
        not keeps("argocd-client-side", written_by("argocd-controller", with_last_applied(OLD)))
    ),
    ("argocd-client-side", "options", 0): option_is(
        "argocd-client-side", SYNC, "Replace=true,ServerSideApply=true", ("argocd-replace", False, False)
    ),
    ("argocd-client-side", "options", 1): option_is(
        "argocd-client-side",
        SYNC,
        "ServerSideApply=false,ServerSideApply=true",
        ("argocd-client-side", False, False),
    ),
    ("argocd-client-side", "options", 2): option_is(
        "argocd-client-side", SYNC, "ServerSideApply=true", ("argocd", False, False)
    ),
    ("argocd-replace", "options", 0): option_is(
        "argocd-replace", SYNC, "Force=true", ("argocd-replace", False, True)
    ),
    ("flux", "migrate", 0, "match", 0): lambda: not keeps("flux", written_by("kubectl-edit", OLD)),
    ("flux", "migrate", 0, "match", 1): lambda: not keeps("flux", written_by("before-first-apply", OLD)),
    ("flux", "migrate", 0, "match", 2): lambda: not keeps("flux", written_by("kustomize-controller", OLD)),
    ("flux", "strip", 0): strips("annotations", LAST_APPLIED),
    ("flux", "strip", 1): strips("annotations", f"{FLUX}/checksum"),
    ("flux", "strip", 2): strips("annotations", "fluxcd.io/sync-checksum"),
    ("flux", "strip", 3): strips("labels", "fluxcd.io/sync-gc-mark"),
    ("flux", "options", 0): option_is("flux", f"{FLUX}/reconcile", "disabled", ("flux", True, False)),
    ("flux", "options", 1): option_is("flux", f"{FLUX}/ssa", "Ignore", ("flux", True, False)),
    ("flux", "options", 2): option_is("flux", f"{FLUX}/ssa", "IfNotPresent", ("flux", True, False)),
    ("flux", "options", 3): option_is("flux", f"{FLUX}/ssa", "Merge", ("flux-merge", False, False)),
    ("flux", "options", 4): option_is("flux", f"{FLUX}/force", "enabled", ("flux", False, True)),
    ("flux-merge", "migrate"): lambda: keeps("flux-merge", written_by("kubectl-edit", OLD)),
    ("flux-merge", "strip"): lambda: keeps(
        "flux-merge",
        written_by("somebody", config_map("A", labels={"fluxcd.io/sync-gc-mark": "x"})),
        label("fluxcd.io/sync-gc-mark"),
    ),
    ("flux-merge", "options", 0): option_is(
        "flux-merge", f"{FLUX}/reconcile", "disabled", ("flux-merge", True, False)
    ),
    ("flux-merge", "options", 1): option_is(
        "flux-merge", f"{FLUX}/force", "enabled", ("flux-merge", False, True)
    ),
    ("flux-helm", "unless_applied"): lambda: mode("flux-helm", "helm-controller") == "flux-helm-client-side",
    ("flux-helm-server-side", "unless_applied"): lambda: (
        mode("flux-helm-server-side", "helm-controller") == "flux-helm-server-side"
    ),
    ("argocd", "force"): lambda: is_forced("argocd"),
    ("flux", "force"): lambda: is_forced("flux"),
    ("istioctl", "force"): lambda: is_forced("istioctl"),
    **{
        (tool, "marks", index): mark(tool, member, name)
        for tool, marks in {
            "helm": (("labels", HELM), ("annotations", NAME), ("annotations", PLACE)),
            "helm-3": (("labels", HELM), ("annotations", NAME), ("annotations", PLACE)),
            "argocd": (("labels", INSTANCE), ("annotations", TRACKING)),
            "argocd-client-side": (("labels", INSTANCE), ("annotations", TRACKING)),
            "argocd-replace": (("labels", INSTANCE), ("annotations", TRACKING)),
            "flux": (("labels", {f"{FLUX}/name": "x"}), ("labels", {f"{FLUX}/namespace": "x"})),
            "flux-helm": (
                ("labels", HELM),
                ("annotations", NAME),
                ("annotations", PLACE),
                ("labels", {"helm.toolkit.fluxcd.io/name": "x"}),
                ("labels", {"helm.toolkit.fluxcd.io/namespace": "x"}),
            ),
        }.items()
        for index, (member, (name, *_)) in enumerate(marks)
    },
}
"""What each part of a row decides, by its place: true with it, false without it."""


def places() -> list[Place]:
    """The parts of the rows: what a row must have to be read, and where its facts are from, aside."""
    found: list[Place] = []
    for name, row in json.loads(data_text(APPLIERS)).items():
        for member, value in row.items():
            if member in ("manager", "method", "source", "like") or value is False:
                continue
            parts = [(name, member, index) for index in range(len(value))] if isinstance(value, list) else []
            if member == "migrate" and any("match" in each for each in value):
                parts = [(*parts[0], "match", index) for index in range(len(value[0]["match"]))]
            inherited = "like" in row and member in ("migrate", "strip")
            found += [(name, member)] if inherited and not parts else parts or [(name, member)]
            found += [(name, member)] if inherited and parts else []
    return found


def test_every_part_of_an_applier_has_a_case() -> None:
    assert sorted(CASES, key=str) == sorted(places(), key=str)


@pytest.mark.parametrize("place", CASES, ids=lambda place: " ".join(map(str, place)))
def test_every_part_of_an_applier_decides_a_case(place: Place) -> None:
    case = CASES[place]
    assert case()
    # A row needs these members: then another value.
    other = {"force": False, "previous": "release" if "side" in str(place[0]) else ""}
    member = str(place[1])
    with changed(APPLIERS, place, other[member]) if member in other else without(APPLIERS, *place):
        assert not case()


@pytest.mark.parametrize("name", json.loads(data_text(APPLIERS)))
def test_every_applier_decides_under_which_name_it_applies(name: str) -> None:
    """The writer that the object then has, and by which operation."""
    operation = {"helm-3": UPDATE}.get(name, UPDATE if name.endswith(("side", "replace")) else "Apply")
    operation = "Apply" if name.endswith("server-side") else operation
    after = perform(applier(name), None, config_map("A")).written
    assert after is not None
    assert f"{WRITES_AS[name]}/{operation}" in {entry.identity.text for entry in after.entries}


WRITES_AS = {
    "kubectl": "kubectl",
    "kubectl-client-side": "kubectl-client-side-apply",
    "helm": "helm",
    "helm-server-side": "helm",
    "helm-3": "helm",
    "argocd": "argocd-controller",
    "argocd-3.0": "argocd-controller",
    "argocd-client-side": "argocd-controller",
    "argocd-replace": "argocd-controller",
    "flux": "kustomize-controller",
    "flux-merge": "kustomize-controller",
    "flux-helm": "helm-controller",
    "flux-helm-server-side": "helm-controller",
    "flux-helm-client-side": "helm-controller",
    "istioctl": "istio-operator",
}
