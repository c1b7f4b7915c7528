"""Which fields of a stored object nobody sent: known defaults, and what the server and its controllers set.

The knowledge is in ``rules/ssa/defaults.json``. It serves to tell what an object has without an owner
for a good reason from what lost its owner, and which defaults a client's patch takes away in vain; it is not
used to fill in what a manifest leaves out.
"""

from collections.abc import Sequence
from functools import lru_cache
from operator import is_

from msgspec import Struct

from cnilint.resources import json_data
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, Absent, Maybe, as_object, counterparts, elements
from cnilint.ssa.typed.values import Json, JsonObject, at, equal


def is_default(path: FieldPath, value: Json, schema_type: Type) -> bool:
    """Whether a field with this value needs no sender: it is a known default or set by the server itself."""
    known = _known(path, schema_type)
    return known.server or (known.defaults is not None and _among(value, known.defaults))


def sole_default(path: FieldPath, schema_type: Type) -> Maybe:
    """What the server sets where nobody sends the field; ``ABSENT`` where that is nothing, or depends on others."""
    defaults = _known(path, schema_type).defaults
    return defaults[0] if isinstance(defaults, list) and len(defaults) == 1 else ABSENT


def differs_in_defaults_only(before: Json, after: Json, path: FieldPath, schema_type: Type) -> bool:
    """Whether a value has lost nothing but defaults, which the server fills in again. ``path`` leads to it, from an
    object of the type."""
    if isinstance(before, dict) and isinstance(after, dict):
        return after.keys() <= before.keys() and all(
            _lost_default_only(value, after.get(name, ABSENT), (*path, f"f:{name}"), schema_type)
            for name, value in before.items()
        )
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and _items_lost_defaults_only(before, after, path, schema_type)
    return equal(before, after)


def _items_lost_defaults_only(
    before: list[Json], after: list[Json], path: FieldPath, schema_type: Type
) -> bool:
    return all(
        differs_in_defaults_only(one, other, (*path, f"i:{index}"), schema_type)
        for index, (one, other) in enumerate(zip(before, after, strict=True))
    )


def _lost_default_only(before: Json, after: Maybe, path: FieldPath, schema_type: Type) -> bool:
    if isinstance(after, Absent):
        return is_default(path, before, schema_type)
    return differs_in_defaults_only(before, after, path, schema_type)


def restore_defaults(before: Json, after: Json, schema_type: Type) -> Json:
    """An object with the defaults that it lost since ``before``, of fields that have exactly one: the server fills
    them in again. Parts that lost nothing are those of ``after``."""
    return _restored(before, after, schema_type, (), schema_type)


def set_by_server(path: FieldPath, schema_type: Type) -> bool:
    """Whether the server or a controller of its own sets the field, whatever was sent."""
    return _known(path, schema_type).server


def with_conversion_defaults(value: JsonObject, schema_type: Type) -> JsonObject:
    """An object that a client sent with what the server adds when it reads it, where that is missing."""
    additions = at(_data(), "converted", schema_type.name)
    return _with_missing(value, additions) if isinstance(additions, dict) else value


def _with_missing(value: JsonObject, additions: JsonObject) -> JsonObject:
    out = dict(value)
    for name, addition in additions.items():
        mine = out.get(name)
        if isinstance(addition, dict) and isinstance(mine, dict | None):
            out[name] = _with_missing(mine or {}, addition)
        elif mine is None:
            out[name] = addition
    return out


def _restored(before: Maybe, after: Json, here: Type | None, path: FieldPath, root: Type) -> Json:
    if here is None or before is after:
        return after
    if isinstance(after, dict) and here.map is not None:
        return _restored_members(as_object(before), after, here.map, path, root)
    if isinstance(before, list) and isinstance(after, list) and here.granular_list is not None:
        return _restored_items(before, after, here.granular_list, path, root)
    return after


def _restored_members(
    before: JsonObject, after: JsonObject, struct: MapType, path: FieldPath, root: Type
) -> JsonObject:
    lost = {
        name: value
        for name, value in before.items()
        if name not in after and _is_the_default(value, (*path, f"f:{name}"), root)
    }
    members = {
        name: _restored(before.get(name, ABSENT), value, struct.child(name), (*path, f"f:{name}"), root)
        for name, value in after.items()
    }
    changed = lost or any(members[name] is not value for name, value in after.items())
    return {**members, **lost} if changed else after


def _restored_items(
    before: list[Json], after: list[Json], items: ListType, path: FieldPath, root: Type
) -> list[Json]:
    steps = zip(elements(items, after), counterparts(after, before, items), after, strict=True)
    out = [_restored(old, item, items.element, (*path, step), root) for step, old, item in steps]
    return after if all(map(is_, out, after)) else out


def _is_the_default(value: Json, path: FieldPath, root: Type) -> bool:
    defaults = _known(path, root).defaults
    return isinstance(defaults, list) and len(defaults) == 1 and equal(defaults[0], value)


class _Known(Struct, frozen=True):
    """What is known of a field: whether the server sets it, and its defaults if it has any, none listed for
    any."""

    server: bool
    defaults: Json


_NOTHING = _Known(False, None)


@lru_cache(maxsize=16384)
def _known(path: FieldPath, schema_type: Type) -> _Known:
    """What is known of a field, by the nearest declared struct that it is in and the names from there on. What is
    below a field that the server sets is set by it too."""
    if len(path) > 1 and _known(path[:-1], schema_type).server:
        return _Known(True, None)
    owner, names = known_default(path, schema_type)
    if not owner:
        return _NOTHING
    if _is_set_by_server(owner, names):
        return _Known(True, None)
    defaults = at(_data(), "defaults", owner)
    if not isinstance(defaults, dict) or names[0] not in defaults:
        return _NOTHING
    found = defaults[names[0]] or _ANY
    return _NOTHING if len(names) != 1 and found is not _ANY else _Known(False, found)


def _is_set_by_server(owner: str, names: Sequence[str]) -> bool:
    fields = at(_data(), "server", owner)
    return isinstance(fields, list) and "/".join(names) in fields


def known_default(path: FieldPath, schema_type: Type) -> tuple[str, list[str]]:
    """The name of the nearest declared struct on the way, and the names from there; empty inside a list item that
    has none."""
    owner, names = "", list[str]()
    here: Type | None = schema_type
    for element in path:
        if here is None or here.map is None or element[:2] != "f:":
            owner, names = "", []
            here = None if here is None or here.list is None else here.list.element
            continue
        if here.name:
            owner, names = here.name, []
        names.append(element[2:])
        here = here.map.child(element[2:])
    return owner, names


# A default that depends on another field may be any value.
_ANY: list[Json] = []


def _among(value: Json, defaults: Json) -> bool:
    return isinstance(defaults, list) and (not defaults or any(equal(value, one) for one in defaults))


@lru_cache(maxsize=1)
def _data() -> JsonObject:
    data = json_data("rules/ssa/defaults.json")
    assert isinstance(data, dict)
    return data
