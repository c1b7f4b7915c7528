"""Fields by the names that people give them."""

import pytest

from cnilint.ownership.field_names import (
    FieldKind,
    container_of,
    field_name,
    listed,
    outermost_paths,
    shared_items,
    variable_name,
)
from cnilint.ssa.fieldpath.fields import FieldPath, path_set
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry

CONTAINER: FieldPath = ("f:spec", "f:containers", 'k:{"name":"agent"}')
LEVEL: FieldPath = (*CONTAINER, "f:env", 'k:{"name":"LEVEL"}')


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        (LEVEL, FieldKind.VARIABLE, "LEVEL"),
        (CONTAINER, FieldKind.CONTAINER, "agent"),
        (("f:spec", "f:initContainers", 'k:{"name":"i"}'), FieldKind.CONTAINER, "i"),
        (("f:spec", "f:volumes", 'k:{"name":"v"}'), FieldKind.VOLUME, "v"),
        ((*CONTAINER, "f:volumeMounts", 'k:{"mountPath":"/etc"}'), FieldKind.MOUNT, "/etc"),
        (("f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}'), FieldKind.PORT, "80, TCP"),
        (("f:metadata", "f:annotations", "f:x/y"), FieldKind.ANNOTATION, "x/y"),
        (("f:metadata", "f:labels", "f:app"), FieldKind.LABEL, "app"),
        (("f:data", "f:a.b"), FieldKind.KEY, "a.b"),
        (("f:binaryData", "f:b"), FieldKind.KEY, "b"),
        (("f:spec", "f:rules", 'k:{"name":"r"}'), FieldKind.ITEM, "r"),
        (("f:spec", "f:priority"), FieldKind.FIELD, "spec.priority"),
        ((*LEVEL, "f:value"), FieldKind.FIELD, "spec.containers[agent].env[LEVEL].value"),
        (("f:data",), FieldKind.FIELD, "data"),
    ],
)
def test_field_name(path: FieldPath, kind: FieldKind, name: str) -> None:
    found = field_name(path)
    assert (found.kind, found.name) == (kind, name)
    assert str(found) == f"{kind} `{name}`"


@pytest.mark.parametrize(
    ("path", "container", "variable"),
    [(LEVEL, "agent", "LEVEL"), (CONTAINER, "agent", ""), (("f:data", "f:a"), "", "")],
)
def test_container_and_variable(path: FieldPath, container: str, variable: str) -> None:
    assert container_of(path) == container
    assert variable_name(path) == variable


def entry(*paths: FieldPath) -> ManagedFieldsEntry:
    return ManagedFieldsEntry(manager="m", operation="Update", api_version="v1", fields=path_set(*paths))


def test_two_entries_share_items_and_keys_and_no_plain_fields() -> None:
    plain: FieldPath = ("f:spec", "f:replicas")
    assert shared_items(entry(LEVEL, plain, ("f:data", "f:a")), entry(LEVEL, plain, ("f:data", "f:a"))) == [
        ("f:data", "f:a"),
        LEVEL,
    ]
    assert shared_items(entry(LEVEL), None) == []


def test_outermost_paths_and_their_names() -> None:
    fields = path_set(LEVEL, (*LEVEL, "f:value"), *((("f:data", f"f:{name}")) for name in "abcd"))
    outermost = outermost_paths(fields)
    assert len(outermost) == 5
    assert listed(outermost) == "key `a`, key `b`, key `c` and 2 more"
    assert listed(outermost[:1]) == "key `a`"
