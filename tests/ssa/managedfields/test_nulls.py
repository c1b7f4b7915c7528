"""What the merge leaves of a map of a custom resource that its applier empties, as a kube-apiserver 1.36 answers."""

from typing import Any

import pytest

from cnilint.ssa.predict import predict
from cnilint.ssa.schema.crd import declare
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import JsonObject

ENTRY = {
    "manager": "flux",
    "operation": "Apply",
    "apiVersion": "example.com/v1",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:spec": {"f:free": {"f:a": {}}}},
}
METADATA = {"name": "w", "namespace": "default"}
FREE: JsonObject = {"type": "object", "additionalProperties": {"type": "string"}}


def definition(free: JsonObject) -> JsonObject:
    spec: JsonObject = {"type": "object", "properties": {"free": free, "mode": {"type": "string"}}}
    schema: JsonObject = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return {
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        }
    }


def widget(spec: JsonObject, **metadata: Any) -> JsonObject:
    return {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {**METADATA, **metadata},
        "spec": spec,
    }


@pytest.mark.parametrize(
    ("free", "refused"),
    [
        (FREE, True),
        ({**FREE, "nullable": True}, False),
        # The server may fill in a default first.
        ({**FREE, "default": {"a": "2"}}, False),
    ],
)
def test_a_map_of_which_nothing_is_left(free: JsonObject, refused: bool) -> None:
    known = declare(kinds(), definition(free))
    live = widget({"free": {"a": "1"}, "mode": "x"}, managedFields=[ENTRY])
    answer = predict(
        live, widget({"free": {}, "mode": "x"}), manager="flux", force=True, schema=known
    ).refused
    told = 'spec.free: Invalid value: "null": spec.free in body must be of type object: "null"'
    assert (answer is not None and told in answer.message) is refused


def test_a_null_that_is_live_was_taken_before() -> None:
    known = declare(kinds(), definition(FREE))
    live = widget(
        {"free": None, "mode": "x"}, managedFields=[{**ENTRY, "fieldsV1": {"f:spec": {"f:mode": {}}}}]
    )
    assert predict(live, widget({"mode": "y"}), manager="flux", force=True, schema=known).refused is None
