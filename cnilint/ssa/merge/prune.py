"""Pruning in one walk: what an Apply removes because its manager applied it before, no longer applies it, and
was its only owner.

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

from operator import is_

from cnilint.ssa.fieldpath.fields import EMPTY, SELF, Fields, is_member
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, Absent, Maybe, elements
from cnilint.ssa.typed.values import Json, JsonObject


class Undecided(Exception):
    """The walk cannot tell what the reference would do."""


def prune(value: Json, last: Fields, owned: Fields, schema_type: Type) -> Json:
    """The merged value without what its applier dropped. Raises Undecided; see the module."""
    return _settle(value, last, owned, schema_type, gone=False)


def _settle(value: Json, last: Fields, owned: Fields, schema_type: Type, gone: bool) -> Json:
    """A container that stays, with its members pruned; shares the argument where nothing goes."""
    if isinstance(value, dict) and (struct := schema_type.granular_map) is not None:
        return _settle_members(value, last, owned, struct, gone)
    if isinstance(value, list) and (items := schema_type.granular_list) is not None:
        return _settle_items(value, last, owned, items, gone)
    return value


def _settle_members(value: JsonObject, last: Fields, owned: Fields, struct: MapType, gone: bool) -> Json:
    if any(map(_pathless, value.values())):
        raise Undecided
    changed: dict[str, Maybe] = {}
    for element, mine in last.items():
        name = element[2:]
        if element != SELF and name in value:
            left = _settle_member(value[name], element, mine, owned.get(element), struct=struct, gone=gone)
            if left is not value[name]:
                changed[name] = left
    return _present({**value, **changed}) if changed else value


def _present(members: dict[str, Maybe]) -> Json:
    return {name: member for name, member in members.items() if not isinstance(member, Absent)} or None


def _settle_member(
    member: Json, element: str, last: Fields, owned: Fields | None, *, struct: MapType, gone: bool
) -> Maybe:
    """What is left of a member that L has; ``ABSENT`` where it goes as a whole."""
    name = element[2:]
    child = struct.child(name)
    if child is None or element[0] != "f":
        raise Undecided
    # A declared field with anything below it counts as a member itself, and so L always has it.
    declared = name in struct.fields
    in_last = declared or is_member(last)
    gone = gone or in_last
    stays = not gone or _is_owned(owned, declared)
    return _left(member, last, owned or EMPTY, child, stays=stays, in_last=in_last, gone=gone)


def _left(
    value: Json, last: Fields, owned: Fields, schema_type: Type, *, stays: bool, in_last: bool, gone: bool
) -> Maybe:
    """What is left of a member or an item; ``ABSENT`` where it goes as a whole."""
    if stays:
        return _settle(value, last, owned, schema_type, gone) if last else value
    if in_last:
        return ABSENT
    return _strip(value, last, schema_type) if last else value


def _is_owned(owned: Fields | None, declared: bool = False) -> bool:
    """Whether O has a path, of which ``owned`` is the node."""
    return owned is not None and (declared or is_member(owned))


def _settle_items(value: list[Json], last: Fields, owned: Fields, items: ListType, gone: bool) -> Json:
    item_elements = elements(items, value)
    if len(set(item_elements)) < len(item_elements):
        raise Undecided
    settled = [
        _settle_item(item, last.get(element), owned.get(element), items, gone)
        for element, item in zip(item_elements, value, strict=True)
    ]
    if all(map(is_, settled, value)):
        return value
    return [item for item in settled if not isinstance(item, Absent)] or None


def _settle_item(item: Json, last: Fields | None, owned: Fields | None, items: ListType, gone: bool) -> Maybe:
    """What is left of an item; ``ABSENT`` where it goes as a whole."""
    in_last = last is not None and is_member(last)
    gone = gone or in_last
    stays = not gone or _is_owned(owned)
    last, owned = last or EMPTY, owned or EMPTY
    if stays:
        _require_keys(item, last, owned, items, gone)
    return _left(item, last, owned, items.element, stays=stays, in_last=in_last, gone=gone)


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
