"""Who applies, who owns, and what an apply does to each live object."""

import pytest

from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.predict.applier import ApplierChoice, chosen_applier, infer_appliers
from cnilint.ownership.predict.managers import Role, applies_only, family, left_out, restarts_only, role
from cnilint.ownership.predict.unowned import unowned_items
from cnilint.ssa.managedfields.entries import APPLY, UPDATE, ManagedFieldsEntry
from cnilint.ssa.schema.kinds import kinds
from tests.ownership.test_inputs import live


@pytest.mark.parametrize(
    ("manager", "operation", "expected"),
    [
        ("argocd-controller", APPLY, Role.APPLIER),
        ("helm", UPDATE, Role.APPLIER),
        ("kubectl-edit", UPDATE, Role.PERSON),
        ("kube-controller-manager", UPDATE, Role.CONTROL_PLANE),
        ("manager", UPDATE, Role.CONTROLLER),
        ("velero-server", UPDATE, Role.RESTORE),
        ("before-first-apply", UPDATE, Role.SERVER),
        ("never-heard-of", UPDATE, Role.UNKNOWN),
    ],
)
def test_the_role_of_a_manager(manager: str, operation: str, expected: Role) -> None:
    entry = ManagedFieldsEntry(manager=manager, operation=operation, api_version="v1", fields={})
    assert role(entry) is expected


def test_what_is_known_of_names() -> None:
    restart = ManagedFieldsEntry(manager="kubectl-rollout", operation=UPDATE, api_version="v1", fields={})
    assert restarts_only(restart)
    assert family("never-heard-of") == "never-heard-of"
    assert left_out(("f:spec", "f:replicas"))
    assert not left_out(("f:spec", "f:selector"))
    assert not applies_only("kubectl-edit")


@pytest.mark.parametrize(
    ("choice", "manager", "server_side", "force"),
    [
        (ApplierChoice(name="istioctl"), "istio-operator", True, True),
        (ApplierChoice(name="helm-3"), "helm", False, None),
        (ApplierChoice(name="istioctl", manager="mine"), "mine", True, True),
        (ApplierChoice(manager="unknown"), "unknown", True, False),
        (ApplierChoice(manager="unknown", force=True), "unknown", True, True),
        (ApplierChoice(manager="kubectl-client-side-apply"), "kubectl-client-side-apply", False, None),
    ],
)
def test_the_chosen_applier(
    choice: ApplierChoice, manager: str, server_side: bool, force: bool | None
) -> None:
    tool = chosen_applier(choice)
    assert tool is not None
    assert (tool.manager, tool.server_side) == (manager, server_side)
    assert force is None or tool.force is force


def test_nobody_is_chosen_by_default() -> None:
    assert chosen_applier(ApplierChoice()) is None


def object_of(*entries: tuple[str, str]) -> LiveObject:
    listed = "".join(
        f"  - {{manager: {manager}, operation: {operation}, apiVersion: v1, fieldsType: FieldsV1,"
        ' fieldsV1: {"f:data": {"f:a": {}}}}\n'
        for manager, operation in entries
    )
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n  managedFields:\n"
    return live(f"{head}{listed}data: {{a: x, b: y}}\n".encode())


@pytest.mark.parametrize(
    ("entries", "manager"),
    [
        ([("argocd-controller", APPLY)], "argocd-controller"),
        ([("helm", UPDATE)], "helm"),
        ([("helm", UPDATE), ("argocd-controller", APPLY)], "argocd-controller"),
        ([("kubectl-edit", UPDATE)], None),
    ],
)
def test_the_applier_of_an_object_is_inferred(entries: list[tuple[str, str]], manager: str | None) -> None:
    found = object_of(*entries)
    inferred = infer_appliers([found], set()).get(id(found))
    assert (None if inferred is None else inferred.tool.manager) == manager


def test_an_object_with_a_manifest_gets_the_applier_of_most_others() -> None:
    applied = [object_of(("argocd-controller", APPLY)) for _ in range(2)]
    bare = object_of(("kubectl-edit", UPDATE))
    tools = infer_appliers([*applied, bare], {id(bare)})
    assert tools[id(bare)].tool.manager == "argocd-controller"


def tracked(meta: str, *entries: tuple[str, str]) -> LiveObject:
    """A ConfigMap `apps/m` with labels or annotations."""
    listed = ", ".join(
        f"{{manager: {manager}, operation: {operation}, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {{}}}}"
        for manager, operation in entries
    )
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n  namespace: apps\n"
    return live(f"{head}  managedFields: [{listed}]\n{meta}".encode())


ARGO = "  annotations: {argocd.argoproj.io/tracking-id: 'site:/ConfigMap:apps/m'}\n"
COPIED = ARGO.replace("apps/m", "apps/other")
CLIENT_SIDE = ARGO.replace("}", ", kubectl.kubernetes.io/last-applied-configuration: '{}'}")
HELM = "  annotations: {meta.helm.sh/release-name: r, meta.helm.sh/release-namespace: apps}\n"
FLUX = "  labels: {kustomize.toolkit.fluxcd.io/name: site}\n"
FLUX_HELM = HELM + "  labels: {helm.toolkit.fluxcd.io/name: r}\n"
EDIT = ("kubectl-edit", UPDATE)


@pytest.mark.parametrize(
    ("meta", "entries", "tool", "mark"),
    [
        (ARGO, [EDIT], "argocd", "argocd.argoproj.io/tracking-id"),
        (ARGO, [("kubectl", APPLY)], "argocd", "argocd.argoproj.io/tracking-id"),
        (ARGO, [("argocd-controller", UPDATE), ("kubectl", APPLY)], "argocd-client-side", ""),
        (ARGO, [("kustomize-controller", APPLY)], "flux", ""),
        (CLIENT_SIDE, [EDIT], "argocd-client-side", "argocd.argoproj.io/tracking-id"),
        (COPIED, [EDIT], None, ""),
        (COPIED, [("kubectl", APPLY)], "kubectl", ""),
        (FLUX, [("helm", UPDATE)], "helm-3", ""),
        (FLUX, [EDIT], "flux", "kustomize.toolkit.fluxcd.io/name"),
        (FLUX + HELM, [EDIT], None, ""),
        (HELM, [("helm", UPDATE), ("kubectl", APPLY)], "helm-3", ""),
        (HELM, [EDIT], None, ""),
        (FLUX_HELM, [("helm-controller", APPLY), ("helm", APPLY)], "flux-helm", ""),
    ],
)
def test_the_applier_that_tracks_an_object(
    meta: str, entries: list[tuple[str, str]], tool: str | None, mark: str
) -> None:
    found = tracked(meta, *entries)
    inferred = infer_appliers([found], set()).get(id(found))
    assert (None if inferred is None else inferred.tool.name) == tool
    assert (inferred.mark if inferred else "") == mark


def test_a_key_without_an_owner() -> None:
    assert unowned_items(object_of(("helm", UPDATE)), kinds()) == [("f:data", "f:b")]
