"""Fields of every object that the server treats apart, from ``rules/ssa/metadata.json``."""

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from cnilint.resources import json_data
from cnilint.ssa.fieldpath.fields import FieldPath, Fields, path_set


class MetadataFields(Struct, frozen=True):
    """``server``: fields that no manifest is compared with; ``unrecorded``: fields that no manager is recorded for;
    ``status_resets``: the fields that a write to the status subresource resets, by kind, where it is not ``spec``."""

    server: frozenset[FieldPath]
    unrecorded: Fields
    status_resets: dict[str, Fields]


@lru_cache(maxsize=1)
def metadata_fields() -> MetadataFields:
    """The table."""
    data = json_data("rules/ssa/metadata.json")
    resets = {kind: path_set(*_paths(names)) for kind, names in data["statusResets"].items()}
    return MetadataFields(frozenset(_paths(data["server"])), path_set(*_paths(data["unrecorded"])), resets)


def _paths(names: Iterable[Iterable[str]]) -> list[FieldPath]:
    return [tuple(f"f:{name}" for name in path) for path in names]
