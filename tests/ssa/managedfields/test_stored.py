"""Objects as the server stores them."""

import pytest

from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.server import apply
from cnilint.ssa.managedfields.stored import empty_object, stored
from cnilint.ssa.schema.crd import declare
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import JsonObject


def test_explicit_empty_values_are_stored_as_the_server_does() -> None:
    pod = kinds().find("v1", "Pod")
    assert pod is not None
    container: JsonObject = {"name": "c", "stdin": False, "env": [], "resources": {"limits": {"cpu": "0.5"}}}
    written = stored({"spec": {"containers": [{**container, "securityContext": {"privileged": False}}]}}, pod)
    assert written == {
        "metadata": {},
        "spec": {
            "containers": [
                {
                    "name": "c",
                    "resources": {"limits": {"cpu": "500m"}},
                    "securityContext": {"privileged": False},
                }
            ]
        },
        "status": {},
    }


def test_the_empty_object_has_what_is_always_written() -> None:
    config_map, daemon_set = kinds().find("v1", "ConfigMap"), kinds().find("apps/v1", "DaemonSet")
    assert config_map is not None
    assert daemon_set is not None
    assert empty_object(config_map, "v1", "ConfigMap") == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {},
    }
    assert empty_object(daemon_set, "apps/v1", "DaemonSet")["spec"] == {
        "selector": None,
        "template": {"metadata": {}, "spec": {"containers": None}},
        "updateStrategy": {},
    }


@pytest.mark.parametrize("empty", [{}, None])
def test_of_a_custom_resource_the_metadata_alone_is_written_by_a_struct(empty: JsonObject | None) -> None:
    """An empty member of the spec stays, one of the metadata does not: as kube-apiserver 1.36.3 stored it."""
    names: JsonObject = {"kind": "Widget", "plural": "widgets"}
    schema: JsonObject = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"free": {"type": "object"}}}},
    }
    version: JsonObject = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    known = declare(
        kinds(),
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.dev"},
            "spec": {"group": "example.dev", "scope": "Namespaced", "names": names, "versions": [version]},
        },
    )
    value: JsonObject = {
        "apiVersion": "example.dev/v1",
        "kind": "Widget",
        "metadata": {"name": "w", "annotations": empty},
        "spec": {"free": {}},
    }
    written = apply(resource(known, "example.dev/v1", "Widget"), None, value, "m", True).value
    assert written["metadata"] == {"name": "w"}
    assert written["spec"] == {"free": {}}


def test_an_empty_list_that_is_always_written_is_null() -> None:
    """As kube-apiserver 1.36.3 stored a Role without rules."""
    role = kinds().find("rbac.authorization.k8s.io/v1", "Role")
    assert role is not None
    assert stored({"rules": []}, role) == {"metadata": {}, "rules": None}


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        ("ConfigMap", {"data": {"a": None}}, {"metadata": {}, "data": {"a": ""}}),
        ("Secret", {"data": {"a": None}}, {"metadata": {}, "data": {"a": ""}}),
        ("ConfigMap", {"metadata": {"annotations": {"a": None}}}, {"metadata": {"annotations": {"a": ""}}}),
        (
            "Pod",
            {"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": None}}}]}},
            {
                "metadata": {},
                "spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": "0"}}}]},
                "status": {},
            },
        ),
        (
            "Pod",
            {"spec": {"containers": [{"name": "c", "resources": None}]}},
            {"metadata": {}, "spec": {"containers": [{"name": "c", "resources": {}}]}, "status": {}},
        ),
    ],
)
def test_a_null_is_stored_as_the_zero_of_its_type(kind: str, sent: JsonObject, kept: JsonObject) -> None:
    schema_type = kinds().find("v1", kind)
    assert schema_type is not None
    assert stored(sent, schema_type) == kept


def test_a_null_waits_for_a_default_where_one_may_come() -> None:
    daemon_set = kinds().find("apps/v1", "DaemonSet")
    assert daemon_set is not None
    assert stored({"spec": {"updateStrategy": None}}, daemon_set, complete=False) == {"spec": {}}
