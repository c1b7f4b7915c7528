"""Pruning in one walk: what an Apply takes away that its manager applied before, applies no longer, and
alone owned.

This is the reference's sequence of set operations on whole objects (:meth:`Updater._pruned_exactly`) worked
out for one path at a time, for objects whose owners are all at one version. With F(x) the paths of a value,
L the last applied set, O what anyone owns now, all with their named fields:

* first pass: ``L`` is removed; a path is *gone* when it or something above it is in L;
* second pass: of F(merged) what is gone and not in O is removed;
* third pass: of F(merged) what the second pass removed and is in L is removed.

Where the key of a list item would itself be pruned, the identity of the item changes under the reference's
hands: such objects are left to the exact sequence (None).
"""

from cnilint.apply.fields import EMPTY, SELF, Fields, is_member
from cnilint.apply.schema import ListType, MapType, Type
from cnilint.apply.typed import item_element
from cnilint.apply.values import Json, Object


class Undecided(Exception):
    """The walk cannot tell what the reference would do."""


def prune(value: Json, last: Fields, owned: Fields, schema_type: Type) -> Json:
    """The merged value without what its applier let go of. Raises Undecided; see the module."""
    return _settle(value, last, owned, schema_type, gone=False)


def _settle(value: Json, last: Fields, owned: Fields, schema_type: Type, gone: bool) -> Json:
    """A container that stays, with its members pruned; shares the argument where nothing goes."""
    struct, items = schema_type.map, schema_type.list
    if isinstance(value, dict) and struct is not None and not struct.atomic:
        return _settle_members(value, last, owned, struct, gone)
    if isinstance(value, list) and items is not None and not items.atomic:
        return _settle_items(value, last, owned, items, gone)
    return value


def _settle_members(value: Object, last: Fields, owned: Fields, struct: MapType, gone: bool) -> Json:
    changed: dict[str, Json] = {}
    dropped: set[str] = set()
    for element, mine in last.items():
        name = element[2:]
        if element == SELF or name not in value:
            continue
        child = struct.child(name)
        if child is None or element[0] != "f":
            raise Undecided
        member = value[name]
        theirs = owned.get(element)
        # A declared field with anything below it counts as a member itself, and so L always has it.
        in_last = name in struct.fields or is_member(mine)
        kept = theirs is not None and (name in struct.fields or is_member(theirs))
        if (gone or in_last) and not kept and _has_paths(member, child):
            if in_last:
                dropped.add(name)
                continue
            left = _strip(member, mine, child)
        elif mine:
            left = _settle(member, mine, theirs or EMPTY, child, gone or in_last)
        else:
            continue
        if left is not member:
            changed[name] = left
    if not changed and not dropped:
        return value
    return {n: changed.get(n, m) for n, m in value.items() if n not in dropped} or None


def _settle_items(value: list[Json], last: Fields, owned: Fields, items: ListType, gone: bool) -> Json:
    out: list[Json] = []
    seen: set[str] = set()
    unchanged = True
    for item in value:
        element = item_element(items, item)
        if element in seen:
            raise Undecided
        seen.add(element)
        mine = last.get(element)
        if mine is None:
            out.append(item)
            continue
        theirs = owned.get(element)
        in_last = is_member(mine)
        if (gone or in_last) and not (theirs is not None and is_member(theirs)):
            unchanged = False
            if not in_last:
                out.append(_strip(item, mine, items.element))
            continue
        if mine:
            _require_keys(item, mine, theirs or EMPTY, items, gone or in_last)
            left = _settle(item, mine, theirs or EMPTY, items.element, gone or in_last)
            unchanged = unchanged and left is item
            out.append(left)
        else:
            out.append(item)
    return value if unchanged else out or None


def _require_keys(item: Json, last: Fields, owned: Fields, items: ListType, gone: bool) -> None:
    """Refuse an item that would lose a key field in the first or second pass while it stays itself."""
    for key in items.keys:
        element = f"f:{key}"
        if isinstance(item, dict) and key in item and element not in owned and (gone or element in last):
            raise Undecided


def _strip(value: Json, last: Fields, schema_type: Type) -> Json:
    """A value of which nothing is left after the second pass, without every path of it that is in L."""
    return _settle(value, last, EMPTY, schema_type, gone=True)


def _has_paths(value: Json, schema_type: Type) -> bool:
    """Whether a value is one that sets know of: an empty associative list is not."""
    items = schema_type.list
    empty_list = value == [] and items is not None and not items.atomic
    return not empty_list
