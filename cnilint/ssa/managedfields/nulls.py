"""Nulls that the schema of a custom resource does not allow: the merge leaves one where it prunes all of a map or list.

Sources: the type check of apiextensions-apiserver ``pkg/apiserver/validation/validation.go``;
https://github.com/kubernetes-sigs/structured-merge-diff/issues/305.
"""

from collections.abc import Iterator

from cnilint.ssa.managedfields.refusals import Cause
from cnilint.ssa.typed.typed import ABSENT, Maybe, as_list, as_object
from cnilint.ssa.typed.values import Json, JsonObject, text_at


class ForbiddenNull(Cause, frozen=True):
    """A null in place of a value of the type ``kind``: of the manifest, or what the merge leaves of a map or list."""

    kind: str


def forbidden_nulls(value: Json, live: Maybe, schema: JsonObject, path: str = "") -> Iterator[Cause]:
    """The nulls in a merged object, save in parts of the live one: those the server has taken before. ``schema`` is the
    ``openAPIV3Schema``; what it has a default for is not judged, since that may be filled in first."""
    if value is live or not schema:
        return
    if value is None:
        kind = text_at(schema, "type")
        if path and kind and schema.get("nullable") is not True and "default" not in schema:
            message = f'Invalid value: "null": {path} in body must be of type {kind}: "null"'
            yield ForbiddenNull(path, message, kind)
    elif isinstance(value, dict):
        below = as_object(live)
        for name, member in value.items():
            at = f"{path}.{name}" if path else name
            yield from forbidden_nulls(member, below.get(name, ABSENT), _member(schema, name), at)
    elif isinstance(value, list):
        known = {id(item) for item in as_list(live)}
        items = as_object(schema.get("items"))
        for number, item in enumerate(value):
            if id(item) not in known:
                yield from forbidden_nulls(item, ABSENT, items, f"{path}[{number}]")


def _member(schema: JsonObject, name: str) -> JsonObject:
    """The schema of a member; empty where it says nothing of it."""
    declared = as_object(schema.get("properties")).get(name)
    return as_object(schema.get("additionalProperties") if declared is None else declared)
