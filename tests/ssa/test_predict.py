"""What an apply prunes, leaves and is refused, told by small objects."""

import pytest

from cnilint.ssa import Reason, applier, applier_names, path_text, paths, perform, predict
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.entries import decode_entries, managed_fields_of
from cnilint.ssa.managedfields.server import update
from cnilint.ssa.predict import changed_fields
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.schema.schema import deduced_type
from cnilint.ssa.typed.values import Json, JsonObject

DEPLOYMENT: JsonObject = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "d", "namespace": "n"},
}
ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"


def deployment(*env: str, image: str | None = "i:1", **spec: Json) -> JsonObject:
    container: JsonObject = {"name": "c", "env": [{"name": name, "value": "1"} for name in env]}
    if image is not None:
        container["image"] = image
    template: JsonObject = {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [container]}}
    return {**DEPLOYMENT, "spec": {"selector": {"matchLabels": {"app": "d"}}, "template": template, **spec}}


def applied(live: JsonObject | None, desired: JsonObject, manager: str = "a") -> JsonObject:
    prediction = predict(live, desired, manager=manager, force=True)
    assert prediction.written is not None
    return {**prediction.written.object, "metadata": {**prediction.written.object["metadata"], "uid": "u"}}


def with_record(live: JsonObject, *entries: Json) -> JsonObject:
    return {**live, "metadata": {**live["metadata"], "managedFields": list(entries)}}


def record(live: JsonObject) -> list[Json]:
    entries = managed_fields_of(live)
    assert isinstance(entries, list)
    return entries


def test_a_variable_that_only_the_applier_owned_goes() -> None:
    prediction = predict(applied(None, deployment("A", "B")), deployment("A"), manager="a")
    assert [path_text(p) for p in prediction.pruned] == [
        '.spec.template.spec.containers[name="c"].env[name="B"]'
    ]
    assert prediction.leftovers == ()


def test_a_variable_that_another_manager_owns_stays() -> None:
    live = applied(applied(None, deployment("A", "B"), "helm"), deployment("A", "B"))
    prediction = predict(live, deployment("A"), manager="a")
    [left] = prediction.leftovers
    assert path_text(left.path).endswith('.env[name="B"]')
    assert left.reason is Reason.OWNED
    assert [entry.identity.text for entry in left.owners] == ["helm/Apply"]
    assert prediction.pruned == ()


def test_a_variable_without_owner_stays() -> None:
    live = applied(None, deployment("A", "B"))
    entry = record(live)[0]
    env = entry["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"c"}']["f:env"]
    del env['k:{"name":"B"}']
    prediction = predict(live, deployment("A"), manager="a")
    assert [(left.reason, left.owners) for left in prediction.leftovers] == [(Reason.UNOWNED, ())]


def test_a_cleared_record_leaves_everything_to_before_first_apply() -> None:
    live = with_record(applied(None, deployment("A", "B")))
    prediction = predict(live, deployment("A"), manager="a", force=True)
    [left] = prediction.leftovers
    assert [entry.manager for entry in left.owners] == ["before-first-apply"]


def test_a_record_that_is_not_shown_is_said() -> None:
    live = applied(None, deployment("A"))
    bare = {**live, "metadata": {k: v for k, v in live["metadata"].items() if k != "managedFields"}}
    assert any("managedFields" in note for note in predict(bare, deployment("A"), manager="a").uncovered)
    assert predict(live, deployment("A"), manager="a").uncovered == ()


def test_defaults_are_no_leftovers() -> None:
    live = applied(None, deployment("A"))
    pod = live["spec"]["template"]["spec"]
    pod.update(dnsPolicy="ClusterFirst", restartPolicy="Always", terminationGracePeriodSeconds=31)
    reasons = {path_text(k.path): k.reason for k in predict(live, deployment("A"), manager="a").kept}
    assert reasons == {
        ".spec.template.spec.dnsPolicy": Reason.DEFAULT,
        ".spec.template.spec.restartPolicy": Reason.DEFAULT,
        ".spec.template.spec.terminationGracePeriodSeconds": Reason.UNOWNED,
    }


def test_a_change_of_what_another_owns_is_a_conflict() -> None:
    live = applied(None, deployment("A", replicas=1), "b")
    prediction = predict(live, deployment("A", replicas=2), manager="a")
    assert prediction.written is None
    assert prediction.conflicts == {"b/Apply": {"f:spec": {"f:replicas": {}}}}
    assert prediction.refused is not None
    assert prediction.refused.message == 'Apply failed with 1 conflict: conflict with "b": .spec.replicas'
    assert predict(live, deployment("A", replicas=2), manager="a", force=True).refused is None


def test_half_an_object_is_refused() -> None:
    live = applied(applied(None, deployment("A")), deployment("A", image=None), "b")
    template = deployment()["spec"]["template"]
    empty = {
        **DEPLOYMENT,
        "spec": {**deployment()["spec"], "template": {**template, "spec": {"containers": []}}},
    }
    prediction = predict(live, empty, manager="a", force=True)
    assert prediction.refused is not None
    assert prediction.refused.status == 422
    assert "spec.template.spec.containers[0].image: Required value" in prediction.refused.message


REFUSED: list[tuple[JsonObject, int, str]] = [
    (
        {**deployment("A"), "metadata": {"name": "d", "managedFields": []}},
        400,
        "metadata.managedFields must be nil",
    ),
    (deployment("A", "A"), 500, 'duplicate entries for key [name="A"]'),
    (deployment("A", strange=1), 500, ".spec.strange: field not declared in schema"),
    (deployment("A", replicas="1"), 500, ".spec.replicas: expected numeric"),
    (deployment("A", selector={"matchLabels": {"app": "x"}}), 422, "spec.selector: Invalid value"),
]


@pytest.mark.parametrize(("desired", "status", "message"), REFUSED)
def test_what_the_server_refuses(desired: JsonObject, status: int, message: str) -> None:
    refused = predict(applied(None, deployment("A")), desired, manager="a", force=True).refused
    assert refused is not None
    assert refused.status == status
    assert message in refused.message


def test_a_value_is_never_in_a_message() -> None:
    secret: JsonObject = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"k": ["hunter2"]},
    }
    refused = predict(None, secret, manager="a").refused
    assert refused is not None
    assert "hunter2" not in refused.message


