"""Which fields of a stored object nobody sent: known defaults, and what the server and its controllers set.

The knowledge is in ``rules/ssa/defaults.json``. It serves to tell what an object has without an owner
for a good reason from what lost its owner, and which defaults a client's patch takes away in vain; it is not
used to fill in what a manifest leaves out.
"""

from dataclasses import dataclass
from functools import lru_cache

from cnilint.resources import json_data
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.typed import ABSENT, Maybe, elements, twins
from cnilint.ssa.typed.values import Json, JsonObject, at, same


def unsent(path: FieldPath, value: Json, schema_type: Type) -> bool:
    """Whether a field with this value needs no sender: it is a known default or set by the server itself."""
    known = _known(path, schema_type)
    return known.server or (known.defaults is not None and _among(value, known.defaults))


def refilled(before: Json, after: Json, path: FieldPath, schema_type: Type) -> bool:
    """Whether a value has lost nothing but defaults, which the server fills in again. ``path`` leads to it, from an
    object of the type."""
    if isinstance(before, dict) and isinstance(after, dict):
        return after.keys() <= before.keys() and all(
            refilled(value, after[name], (*path, f"f:{name}"), schema_type)
            if name in after
            else unsent((*path, f"f:{name}"), value, schema_type)
            for name, value in before.items()
        )
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return all(
            refilled(one, other, (*path, f"i:{index}"), schema_type)
            for index, (one, other) in enumerate(zip(before, after, strict=True))
        )
    return same(before, after)


def refill(before: Json, after: Json, schema_type: Type) -> Json:
    """An object with the defaults that it lost since ``before``, of fields that have but one: the server fills them in
    again. Parts that lost nothing are those of ``after``."""
    return _refilled(before, after, schema_type, (), schema_type)


def set_by_server(path: FieldPath, schema_type: Type) -> bool:
    """Whether the server or a controller of its own sets the field, whatever was sent."""
    return _known(path, schema_type).server


def converted(value: JsonObject, schema_type: Type) -> JsonObject:
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


def _refilled(before: Maybe, after: Json, here: Type | None, path: FieldPath, root: Type) -> Json:
    if here is None or before is after:
        return after
    if isinstance(before, dict) and isinstance(after, dict) and here.map is not None:
        lost = {
            name: value
            for name, value in before.items()
            if name not in after and _is_the_default(value, (*path, f"f:{name}"), root)
        }
        members = {
            name: _refilled(before.get(name, ABSENT), value, here.map.child(name), (*path, f"f:{name}"), root)
            for name, value in after.items()
        }
        return (
            {**members, **lost} if lost or any(members[name] is not after[name] for name in after) else after
        )
    if (
        isinstance(before, list)
        and isinstance(after, list)
        and here.list is not None
        and not here.list.atomic
    ):
        steps = zip(elements(here.list, after), twins(after, before, here.list), after, strict=True)
        items = [_refilled(old, item, here.list.element, (*path, step), root) for step, old, item in steps]
        return items if any(item is not old for item, old in zip(items, after, strict=True)) else after
    return after


def _is_the_default(value: Json, path: FieldPath, root: Type) -> bool:
    defaults = _known(path, root).defaults
    return isinstance(defaults, list) and len(defaults) == 1 and same(defaults[0], value)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a field: whether the server sets it, and its defaults if it has any, none listed for
    any."""

    server: bool
    defaults: Json


_NOTHING = _Known(False, None)


@lru_cache(maxsize=16384)
def _known(path: FieldPath, schema_type: Type) -> _Known:
    """What is known of a field, by the nearest declared struct that it is in and the names from there on."""
    owner, names = "", list[str]()
    here: Type | None = schema_type
    for element in path:
        if element[:2] == "f:" and here is not None and here.map is not None:
            owner, names = (here.name, []) if here.name else (owner, names)
            names.append(element[2:])
            here = here.map.child(element[2:])
        else:
            owner, names = "", []
            here = here.list.element if here is not None and here.list is not None else None
    if not owner:
        return _NOTHING
    server = at(_data(), "server", owner)
    if isinstance(server, list) and "/".join(names) in server:
        return _Known(True, None)
    defaults = at(_data(), "defaults", owner)
    if len(names) != 1 or not isinstance(defaults, dict) or names[0] not in defaults:
        return _NOTHING
    return _Known(False, defaults[names[0]] or _ANY)


# A default that depends on another field may be any value.
_ANY: list[Json] = []


def _among(value: Json, defaults: Json) -> bool:
    return isinstance(defaults, list) and (not defaults or any(same(value, one) for one in defaults))


@lru_cache(maxsize=1)
def _data() -> JsonObject:
    data = json_data("rules/ssa/defaults.json")
    assert isinstance(data, dict)
    return data
