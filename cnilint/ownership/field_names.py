"""Fields by the names that people give them: the variable ``LEVEL``, the container ``agent``."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct

from cnilint.ownership.inputs.positions import path_label
from cnilint.ssa.fieldpath.elements import element_keys
from cnilint.ssa.fieldpath.fields import FieldPath, Fields, intersection, paths
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry

CONTAINERS = frozenset(("f:containers", "f:initContainers", "f:ephemeralContainers"))
DATA = frozenset(("f:data", "f:binaryData", "f:stringData"))
METADATA = frozenset(("f:annotations", "f:labels"))


class FieldKind(StrEnum):
    """What a field is, by the list or map that it is in."""

    VARIABLE = "variable"
    VOLUME = "volume"
    MOUNT = "mount"
    PORT = "port"
    ANNOTATION = "annotation"
    LABEL = "label"
    CONTAINER = "container"
    KEY = "key"
    ITEM = "item"
    FIELD = "field"


_KINDS = {
    "f:env": FieldKind.VARIABLE,
    "f:volumes": FieldKind.VOLUME,
    "f:volumeMounts": FieldKind.MOUNT,
    "f:ports": FieldKind.PORT,
    "f:annotations": FieldKind.ANNOTATION,
    "f:labels": FieldKind.LABEL,
    **dict.fromkeys(CONTAINERS, FieldKind.CONTAINER),
    **dict.fromkeys(DATA, FieldKind.KEY),
}


class FieldName(Struct, frozen=True):
    """The kind of a field and its name: ``LEVEL``, ``9090, TCP`` of a port, ``spec.priority`` of a plain field."""

    kind: FieldKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} `{self.name}`"


def field_name(path: FieldPath) -> FieldName:
    """What people call the field at a path."""
    last = path[-1]
    kind = _KINDS.get(path[-2]) if len(path) > 1 else None
    if last.startswith("k:"):
        keys = element_keys(last)
        name = str(keys.get("name") or ", ".join(map(str, keys.values())))
        return FieldName(kind or FieldKind.ITEM, name)
    if kind is not None:
        return FieldName(kind, last[2:])
    return FieldName(FieldKind.FIELD, path_label(path))


def short_name(path: FieldPath) -> FieldName:
    """What people call the field at a path: of a value in a variable the variable, else a field from its last item on,
    for its container is told apart."""
    if len(path) > 2 and path[-3] == "f:env":
        return field_name(path[:-1])
    found = field_name(path)
    if found.kind is not FieldKind.FIELD:
        return found
    start = max((index for index, step in enumerate(path) if step[:2] != "f:"), default=-1)
    return FieldName(FieldKind.FIELD, ".".join(step[2:] for step in path[start + 1 :]))


def full_name(path: FieldPath) -> str:
    """What people call the field at a path, with its container: ``variable `LEVEL` of container `agent```."""
    found, container = field_name(path), container_of(path)
    if not container or found.kind in (FieldKind.CONTAINER, FieldKind.FIELD):
        return str(found)
    return f"{found} of container `{container}`"


def container_of(path: FieldPath) -> str:
    """The name of the container that a path leads into; empty outside of containers."""
    for step, item in pairwise(path):
        if step in CONTAINERS and item.startswith("k:"):
            return str(element_keys(item).get("name", ""))
    return ""


def variable_name(path: FieldPath) -> str:
    """The name of an environment variable; empty for any other field."""
    if len(path) < 2 or path[-2] != "f:env" or not path[-1].startswith("k:"):
        return ""
    return str(element_keys(path[-1]).get("name", ""))


def outermost_paths(fields: Fields) -> list[FieldPath]:
    """The list items, map keys and fields of a set that are below none of its other paths."""
    found: dict[FieldPath, None] = {}
    for path in sorted(paths(fields), key=len):
        if not any(path[:length] in found for length in range(1, len(path))):
            found[path] = None
    return list(found)


def shared_items(one: ManagedFieldsEntry, other: ManagedFieldsEntry | None) -> list[FieldPath]:
    """The list items and map keys that two entries own together: they stay when only one of them drops them."""
    if other is None:
        return []
    return [path for path in paths(intersection(one.fields, other.fields)) if _is_item(path)]


def listed(found: Iterable[FieldPath], most: int = 3) -> str:
    """The first fields by name with their containers, and how many more there are."""
    names = list(dict.fromkeys(map(full_name, found)))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _is_item(path: FieldPath) -> bool:
    keyed = path[-1].startswith(("k:", "v:"))
    return keyed or (len(path) > 1 and path[-2] in ("f:data", "f:annotations", "f:labels"))