def test_another_version_is_declined() -> None:
    live = {**applied(None, deployment("A")), "apiVersion": "apps/v1beta2"}
    prediction = predict(live, deployment("A"), manager="a")
    assert prediction.written is None
    assert prediction.refused is None
    assert "no converter" in prediction.uncovered[0]


def test_an_entry_at_another_version_is_said_and_kept() -> None:
    live = applied(None, deployment("A"))
    stranger = {**record(live)[0], "manager": "old", "apiVersion": "apps/v1beta1"}
    prediction = predict(with_record(live, *record(live), stranger), deployment("A"), manager="a")
    assert prediction.written is not None
    assert "old/Apply" in prediction.uncovered[0]
    assert "old" in {entry.manager for entry in decode_entries(managed_fields_of(prediction.written.object))}


def test_an_entry_at_a_version_that_is_not_served_is_dropped() -> None:
    live = applied(None, deployment("A"))
    stranger = {**record(live)[0], "manager": "old", "apiVersion": "apps/v99"}
    prediction = predict(with_record(live, *record(live), stranger), deployment("A"), manager="a")
    assert prediction.written is not None
    assert [entry.manager for entry in prediction.written.entries] == ["a"]


def test_an_undecodable_record_refuses_every_apply() -> None:
    live = with_record(applied(None, deployment("A")), {"manager": "x", "operation": "Apply"})
    refused = predict(live, deployment("A"), manager="a").refused
    assert refused is not None
    assert refused.message == "failed to decode managed fields: apiVersion must not be empty"


def test_nesting_without_end_is_declined() -> None:
    deep: Json = {}
    for _ in range(5000):
        deep = {"a": deep}
    live: JsonObject = {"apiVersion": "e.x/v1", "kind": "W", "metadata": {"name": "w"}, "spec": deep}
    assert predict(live, {**live, "spec": {"a": deep}}, manager="a").written is None


def role_binding(**role: Json) -> JsonObject:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": "r", **role},
    }


def test_a_default_that_the_manifest_leaves_out_is_no_change_of_an_immutable_field() -> None:
    live = applied(None, role_binding(apiGroup="rbac.authorization.k8s.io"))
    assert predict(live, role_binding(), manager="a").refused is None
    other = predict(live, role_binding(name="other"), manager="a").refused
    assert other is not None
    assert "field is immutable" in other.message


def client_side_applied(desired: JsonObject) -> JsonObject:
    """A live object that kubectl's client-side apply of a manifest made."""
    written = perform(applier("kubectl-client-side"), None, desired).written
    assert written is not None
    return {**written.object, "metadata": {**written.object["metadata"], "uid": "u"}}


TAKEN_OVER = {
    "kubectl": True,
    "kubectl-client-side": True,
    "helm": False,
    "helm-3": False,
    "helm-server-side": False,
    "argocd": True,
    "argocd-3.0": True,
    "argocd-client-side": True,
    "argocd-replace": True,
    "flux": True,
    "flux-merge": False,
    "flux-helm": False,
    "flux-helm-client-side": False,
    "flux-helm-server-side": False,
    "istioctl": False,
}


