"""Pruning in one walk: what an Apply takes away that its manager applied before, applies no longer, and
alone owned.

This is the reference's sequence of set operations on whole objects (:meth:`Updater._pruned_exactly`) worked
out for one path at a time, for objects whose owners are all at one version. With F(x) the paths of a value,
L the last applied set, O what anyone owns now, all with their named fields:

* first pass: ``L`` is removed; a path is *gone* when it or something above it is in L;
* second pass: of F(merged) what is gone and not in O is removed;
* third pass: of F(merged) what the second pass removed and is in L is removed.

Two things make a path depend on its siblings, and are left to the exact sequence (Undecided): a list item
that would lose a key field while it stays, so that its identity changes under the reference's hands; and an
empty list, which has no paths, so that what holds nothing else counts as gone.
"""

from cnilint.ssa.fieldpath.fields import EMPTY, SELF, Fields, is_member
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, elements
from cnilint.ssa.typed.values import Json, JsonObject


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


def _settle_members(value: JsonObject, last: Fields, owned: Fields, struct: MapType, gone: bool) -> Json:
    if any(map(_pathless, value.values())):
        raise Undecided
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
        if (gone or in_last) and not kept:
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
    for element, item in zip(elements(items, value), value, strict=True):
        if element in seen:
            raise Undecided
        seen.add(element)
        mine, theirs = last.get(element), owned.get(element, EMPTY)
        in_last = mine is not None and is_member(mine)
        gone_here = gone or in_last
        if gone_here and not (element in owned and is_member(theirs)):
            if in_last:
                unchanged = False
                continue
            left = item if mine is None else _strip(item, mine, items.element)
        else:
            _require_keys(item, mine or EMPTY, theirs, items, gone_here)
            left = _settle(item, mine, theirs, items.element, gone_here) if mine else item
        unchanged = unchanged and left is item
        out.append(left)
    return value if unchanged else out or None


def _require_keys(item: Json, last: Fields, owned: Fields, items: ListType, gone: bool) -> None:
    """Refuse an item that would lose a key field in the first or second pass while it stays itself, unless
    the field's default gives it the same key again."""
    defaults = items.key_defaults()
    for key in items.keys:
        element = f"f:{key}"
        lost = element in last if not gone else element not in owned
        if lost and isinstance(item, dict) and key in item and item[key] != defaults.get(key, ABSENT):
            raise Undecided


def _strip(value: Json, last: Fields, schema_type: Type) -> Json:
    """A value of which nothing is left after the second pass, without every path of it that is in L."""
    return _settle(value, last, EMPTY, schema_type, gone=True)


def _pathless(value: Json) -> bool:
    """Whether a value may have no path in a set: an empty list, or what holds nothing else."""
    if isinstance(value, dict):
        return bool(value) and all(map(_pathless, value.values()))
    return value == []
