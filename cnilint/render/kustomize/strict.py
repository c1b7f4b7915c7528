"""Finds the fields of a kustomization that kustomize does not know, read from ``rules/kustomize/fields.json``."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, TypedDict

from cnilint.document import Mapping, Node, Scalar, Sequence
from cnilint.resources import json_data

ROOT = "Kustomization"
_Types = dict[str, dict[str, str]]


class _Fields(TypedDict):
    types: _Types


class UnknownField(NamedTuple):
    """A field that its type does not have; ``known`` are the fields that it has."""

    key: Scalar
    known: frozenset[str]


@cache
def _types() -> _Types:
    data: _Fields = json_data("rules/kustomize/fields.json")
    return data["types"]


@cache
def fields_of(kind: str) -> dict[str, str]:
    """The fields of a type by their names in lower case: decoding ignores case."""
    return {name.lower(): name for name in _types()[kind]}


def unknown_fields(root: Mapping) -> Iterator[UnknownField]:
    """The fields of a kustomization, and of what it holds, that kustomize refuses."""
    pending: list[tuple[Node, str]] = [(root, ROOT)]
    while pending:
        node, kind = pending.pop()
        if isinstance(node, Sequence):
            pending.extend((item, kind) for item in node.items if isinstance(item, Mapping))
        elif isinstance(node, Mapping):
            known, types = fields_of(kind), _types()[kind]
            for name, entry in node.entries.items():
                field = known.get(name.lower())
                if field is None:
                    yield UnknownField(entry.key, frozenset(types))
                elif types[field]:
                    pending.append((entry.value, types[field]))