@pytest.mark.parametrize("name", applier_names())
def test_which_applier_prunes_what_kubectl_applied(name: str) -> None:
    live = client_side_applied(deployment("A", "B"))
    prediction = perform(applier(name), live, deployment("A"), force=True)
    left = [path_text(kept.path) for kept in prediction.leftovers if kept.path[-2] == "f:env"]
    assert (not left) is TAKEN_OVER[name]


def test_a_package_deletes_what_its_old_release_had() -> None:
    live = applied(None, deployment("A", "B"), "someone")
    tool = applier("helm-3")
    assert perform(tool, live, deployment("A"), previous=deployment("A", "B")).leftovers == ()
    without = perform(tool, live, deployment("A"))
    assert len(without.leftovers) == 1
    assert any("deletes no field" in note for note in without.uncovered)


def test_a_removed_annotation_leaves_everything() -> None:
    live = client_side_applied(deployment("A", "B"))
    bare = {**live, "metadata": {**live["metadata"], "annotations": {}}}
    endpoint = resource(kinds(), "apps/v1", "Deployment")
    edited = update(endpoint, live, bare, "kubectl-edit").object
    prediction = perform(applier("kubectl"), edited, deployment("A"), force=True)
    assert [kept.path[-1] for kept in prediction.leftovers] == ['k:{"name":"B"}']


def test_a_default_that_a_client_takes_away_is_filled_in_again() -> None:
    """Who set the default by hand still owns it: to the server nothing changed."""
    old, new = deployment("A", replicas=2), deployment("A")
    live = client_side_applied(old)
    edited = update(
        resource(kinds(), "apps/v1", "Deployment"),
        live,
        {**live, "spec": {**live["spec"], "replicas": 1}},
        "editor",
    ).object
    written = perform(applier("kubectl-client-side"), edited, new).written
    assert written is not None
    assert written.value["spec"]["replicas"] == 1
    assert ("editor", ("f:spec", "f:replicas")) in {
        (entry.manager, path) for entry in written.entries for path in paths(entry.fields)
    }


def test_a_second_apply_that_is_refused_is_left_for_the_next_time() -> None:
    """kubectl takes over what a client-side apply owned, applies again, and only warns where that is refused."""
    mount: JsonObject = {"name": "v", "mountPath": "/v"}
    old, new = deployment("A"), deployment("A")
    for each in (old, new):
        pod = each["spec"]["template"]["spec"]
        pod["containers"][0]["volumeMounts"] = [mount]
    old["spec"]["template"]["spec"]["volumes"] = [{"name": "v", "emptyDir": {}}]
    prediction = perform(applier("kubectl"), client_side_applied(old), new)
    assert prediction.refused is None
    assert prediction.written is not None
    assert [path_text(kept.path) for kept in prediction.leftovers if kept.path[-2] == "f:volumes"] == [
        '.spec.template.spec.volumes[name="v"]'
    ]
    assert any("volumeMounts[0].name: Not found" in note for note in prediction.uncovered)


def test_the_server_takes_the_namespace_from_an_object_of_the_whole_cluster() -> None:
    role: JsonObject = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
    }
    manifest: JsonObject = {**role, "metadata": {"name": "r", "namespace": "n"}, "rules": []}
    written = predict(applied(None, role), manifest, manager="a").written
    assert written is not None
    assert "namespace" not in written.value["metadata"]


def test_labels_of_a_custom_resource_that_become_none_are_gone() -> None:
    widget: JsonObject = {
        "apiVersion": "example.dev/v1",
        "kind": "Widget",
        "metadata": {"name": "w", "namespace": "n"},
    }
    old: JsonObject = {**widget, "metadata": {**widget["metadata"], "labels": {"a": "b"}}}
    new: JsonObject = {**widget, "metadata": {**widget["metadata"], "labels": {}}}
    written = perform(applier("kubectl-client-side"), client_side_applied(old), new).written
    assert written is not None
    assert "labels" not in written.value["metadata"]


def test_changes_are_in_the_order_of_the_object() -> None:
    """Reports are the same from run to run: the order of a set of names is not."""
    names = [f"key-{number * 7 % 40}" for number in range(40)]
    before: JsonObject = {"data": dict.fromkeys(names, "old")}
    after: JsonObject = {"data": dict.fromkeys(names, "new")}
    found = [path[-1] for path, _, _ in changed_fields(before, after, deduced_type())]
    assert found == [f"f:{name}" for name in names]
