"""Finds the fields of a kustomization that kustomize does not know, read from ``rules/kustomize/fields.json``."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple, TypedDict

from cnilint.document import Mapping, Node, Scalar, Sequence, is_null
from cnilint.resources import json_data

ROOT = "Kustomization"
_STRINGS = "Strings"
"""A map of strings."""
_Types = dict[str, dict[str, str]]


class _Fields(TypedDict):
    types: _Types


class BadField(NamedTuple):
    """A field that its type does not have; ``known`` are the fields that it has, or none for a value of another type."""

    key: Scalar
    known: frozenset[str] | None


@cache
def _types() -> _Types:
    data: _Fields = json_data("rules/kustomize/fields.json")
    return data["types"]


@cache
def fields_of(kind: str) -> dict[str, str]:
    """The fields of a type by their names in lower case: decoding ignores case."""
    return {name.lower(): name for name in _types()[kind]}


def bad_fields(root: Mapping) -> Iterator[BadField]:
    """The fields of a kustomization, and of what it holds, that kustomize refuses."""
    pending: list[tuple[Mapping, str]] = [(root, ROOT)]
    while pending:
        node, kind = pending.pop()
        if kind == _STRINGS:
            yield from _other_than_strings(node)
            continue
        known, types = fields_of(kind), _types()[kind]
        for name in node.names():
            field = known.get(name.lower())
            if field is None:
                yield BadField(node.entries[name].key, frozenset(types))
            elif types[field]:
                pending.extend((each, types[field]) for each in _mappings(node.get(name)))


def _other_than_strings(node: Mapping) -> Iterator[BadField]:
    return (BadField(entry.key, None) for entry in node.entries.values() if not _is_string(entry.value))


def _mappings(value: Node | None) -> Iterable[Mapping]:
    """A mapping itself, or the mappings of a list."""
    if isinstance(value, Mapping):
        return (value,)
    return [item for item in value.items if isinstance(item, Mapping)] if isinstance(value, Sequence) else ()


def _is_string(value: Node) -> bool:
    return is_null(value) or (isinstance(value, Scalar) and value.string is not None)
