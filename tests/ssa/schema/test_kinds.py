"""Types: the built-in ones per release, and those of custom resources."""

import pytest

from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.schema.crd import declare
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.schema.schema import SchemaError, Type
from cnilint.ssa.typed.typed import TypedError, field_set, item_element
from cnilint.ssa.typed.validate import validate
from cnilint.ssa.typed.values import Json, JsonObject

RELEASES = [
    (None, "1.36"),
    ("1.36", "1.36"),
    ("v1.33.4", "1.33"),
    ("1.29", "1.28"),
    ("1.20", "1.28"),
    ("1.99", "1.37"),
]


def _definition(*versions: JsonObject, conversion: str = "None") -> JsonObject:
    return {
        "spec": {
            "group": "example.dev",
            "names": {"kind": "Widget"},
            "conversion": {"strategy": conversion},
            "versions": list(versions),
        }
    }


def _version(name: str, spec: JsonObject, **more: Json) -> JsonObject:
    schema: JsonObject = {"type": "object", "properties": {"spec": spec}}
    return {"name": name, "served": True, "schema": {"openAPIV3Schema": schema}, **more}


def _widget(spec: JsonObject) -> Type:
    return kinds_with(_definition(_version("v1", spec)))


def kinds_with(definition: JsonObject) -> Type:
    return declare(kinds(), definition).type_of({"apiVersion": "example.dev/v1", "kind": "Widget"})


@pytest.mark.parametrize(("asked", "release"), RELEASES)
def test_the_release_is_the_nearest_one_not_after(asked: str | None, release: str) -> None:
    assert kinds(asked).release == release


@pytest.mark.parametrize("version", ["", "latest", "2.0", "1.x"])
def test_no_version_is_an_error(version: str) -> None:
    with pytest.raises(SchemaError):
        kinds(version)


def test_releases_differ() -> None:
    variable: JsonObject = {"name": "A", "valueFrom": {"fileKeyRef": {"key": "k"}}}
    pod: JsonObject = {"spec": {"containers": [{"name": "c", "env": [variable]}]}}
    old, new = (kinds(v).find("v1", "Pod") for v in ("1.33", "1.34"))
    assert old is not None
    assert new is not None
    assert [problem.reason for problem in validate(pod, old)] == ["field not declared in schema"]
    assert validate(pod, new) == []


def test_the_key_of_an_item() -> None:
    service = kinds().find("v1", "Service")
    assert service is not None
    spec = service.map.child("spec") if service.map else None
    ports = spec.map.child("ports") if spec and spec.map else None
    assert ports is not None
    assert ports.list is not None
    assert item_element(ports.list, {"port": 80, "name": "x"}) == 'k:{"port":80,"protocol":"TCP"}'
    assert item_element(ports.list, {"port": 80.0, "protocol": "UDP"}) == 'k:{"port":80,"protocol":"UDP"}'
    for item in (None, "x", []):
        with pytest.raises(TypedError):
            item_element(ports.list, item)


def test_lists_of_custom_resources_are_atomic_unless_marked() -> None:
    items: JsonObject = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "n": {"type": "integer"}},
    }
    plain = _widget({"type": "object", "properties": {"l": {"type": "array", "items": items}}})
    keyed = _widget(
        {
            "type": "object",
            "properties": {
                "l": {
                    "type": "array",
                    "items": items,
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                }
            },
        }
    )
    value: JsonObject = {"spec": {"l": [{"name": "a", "n": 1}]}}
    assert field_set(value, plain) == {"f:spec": {"f:l": {}}}
    assert field_set(value, keyed) == {
        "f:spec": {"f:l": {'k:{"name":"a"}': {".": {}, "f:n": {}, "f:name": {}}}}
    }


def test_unknown_fields_of_custom_resources() -> None:
    closed = _widget({"type": "object", "properties": {"a": {"type": "string"}}})
    opened = _widget({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    value: JsonObject = {"spec": {"a": "x", "b": {"c": [1]}}}
    assert [str(problem) for problem in validate(value, closed)] == [".spec.b: field not declared in schema"]
    assert validate(value, opened) == []
    assert field_set(value, opened) == {"f:spec": {"f:a": {}, "f:b": {".": {}, "f:c": {}}}}


def test_status_and_versions_of_a_custom_resource() -> None:
    spec: JsonObject = {"type": "object"}
    with_status = _version("v1", spec, subresources={"status": {}})
    schema = with_status["schema"]
    assert isinstance(schema, dict)
    properties = {"spec": spec, "status": {"type": "object"}}
    with_status["schema"] = {"openAPIV3Schema": {"type": "object", "properties": properties}}
    same_everywhere = declare(kinds(), _definition(with_status, _version("v2", spec)))
    endpoint = resource(same_everywhere, "example.dev/v1", "Widget")
    assert endpoint.ignored == {"f:status": {}}
    assert set(endpoint.alike) == {"example.dev/v2"}
    converted = declare(kinds(), _definition(with_status, _version("v2", spec), conversion="Webhook"))
    assert not resource(converted, "example.dev/v1", "Widget").alike


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"spec": {"group": "g"}},
        _definition(_version("v1", {"type": "strange"})),
        _definition(_version("v1", {"type": "array", "x-kubernetes-list-type": "map"})),
    ],
)
def test_a_broken_definition_is_an_error(definition: JsonObject) -> None:
    with pytest.raises(SchemaError):
        declare(kinds(), definition)
