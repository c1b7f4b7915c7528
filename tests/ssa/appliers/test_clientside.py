"""What clients' patches make of a live object, told by small values."""

import pytest

from cnilint.ssa import applier, perform
from cnilint.ssa.appliers.clientside import three_way, two_way
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import Json, JsonObject

POD = kinds().type_of({"apiVersion": "v1", "kind": "Pod"})
DEPLOYMENT = kinds().type_of({"apiVersion": "apps/v1", "kind": "Deployment"})


def volumes(*items: Json) -> JsonObject:
    return {"spec": {"volumes": [*items]}}


@pytest.mark.parametrize(
    ("previous", "live", "desired", "expected"),
    [
        ({}, {"a": 1, "b": 2}, {"a": 3}, {"a": 3, "b": 2}),
        ({"b": 1}, {"a": 1, "b": 2}, {"a": 3}, {"a": 3}),
        ({"b": 1}, {"a": 1}, {"a": None}, {}),
        ({"b": {"c": 1}}, {"b": {"c": 1, "d": 2}}, {"b": {}}, {"b": {"d": 2}}),
    ],
)
def test_three_ways(
    previous: JsonObject, live: JsonObject, desired: JsonObject, expected: JsonObject
) -> None:
    free = kinds().type_of({"apiVersion": "e.x/v1", "kind": "Anything"})
    assert three_way(previous, live, desired, free) == expected


@pytest.mark.parametrize(
    ("previous", "live", "desired", "expected"),
    [
        # What the manifests do not change stays as the cluster has it, be it another value or nothing at all.
        ({"a": 1, "b": 1}, {"a": 2}, {"a": 1, "b": 1}, {"a": 2}),
        ({"a": 1}, {"a": 2, "c": 3}, {"a": 4}, {"a": 4, "c": 3}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 9, "c": 3}, {"a": 1}, {"a": 1, "c": 3}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 7, "y": 2, "z": 3}}, {"a": {"x": 1}}, {"a": {"x": 7, "z": 3}}),
        ({"a": [1]}, {"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": [1]}, {"a": [1, 2]}, {"a": [1]}, {"a": [1, 2]}),
        ({}, {"a": "x"}, {"a": {"b": 1, "c": None}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {}, {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}),
        ({"a": 1}, {"a": 1}, {"a": None}, {}),
    ],
)
def test_two_ways(previous: JsonObject, live: JsonObject, desired: JsonObject, expected: JsonObject) -> None:
    assert two_way(previous, live, desired) == expected


SERVICE = kinds().type_of({"apiVersion": "v1", "kind": "Service"})
TCP: Json = {"port": 53, "protocol": "TCP"}
UDP: Json = {"port": 53, "protocol": "UDP"}
WEB: Json = {"port": 80, "protocol": "TCP"}


def ports(*items: Json) -> JsonObject:
    return {"spec": {"ports": [*items]}}


@pytest.mark.parametrize(
    ("previous", "live", "desired", "expected"),
    [
        # An added port goes into the one with its number.
        ([UDP, WEB], [UDP, WEB], [TCP, UDP, WEB], [TCP, WEB]),
        # The deletion of one deletes both.
        ([TCP, UDP, WEB], [TCP, UDP, WEB], [TCP, WEB], [WEB]),
        ([TCP, UDP], [TCP, UDP], [TCP, UDP], [TCP, UDP]),
        ([WEB], [WEB], [TCP], [TCP]),
        ([], [UDP], [WEB], [WEB, UDP]),
    ],
)
def test_ports_merge_by_their_number_alone(
    previous: list[Json], live: list[Json], desired: list[Json], expected: list[Json]
) -> None:
    """Source: recordings of a kube-apiserver 1.36.3; kubernetes/kubernetes issues 39188 and 105610."""
    assert three_way(ports(*previous), ports(*live), ports(*desired), SERVICE) == ports(*expected)


def test_a_variable_that_is_twice_is_deleted_as_a_whole() -> None:
    one: Json = {"name": "A", "value": "1"}

    def pod(*env: Json) -> JsonObject:
        return {"spec": {"containers": [{"name": "c", "env": [*env]}]}}

    assert three_way(pod(one, one), pod(one, one), pod(one), POD) == pod()


def test_a_volume_changes_its_source_whole() -> None:
    live = volumes({"name": "v", "hostPath": {"path": "/a", "type": ""}}, {"name": "w", "emptyDir": {}})
    desired = volumes({"name": "v", "configMap": {"name": "m"}})
    assert three_way({}, live, desired, POD) == volumes(
        {"name": "v", "configMap": {"name": "m"}}, {"name": "w", "emptyDir": {}}
    )


def test_a_volume_that_is_not_changed_keeps_its_defaults() -> None:
    live = volumes({"name": "v", "hostPath": {"path": "/a", "type": ""}})
    assert three_way({}, live, volumes({"name": "v", "hostPath": {"path": "/a"}}), POD) == live


def test_a_strategy_loses_the_parameters_of_another_type() -> None:
    rolling: JsonObject = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}}
    patched = three_way(
        {}, {"spec": {"strategy": rolling}}, {"spec": {"strategy": {"type": "Recreate"}}}, DEPLOYMENT
    )
    assert patched == {"spec": {"strategy": {"type": "Recreate"}}}


def custom(**spec: Json) -> JsonObject:
    return {"apiVersion": "e.x/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {**spec}}


def test_a_custom_resource_is_patched_two_ways_by_a_package() -> None:
    live = custom(size=5, colour="red", added=True)
    prediction = perform(
        applier("helm-3"), live, custom(size=3, shape="round"), previous=custom(size=3, colour="red")
    )
    assert prediction.written is not None
    assert prediction.written.value["spec"] == {"size": 5, "shape": "round", "added": True}
    assert any("stays" in note for note in prediction.uncovered)


def test_a_custom_resource_is_patched_three_ways_by_kubectl() -> None:
    live = perform(applier("kubectl-client-side"), None, custom(size=3, colour="red")).written
    assert live is not None
    changed = {**live.object, "spec": {"size": 5, "colour": "red", "added": True}}
    prediction = perform(applier("kubectl-client-side"), changed, custom(size=3))
    assert prediction.written is not None
    assert prediction.written.value["spec"] == {"size": 3, "added": True}


def test_a_definition_of_custom_resources_is_patched_three_ways() -> None:
    """Packages know its Go struct."""

    def definition(**spec: Json) -> JsonObject:
        return {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.e.x"},
            "spec": {**spec},
        }

    live = definition(scope="Cluster", group="e.x")
    prediction = perform(
        applier("helm-3"), live, definition(scope="Namespaced"), previous=definition(scope="Namespaced")
    )
    assert prediction.written is not None
    assert prediction.written.value["spec"] == {"scope": "Namespaced", "group": "e.x"}


@pytest.mark.parametrize("name", ["helm-3", "helm", "argocd", "flux", "flux-helm"])
def test_the_marks_that_a_tool_adds_are_not_taken_for_leftovers_nor_removed(name: str) -> None:
    tool = applier(name)
    metadata: JsonObject = {"name": "m", "namespace": "n"}
    for _, holder, mark in tool.marks:
        metadata[holder[2:]] = {**(metadata.get(holder[2:]) or {}), mark[2:]: "x"}
    manifest: JsonObject = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "m", "namespace": "n"},
    }
    live = perform(tool, None, {**manifest, "metadata": metadata}).written
    assert live is not None
    prediction = perform(tool, live.object, manifest, previous=manifest)
    assert tool.marks
    assert (prediction.pruned, prediction.leftovers) == ((), ())
