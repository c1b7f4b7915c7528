"""From one FieldsV1 set to another by a JSON patch that names only what changes."""

import json
from collections.abc import Iterator, Sequence

from cnilint.ownership.repair.kubectl import pointer
from cnilint.ssa.fieldpath.fields import Fields, fields_to_json
from cnilint.ssa.typed.values import JsonObject


def edits(old: Fields, new: Fields, place: Sequence[str | int]) -> list[JsonObject]:
    """The operations that turn ``old``, whose JSON is at ``place``, into ``new``.

    In FieldsV1 an empty object says that its path is a member, so that no edit may leave an empty object on the way:
    sets in canonical form are compared object by object, and differ in whole members only. Where much changes,
    replacing the set as a whole is shorter.
    """
    found = list(_edits(old, new, place))
    whole: JsonObject = {"op": "replace", "path": pointer(*place), "value": dict(fields_to_json(new))}
    return found if len(json.dumps(found)) < len(json.dumps(whole)) else [whole]


def _edits(old: Fields, new: Fields, place: Sequence[str | int]) -> Iterator[JsonObject]:
    for element in old:
        if element not in new:
            yield {"op": "remove", "path": pointer(*place, element)}
    for element, child in new.items():
        before = old.get(element)
        if before is None:
            value: JsonObject = dict(fields_to_json(child))
            yield {"op": "add", "path": pointer(*place, element), "value": value}
        elif before is not child:
            yield from _edits(before, child, (*place, element))
