"""Dumps read into live objects, and the way from a path of managedFields to its place in the dump."""

import json

import pytest

from cnilint.ownership.inputs.live import LiveObject, RecordState, distinct_objects, entry_span, read_dump
from cnilint.ownership.inputs.positions import FieldPositions, Pointers, path_label
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.schema.kinds import kinds

DUMP = b"""\
apiVersion: v1
kind: Service
metadata:
  name: s
  namespace: net
  managedFields:
  - manager: helm
    operation: Update
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec": {"f:ports": {}}}
spec:
  ports:
  - {name: web, port: 80, protocol: TCP}
  - name: metrics
    port: 90
  selector: {app: s}
"""
METRICS: FieldPath = ("f:spec", "f:ports", 'k:{"port":90,"protocol":"TCP"}')


def live(data: bytes = DUMP) -> LiveObject:
    (found,) = read_dump("live.yaml", data).objects
    return found


@pytest.mark.parametrize(
    ("path", "line", "shown", "positions"),
    [
        (("f:spec",), 12, "spec", "spec"),
        (("f:spec", "f:selector"), 17, "spec.selector", "spec.selector"),
        (METRICS, 16, "spec.ports[port=90,protocol=TCP]", "spec.ports[1]"),
        ((*METRICS, "f:name"), 15, "spec.ports[port=90,protocol=TCP].name", "spec.ports[1].name"),
        (
            ("f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}'),
            14,
            "spec.ports[port=80,protocol=TCP]",
            "spec.ports[0]",
        ),
    ],
)
def test_the_place_of_a_field(path: FieldPath, line: int, shown: str, positions: str) -> None:
    found = live()
    at = FieldPositions(found.obj.node, kinds().type_of(found.value)).of(path)
    assert at is not None
    assert (at.span.line, at.shown, at.positions) == (line, shown, positions)


@pytest.mark.parametrize(
    "path",
    [("f:x",), ("f:spec", "f:ports", 'k:{"port":1,"protocol":"TCP"}'), ("f:spec", "k:{}"), ("f:kind", "f:x")],
)
def test_what_the_object_does_not_have_has_no_place(path: FieldPath) -> None:
    found = live()
    schema_type = kinds().type_of(found.value)
    assert FieldPositions(found.obj.node, schema_type).of(path) is None
    assert Pointers(found.value, schema_type).steps(path) is None


@pytest.mark.parametrize(
    ("path", "steps", "value"),
    [
        ((*METRICS, "f:port"), ["spec", "ports", 1, "port"], 90),
        (("f:spec", "f:selector", "f:app"), ["spec", "selector", "app"], "s"),
    ],
)
def test_the_pointer_to_a_field(path: FieldPath, steps: list[str | int], value: object) -> None:
    found = live()
    pointers = Pointers(found.value, kinds().type_of(found.value))
    assert (pointers.steps(path), pointers.value(path)) == (steps, value)


@pytest.mark.parametrize(
    ("path", "label"),
    [
        (METRICS, "spec.ports[90,TCP]"),
        (("f:metadata", "f:annotations", "f:x/y.z"), "metadata.annotations[x/y.z]"),
        (("f:metadata", "f:finalizers", 'v:"f"'), 'metadata.finalizers["f"]'),
    ],
)
def test_a_path_as_repairs_show_it(path: FieldPath, label: str) -> None:
    assert path_label(path) == label


def dumped(**metadata: object) -> bytes:
    value = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", **metadata}}
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("metadata", "state"),
    [
        ({}, RecordState.ABSENT),
        ({"managedFields": []}, RecordState.CLEARED),
        ({"managedFields": [{}]}, RecordState.CLEARED),
        ({"managedFields": [{"operation": "x"}]}, RecordState.UNDECODABLE),
        ({"managedFields": "text"}, RecordState.UNDECODABLE),
        (
            {"managedFields": [{"operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1"}]},
            RecordState.READ,
        ),
    ],
)
def test_the_state_of_the_record(metadata: dict[str, object], state: RecordState) -> None:
    assert live(dumped(**metadata)).record is state


def test_a_missing_record_is_a_cleared_one_where_the_dump_shows_others() -> None:
    data = DUMP + b"---\n" + dumped() + b"\n"
    assert [one.record for one in read_dump("d", data).objects] == [RecordState.READ, RecordState.CLEARED]


def test_the_place_of_an_entry_is_its_manager() -> None:
    found = live()
    assert entry_span(found, found.entries[0]).line == 7


def test_an_object_of_several_dumps_counts_once() -> None:
    dumps = [read_dump("a", DUMP), read_dump("b", DUMP)]
    assert [one.obj.span.file for one in distinct_objects(dumps)] == ["a"]
