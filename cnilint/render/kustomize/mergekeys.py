"""Which lists a strategic merge patch merges by key, read from ``rules/kustomize/merge-keys.json``."""

from functools import cache
from typing import TypedDict

from msgspec import Struct, field

from cnilint.resources import json_data


class MergeSchema(Struct, frozen=True):
    """How one field is merged.

    ``keys`` are the fields that identify an item of a merged list, () for a list of plain values; None for anything
    else, of which a list is replaced. ``fields`` are the schemas of the fields below, or of the items' fields.
    """

    keys: tuple[str, ...] | None = None
    fields: dict[str, "MergeSchema"] = field(default_factory=dict)


ATOMIC = MergeSchema()
"""The schema of a field without merged lists at or below it."""

_MergeKeys = dict[str, list[str]]
"""Merge keys by the path of the list."""


class _Kinds(TypedDict):
    group: str
    versions: list[str]
    kinds: list[str]
    shared: dict[str, str]
    lists: _MergeKeys


class _Data(TypedDict):
    shared: dict[str, _MergeKeys]
    kinds: list[_Kinds]


def is_described(api_version: str, kind: str) -> bool:
    """Whether kustomize has a schema of the kind."""
    return (api_version, kind) in _schemas()


@cache
def is_described_kind(kind: str) -> bool:
    """Whether kustomize has a schema of the kind in any API group."""
    return any(known == kind for _, known in _schemas())


def schema_of(api_version: str, kind: str) -> MergeSchema:
    """The schema of a kind; ``ATOMIC`` when kustomize has none, so that every list is replaced."""
    return _schemas().get((api_version, kind), ATOMIC)


@cache
def _schemas() -> dict[tuple[str, str], MergeSchema]:
    """Schemas by apiVersion and kind."""
    data: _Data = json_data("rules/kustomize/merge-keys.json")
    found: dict[tuple[str, str], MergeSchema] = {}
    for entry in data["kinds"]:
        schema = _schema(entry, data["shared"])
        for version in entry["versions"]:
            api_version = f"{entry['group']}/{version}" if entry["group"] else version
            found.update({(api_version, kind): schema for kind in entry["kinds"]})
    return found


def _schema(entry: _Kinds, shared: dict[str, _MergeKeys]) -> MergeSchema:
    root = MergeSchema()
    for parent, name in entry["shared"].items():
        for path, keys in shared[name].items():
            _add(root, f"{parent}.{path}", keys)
    for path, keys in entry["lists"].items():
        _add(root, path, keys)
    return root


def _add(root: MergeSchema, path: str, keys: list[str]) -> None:
    """Set the keys of the list at a path; a list comes before the lists in its items."""
    *parents, last = path.split(".")
    schema = root
    for name in parents:
        schema = schema.fields.setdefault(name, MergeSchema())
    schema.fields[last] = MergeSchema(tuple(keys))
