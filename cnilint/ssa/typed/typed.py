"""Values with a type: which paths a value owns, how two values merge and differ, what removing paths leaves.

Everything works on plain JSON values beside a :class:`~cnilint.ssa.schema.schema.Type`; nothing is changed in
place, and results share unchanged parts with the arguments. ``ABSENT`` is a value that is not there, which is
not the same as null.

Source: structured-merge-diff v6 ``typed/{tofieldset,merge,remove,helpers}.go``.
"""

from collections.abc import Collection, Iterator
from itertools import islice
from operator import is_
from typing import Final, TypeAlias

from msgspec import Struct

from cnilint.ssa.fieldpath.elements import key_element, keys_element, value_element
from cnilint.ssa.fieldpath.fields import MEMBER, SELF, Fields, is_member
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.values import Json, JsonObject, equal


class Absent(Struct, frozen=True):
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


def counterparts(value: list[Json], other: Maybe, list_type: ListType) -> list[Maybe]:
    """For each item the one with the same path element in another list; ``ABSENT`` where there is no such item."""
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
    if schema_type.walked_form(value) == "scalar":
        return value
    if isinstance(value, list) and value and schema_type.granular_list is not None:
        return _remove_items(value, fields, schema_type.granular_list)
    if isinstance(value, dict) and value and schema_type.granular_map is not None:
        return _remove_members(value, fields, schema_type.granular_map)
    return None


def extract(value: Json, fields: Fields, schema_type: Type) -> Json:
    """Only those map keys and list items of the value that are in the set; an atomic value as a whole."""
    if not value or schema_type.walked_form(value) == "scalar":
        return value
    if isinstance(value, list) and schema_type.list is not None:
        return _extract_items(value, fields, schema_type.list)
    if isinstance(value, dict) and schema_type.map is not None:
        return _extract_members(value, fields, schema_type.map)
    return None


_SET_ITEM = {
    dict: "associative list without keys has an element that's a map type",
    list: "not supported: associative list with lists as elements",
    type(None): "associative list without keys has an element that's an explicit null",
}


# The element of an item without a key, where the reference ignores that it has no key: pruning can empty an
# item.
_NO_KEY = "!"


def _lenient_element(list_type: ListType, item: Json) -> str:
    try:
        return item_element(list_type, item)
    except TypedError:
        return _NO_KEY


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
    form = schema_type.walked_form(value)
    if form == "map" and (struct := schema_type.granular_map) is not None:
        return _owned_members(value, struct) if isinstance(value, dict) else None
    if form == "list" and (items := schema_type.granular_list) is not None:
        return _owned_items(value, items) if isinstance(value, list) else None
    return {}


def _owned_members(value: JsonObject, struct: MapType) -> Fields | None:
    out: Fields = {}
    for name, member in value.items():
        node = _owned_member(name, member, struct)
        if node is not None:
            out["f:" + name] = node
    return out or None


def _owned_member(name: str, member: Json, struct: MapType) -> Fields | None:
    child = struct.child(name)
    if child is None:
        raise TypedError(f".{name}", "field not declared in schema")
    if child.only == "scalar":
        return {}
    node = _owned(member, child)
    declared = name in struct.fields
    if node is None:
        # A container that owns nothing is itself owned where it is a key of a free map, or empty.
        return {} if not declared or member in (None, {}) else None
    if node and not declared:
        node[SELF] = MEMBER
    return node


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
    if form == "map" and (struct := schema_type.granular_map) is not None:
        return _merge_maps(live, config, struct)
    if form == "list" and (items := schema_type.granular_list) is not None:
        return _merge_lists(live, config, items)
    return _merge_leaf(live, config)


def _merge_maps(live: Maybe, config: Json, struct: MapType) -> Maybe:
    mine, theirs = as_object(live), as_object(config)
    return _merge_members(mine, theirs, struct) if mine or theirs else _merge_leaf(live, config)


def _merge_lists(live: Maybe, config: Json, items: ListType) -> Maybe:
    old, new = as_list(live), as_list(config)
    return _merge_items(old, new, items) if old or new else _merge_leaf(live, config)


def _merge_leaf(live: Maybe, config: Json) -> Maybe:
    return live if not isinstance(live, Absent) and equal(live, config) else config


def as_object(value: Maybe) -> JsonObject:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Maybe) -> list[Json]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


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
    """The items in the order of the applied list, with the live ones that it does not have between them.

    Source: structured-merge-diff ``typed/merge.go`` visitListItems, with its treatment of repeated live
    items: they stay as they are until an applied item of their key replaces them as a group.
    """
    new = _indexed_once(config, list_type)
    old_elements = elements(list_type, live)
    old = _indexed_groups(live, old_elements)
    out: list[Json] = []
    for place in _merged_order(old_elements, new):
        if isinstance(place, int):
            out.append(live[place])
            continue
        merged = merge(old.get(place, ABSENT), new[place], list_type.element)
        if not isinstance(merged, Absent):
            out.append(merged)
    if len(out) == len(live) and all(map(is_, out, live)):
        return live
    return out or ABSENT


def _merged_order(old: list[str], new: Collection[str]) -> Iterator[int | str]:
    """The order of two lists merged: the path element of an applied item, the index of a live item that stays.

    ``shared`` are the applied elements that the live list has too, and ``anchor`` is the next of them: a live item
    that is the anchor brings all applied items up to itself; any other that is applied is out of order, and skipped.
    """
    applied, known = iter(new), set(old)
    shared = iter([element for element in new if element in known])
    anchor = next(shared, None)
    for index, element in enumerate(old):
        if element not in new:
            yield index
        elif element == anchor:
            yield from _up_to(applied, element)
            anchor = next(shared, None)
        elif anchor is None:
            yield from islice(applied, 1)
    yield from applied


def _up_to(elements: Iterator[str], last: str) -> Iterator[str]:
    for element in elements:
        yield element
        if element == last:
            return


def _indexed_groups(items: list[Json], item_elements: list[str]) -> dict[str, Maybe]:
    """The items by path element; null for one that several items have."""
    out: dict[str, Maybe] = {}
    for element, item in zip(item_elements, items, strict=True):
        out[element] = None if element in out else item
    return out


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
    if list_type.atomic:
        return value
    out: list[Json] = []
    for item in value:
        node = fields.get(_lenient_element(list_type, item))
        if node is not None:
            out.append(extract(item, node, list_type.element) if node else item)
    return out or None


def _extract_members(value: JsonObject, fields: Fields, struct: MapType) -> Json:
    if struct.atomic:
        return value
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
