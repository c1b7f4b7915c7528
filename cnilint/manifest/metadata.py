"""Checks the types of an object's metadata: the API server and kubectl refuse an object of other types.

Source: ObjectMeta of k8s.io/apimachinery pkg/apis/meta/v1; kubectl decodes into it before anything else.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct

from cnilint.document import Mapping, Node, Scalar, Sequence, is_null
from cnilint.document.scalars import Data
from cnilint.regex import regex

Leaf = Literal["a string", "an integer", "a boolean", "a time"]


class _MapOf(Struct, frozen=True):
    values: Leaf


class _ListOf(Struct, frozen=True):
    items: "Leaf | dict[str, Leaf]"


_OWNER: dict[str, Leaf] = {
    **dict.fromkeys(("apiVersion", "kind", "name", "uid"), "a string"),
    **dict.fromkeys(("controller", "blockOwnerDeletion"), "a boolean"),
}
_MANAGER: dict[str, Leaf] = {
    **dict.fromkeys(("manager", "operation", "apiVersion", "fieldsType", "subresource"), "a string"),
    "time": "a time",
}
_TEXTS = _MapOf("a string")
_METADATA: dict[str, Leaf | _MapOf | _ListOf] = {
    **dict.fromkeys(("name", "generateName", "namespace", "selfLink", "uid", "resourceVersion"), "a string"),
    **dict.fromkeys(("generation", "deletionGracePeriodSeconds"), "an integer"),
    **dict.fromkeys(("creationTimestamp", "deletionTimestamp"), "a time"),
    "labels": _TEXTS,
    "annotations": _TEXTS,
    "finalizers": _ListOf("a string"),
    "ownerReferences": _ListOf(_OWNER),
    "managedFields": _ListOf(_MANAGER),
}
_TIME = regex(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,][0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})"
)


Mismatch = tuple[str, Node, str]
"""A value of the wrong type: its path from the object, the value, and the type that the API has there."""


def mismatches(node: Mapping) -> Iterator[Mismatch]:
    """The values of an object's type and metadata that the API server cannot decode; null fits everywhere."""
    for key in ("apiVersion", "kind"):
        value = node.get(key)
        if value is not None and _is_wrong(value, "a string"):
            yield key, value, "a string"
    metadata = node.get("metadata")
    if isinstance(metadata, Mapping):
        for key in metadata.names():
            wants = _METADATA.get(key)
            value = None if wants is None else metadata.get(key)
            if wants is not None and value is not None and not _is_usual(value, wants):
                yield from _field(f"metadata.{key}", value, wants)
    elif metadata is not None and not is_null(metadata):
        yield "metadata", metadata, "a map"


def _is_usual(node: Node, wants: Leaf | _MapOf | _ListOf) -> bool:
    """Whether a value is a text, or a map of texts, where that is wanted, as nearly all are. Every object passes here."""
    if isinstance(node, Scalar):
        return wants == "a string" and isinstance(node.data, str)
    return wants is _TEXTS and isinstance(node, Mapping) and node.holds_texts()


def _field(path: str, node: Node, wants: Leaf | _MapOf | _ListOf) -> Iterator[Mismatch]:
    if is_null(node):
        return
    if isinstance(wants, _MapOf):
        yield from _map(path, node, wants)
    elif isinstance(wants, _ListOf):
        if not isinstance(node, Sequence):
            yield path, node, "a list"
            return
        for index, item in enumerate(node.items):
            yield from _item(f"{path}[{index}]", item, wants.items)
    elif _is_wrong(node, wants):
        yield path, node, wants


def _map(path: str, node: Node, wants: _MapOf) -> Iterator[Mismatch]:
    if not isinstance(node, Mapping):
        yield path, node, "a map"
    else:
        for key, (_, value) in node.entries.items():
            if _is_wrong(value, wants.values):
                yield f"{path}.{key}", value, wants.values


def _item(path: str, node: Node, wants: Leaf | dict[str, Leaf]) -> Iterator[Mismatch]:
    if is_null(node):
        return
    if not isinstance(wants, dict):
        if _is_wrong(node, wants):
            yield path, node, wants
    elif isinstance(node, Mapping):
        for key, (_, value) in node.entries.items():
            if key in wants and _is_wrong(value, wants[key]):
                yield f"{path}.{key}", value, wants[key]
    else:
        yield path, node, "a map"


def _is_wrong(node: Node, wants: Leaf) -> bool:
    """Whether a value is neither null nor of the type. Every label passes here: no generator, no path."""
    if not isinstance(node, Scalar):
        return True
    value = node.data
    return value is not None and not _fits(value, wants)


def _fits(value: Data, wants: Leaf) -> bool:
    if wants == "a boolean":
        return isinstance(value, bool)
    if wants == "an integer":
        return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    return isinstance(value, str) and (wants == "a string" or _is_time(value))


def _is_time(value: str) -> bool:
    match = _TIME.fullmatch(value)
    if match is None:
        return False
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        datetime(year=year or 4, month=month, day=day, hour=hour, minute=minute, second=second)
    except ValueError:
        return False
    return True
