"""Values with a type: which paths a value owns, how two values merge and differ, what removing paths leaves.

Everything works on plain JSON values beside a :class:`~cnilint.ssa.schema.schema.Type`; nothing is changed in
place, and results share unchanged parts with the arguments. ``ABSENT`` is a value that is not there, which is
not the same as null.

Source: structured-merge-diff v6 ``typed/{tofieldset,merge,remove,helpers}.go``.
"""

from dataclasses import dataclass
from operator import is_
from typing import Final, TypeAlias

from cnilint.ssa.fieldpath.elements import key_element, keys_element, value_element
from cnilint.ssa.fieldpath.fields import MEMBER, SELF, Fields, is_member
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.values import Json, JsonObject, same


@dataclass(frozen=True, slots=True)
class Absent:
    """The type of ``ABSENT``."""


ABSENT: Final = Absent()
Maybe: TypeAlias = Json | Absent


class TypedError(ValueError):
    """A value does not fit its type in a way that the API server refuses; the message is the server's."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


def or_null(value: Maybe) -> Json:
    """The value, null where it is absent."""
    return None if isinstance(value, Absent) else value


def item_element(list_type: ListType, item: Json) -> str:
    """The path element of an item of an associative list.

    Raises TypedError where the item has no key: it is null or not an object in a list with keys, leaves out
    every key field, or is not a scalar in a set.
    """
    keys = list_type.keys
    if not keys:
        if item is None or isinstance(item, dict | list):
            raise TypedError("", _SET_ITEM[type(item)])
        return value_element(item)
    if not isinstance(item, dict):
        form = "a null element" if item is None else "non-map elements"
        raise TypedError("", f"associative list with keys may not have {form}")
    if len(keys) == 1 and isinstance(value := item.get(keys[0]), str):
        return key_element(keys[0], value)
    return _composite_element(list_type, item)


def elements(list_type: ListType, items: list[Json]) -> list[str]:
    """The path elements of all items. Raises TypedError as :func:`item_element` does, and says which item it is."""
    only = list_type.keys[0] if len(list_type.keys) == 1 else None
    out: list[str] = []
    for item in items:
        if only is not None and isinstance(item, dict) and isinstance(value := item.get(only), str):
            out.append(key_element(only, value))
            continue
        try:
            out.append(item_element(list_type, item))
        except TypedError as error:
            raise TypedError("", f"element {len(out)}: {error.reason}") from None
    return out


def twins(value: list[Json], other: Maybe, list_type: ListType) -> list[Maybe]:
    """For each item the one of the same path element in another list; ``ABSENT`` where there is none."""
    if not isinstance(other, list) or list_type.atomic:
        return [ABSENT] * len(value)
    try:
        theirs = dict(zip(elements(list_type, other), other, strict=True))
        return [theirs.get(element, ABSENT) for element in elements(list_type, value)]
    except TypedError:
        return [ABSENT] * len(value)


def field_set(value: Json, schema_type: Type) -> Fields:
    """The paths that a value owns when it is applied: every leaf, list item and free map key."""
    owned = _owned(value, schema_type)
    return {} if owned is None else owned


def merge(live: Maybe, config: Maybe, schema_type: Type) -> Maybe:
    """The live value with the applied one over it; lists are put together by the keys of their items.

    Parts that do not change are those of the live value, not copies. Raises TypedError where the applied
    value repeats the key of a list item or has an item without one.
    """
    if isinstance(config, Absent):
        return live
    form = schema_type.form(config)
    if not isinstance(live, Absent) and schema_type.only is None and schema_type.form(live) != form:
        _merge_form(schema_type.form(live), live, config, schema_type)
    return _merge_form(form, live, config, schema_type)


def remove(value: Json, fields: Fields, schema_type: Type) -> Json:
    """The value without the map keys and list items that are in the set. A container from which everything
    went is null, as is an atomic value below which the set reaches."""
    form = _walked_form(schema_type, value)
    if form == "scalar" or not value:
        return value if form == "scalar" else None
    if form == "list" and schema_type.list is not None and isinstance(value, list):
        if schema_type.list.atomic:
            return None
        return _remove_items(value, fields, schema_type.list)
    if form == "map" and schema_type.map is not None and isinstance(value, dict):
        return None if schema_type.map.atomic else _remove_members(value, fields, schema_type.map)
    return None


def extract(value: Json, fields: Fields, schema_type: Type) -> Json:
    """Only those map keys and list items of the value that are in the set."""
    form = _walked_form(schema_type, value)
    if form == "scalar" or not value:
        return value
    if form == "list" and schema_type.list is not None and isinstance(value, list):
        return value if schema_type.list.atomic else _extract_items(value, fields, schema_type.list)
    if form == "map" and schema_type.map is not None and isinstance(value, dict):
        return value if schema_type.map.atomic else _extract_members(value, fields, schema_type.map)
    return None


_SET_ITEM = {
    dict: "associative list without keys has an element that's a map type",
    list: "not supported: associative list with lists as elements",
    type(None): "associative list without keys has an element that's an explicit null",
}


# What stands for an item without a key where the reference ignores that it has none: pruning can empty an
# item.
_NO_KEY = "!"


def _lenient_element(list_type: ListType, item: Json) -> str:
    try:
        return item_element(list_type, item)
    except TypedError:
        return _NO_KEY


def _walked_form(schema_type: Type, value: Json) -> str:
    form = schema_type.form(value)
    return schema_type.first if form == "open" else form


def _composite_element(list_type: ListType, item: JsonObject) -> str:
    defaults = list_type.key_defaults()
    found = [
        (name, item[name] if name in item else defaults[name])
        for name in list_type.keys
        if name in item or name in defaults
    ]
    if not found:
        names = " ".join(f'"{name}"' for name in list_type.keys)
        raise TypedError(
            "",
            f"associative list with keys has an element that omits all key fields [{names}] "
            "(and doesn't have default values for any key fields)",
        )
    return keys_element(found)


def _owned(value: Json, schema_type: Type) -> Fields | None:
    """What a value owns as the node of its path: None nothing, an empty node the path itself."""
    form = _walked_form(schema_type, value)
    if form == "scalar":
        return {}
    if form == "map" and schema_type.map is not None:
        if schema_type.map.atomic:
            return {}
        return _owned_members(value, schema_type.map) if isinstance(value, dict) else None
    if schema_type.list is None or schema_type.list.atomic:
        return {}
    return _owned_items(value, schema_type.list) if isinstance(value, list) else None


def _owned_members(value: JsonObject, struct: MapType) -> Fields | None:
    out: Fields = {}
    fields = struct.fields
    for name, member in value.items():
        child = struct.child(name)
        if child is None:
            raise TypedError(f".{name}", "field not declared in schema")
        node = {} if child.only == "scalar" else _owned(member, child)
        if node is None:
            if member is None or member == {} or name not in fields:
                out["f:" + name] = {}
            continue
        if node and (name not in fields):
            node[SELF] = MEMBER
        out["f:" + name] = node
    return out or None


def _owned_items(value: list[Json], list_type: ListType) -> Fields | None:
    out: Fields = {}
    element_type = list_type.element
    repeated: set[str] = set()
    for item in value:
        element = _lenient_element(list_type, item)
        if element in out:
            repeated.add(element)
            continue
        node = _owned(item, element_type)
        if node:
            node[SELF] = MEMBER
        out[element] = node or {}
    for element in repeated:
        out[element] = {}
    return out or None


def _merge_form(form: str, live: Maybe, config: Json, schema_type: Type) -> Maybe:
    if form == "open":
        form = schema_type.first
    if form == "map" and schema_type.map is not None:
        mine = live if isinstance(live, dict) else {}
        theirs = config if isinstance(config, dict) else {}
        if not schema_type.map.atomic and (mine or theirs):
            return _merge_members(mine, theirs, schema_type.map)
    elif form == "list" and schema_type.list is not None:
        old = live if isinstance(live, list) else []
        new = config if isinstance(config, list) else []
        if not schema_type.list.atomic and (old or new):
            return _merge_items(old, new, schema_type.list)
    return live if not isinstance(live, Absent) and same(live, config) else config


def _merge_members(live: JsonObject, config: JsonObject, struct: MapType) -> Maybe:
    out = dict(live)
    changed = False
    for name, theirs in config.items():
        child = struct.child(name)
        if child is None:
            raise TypedError(f".{name}", "field not declared in schema")
        mine = live.get(name, ABSENT)
        merged = merge(mine, theirs, child)
        if merged is mine:
            continue
        changed = True
        if isinstance(merged, Absent):
            out.pop(name, None)
        else:
            out[name] = merged
    return (out or ABSENT) if changed or not live else live


def _merge_items(live: list[Json], config: list[Json], list_type: ListType) -> Maybe:
    """The items in the order of the applied list, the live ones between them where they stood.

    Source: structured-merge-diff ``typed/merge.go`` visitListItems, with its treatment of repeated live
    items: they stay as they are until an applied item of their key replaces them as a group.
    """
    new = _indexed_once(config, list_type)
    old: dict[str, Maybe] = {}
    old_elements = elements(list_type, live)
    for element, item in zip(old_elements, live, strict=True):
        old[element] = None if element in old else item
    new_elements = list(new)
    shared = iter([element for element in new_elements if element in old])
    wanted = next(shared, None)
    out: list[Json] = []
    done: set[str] = set()
    element_type = list_type.element
    at_old = at_new = 0
    while at_old < len(old_elements) or at_new < len(new_elements):
        if at_old < len(old_elements):
            element = old_elements[at_old]
            if at_new < len(new_elements):
                if element == new_elements[at_new]:
                    done.add(element)
                    _append(out, merge(old[element], new[element], element_type))
                    at_old += 1
                    at_new += 1
                    wanted = next(shared, None)
                    continue
                if element in new and wanted is not None and wanted != element:
                    at_old += 1
                    continue
            if element not in new:
                _append(out, merge(live[at_old], ABSENT, element_type))
                at_old += 1
                continue
            if element in done:
                at_old += 1
        if at_new < len(new_elements):
            element = new_elements[at_new]
            done.add(element)
            _append(out, merge(old.get(element, ABSENT), new[element], element_type))
            at_new += 1
            if wanted == element:
                wanted = next(shared, None)
    if len(out) == len(live) and all(map(is_, out, live)):
        return live
    return out or ABSENT


def _append(out: list[Json], merged: Maybe) -> None:
    if not isinstance(merged, Absent):
        out.append(merged)


def _indexed_once(items: list[Json], list_type: ListType) -> dict[str, Json]:
    """The items by path element, each of which may occur once."""
    out: dict[str, Json] = {}
    for element, item in zip(elements(list_type, items), items, strict=True):
        if element in out:
            raise TypedError("", f"duplicate entries for key {element}")
        out[element] = item
    return out


def _remove_items(value: list[Json], fields: Fields, list_type: ListType) -> Json:
    out: list[Json] = []
    for item in value:
        node = fields.get(_lenient_element(list_type, item))
        if node is None:
            out.append(item)
        elif not is_member(node):
            out.append(remove(item, node, list_type.element))
    return out or None


def _remove_members(value: JsonObject, fields: Fields, struct: MapType) -> Json:
    out: JsonObject = {}
    for name, member in value.items():
        node = fields.get("f:" + name)
        if node is None:
            out[name] = member
        elif not is_member(node):
            child = struct.child(name)
            out[name] = member if child is None else remove(member, node, child)
    return out or None


def _extract_items(value: list[Json], fields: Fields, list_type: ListType) -> Json:
    out: list[Json] = []
    for item in value:
        node = fields.get(_lenient_element(list_type, item))
        if node is not None:
            out.append(extract(item, node, list_type.element) if node else item)
    return out or None


def _extract_members(value: JsonObject, fields: Fields, struct: MapType) -> Json:
    out: JsonObject = {}
    for name, member in value.items():
        node = fields.get("f:" + name)
        child = struct.child(name)
        if node is None or child is None:
            continue
        # A member is cut by the paths of its parent, which below it hardly ever match anything: the reference
        # implementation does the same.
        out[name] = extract(member, fields if is_member(node) else node, child)
    return out or None
