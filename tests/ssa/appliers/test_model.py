"""The tools as data: what of an object changes how it is applied, and each option decides a case."""

import pytest

from cnilint.ssa.appliers.model import applied_as, applier, applier_names
from cnilint.ssa.appliers.perform import perform
from cnilint.ssa.typed.values import JsonObject

SYNC = "argocd.argoproj.io/sync-options"
SSA = "kustomize.toolkit.fluxcd.io/ssa"
RECONCILE = "kustomize.toolkit.fluxcd.io/reconcile"
FORCE = "kustomize.toolkit.fluxcd.io/force"


def config_map(annotations: dict[str, str] | None = None, **data: str) -> JsonObject:
    metadata: JsonObject = {"name": "c", "namespace": "n", "annotations": dict(annotations or {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {**data}}


OPTIONS = [
    ("argocd", SYNC, "Prune=false, Replace=true", "argocd-replace", False, False),
    ("argocd", SYNC, "ServerSideApply=false", "argocd-client-side", False, False),
    ("argocd-client-side", SYNC, "ServerSideApply=true", "argocd", False, False),
    (
        "argocd-client-side",
        SYNC,
        "ServerSideApply=false,ServerSideApply=true",
        "argocd-client-side",
        False,
        False,
    ),
    ("argocd-client-side", SYNC, "Replace=true,ServerSideApply=true", "argocd-replace", False, False),
    ("argocd", SYNC, "Replace=true,Force=true", "argocd-replace", False, True),
    ("flux", SSA, "merge", "flux-merge", False, False),
    ("flux", SSA, "IfNotPresent", "flux", True, False),
    ("flux", SSA, "Ignore", "flux", True, False),
    ("flux", RECONCILE, "disabled", "flux", True, False),
    ("flux", FORCE, "enabled", "flux", False, True),
    ("flux-merge", RECONCILE, "disabled", "flux-merge", True, False),
    ("flux-merge", FORCE, "enabled", "flux-merge", False, True),
    ("argocd", SYNC, "Prune=false", "argocd", False, False),
    ("flux", SYNC, "Replace=true", "flux", False, False),
]


@pytest.mark.parametrize(("name", "annotation", "value", "becomes", "skipped", "recreates"), OPTIONS)
def test_an_option_of_the_object(
    name: str, annotation: str, value: str, becomes: str, skipped: bool, recreates: bool
) -> None:
    tool, option = applied_as(applier(name), config_map({annotation: value}), config_map())
    assert (tool.name, tool.recreate) == (becomes, recreates)
    assert (option is not None and option.skip) is skipped


def test_every_option_has_a_case() -> None:
    stated = {(option.name, option.value) for name in applier_names() for option in applier(name).options}
    decided = [
        (option, part.strip().lower()) for _, option, value, *_ in OPTIONS for part in value.split(",")
    ]
    assert {(name, value) for name, value in stated if (name, value.lower()) not in decided} == set()


@pytest.mark.parametrize("place", ["manifest", "live"])
def test_flux_looks_at_the_live_object_too(place: str) -> None:
    disabled, other = config_map({RECONCILE: "disabled"}), config_map()
    manifest, live = (disabled, other) if place == "manifest" else (other, disabled)
    assert perform(applier("flux"), live, manifest).written is None


def test_a_replace_leaves_nothing_whoever_owns_it() -> None:
    live = perform(applier("helm-3"), None, config_map(A="1", B="2")).written
    assert live is not None
    prediction = perform(applier("argocd"), live.object, config_map({SYNC: "Replace=true"}, A="1"))
    assert prediction.leftovers == ()


def test_an_object_that_may_be_recreated_is_not_refused() -> None:
    live = {**config_map(A="1"), "immutable": True}
    assert perform(applier("flux"), live, config_map(A="2")).refused is not None
    again = perform(applier("flux"), live, config_map({FORCE: "enabled"}, A="2"))
    assert again.refused is None
    assert again.leftovers == ()


def test_another_manager_does_not_make_the_tool_kubectl() -> None:
    assert applier("kubectl").annotation_manager
    assert not applier("kubectl").named("team").annotation_manager
    assert applier("kubectl").named("kubectl").annotation_manager
