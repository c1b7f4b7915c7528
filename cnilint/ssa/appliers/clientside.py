"""The patches that a client computes by itself: from its previous manifest, the new one and the live object.

Three ways: what the new manifest has is put over the live object; what only the previous one had is taken
away; all else stays. Two ways: what differs between the two manifests is done to the live object, whatever
it has become since.

Unlike the server, a client merges the members of every map, atomic or not.

Sources: apimachinery ``pkg/util/strategicpatch`` CreateThreeWayMergePatch; ``evanphx/json-patch``
CreateMergePatch and RFC 7386; kubectl and Helm 3. Lists are matched by the one key of the clients' patch format,
from ``rules/ssa/patch.json`` where the typed schema has more.
"""

from functools import lru_cache
from itertools import zip_longest

from cnilint.resources import json_data
from cnilint.ssa.schema.schema import ListType, Type
from cnilint.ssa.typed.typed import ABSENT, Maybe, as_list, as_object, item_element
from cnilint.ssa.typed.values import Json, JsonObject, equal


def three_way(previous: JsonObject, live: JsonObject, desired: JsonObject, schema_type: Type) -> JsonObject:
    """The live object after the client's patch. ``previous`` is empty where the client knows none.

    Raises TypedError where an item of a list has no key.
    """
    out = _without_dropped(previous, live, desired)
    for name, member in desired.items():
        if member is None:
            out.pop(name, None)
            continue
        child = schema_type.below(f"f:{name}")
        below = live.get(name, ABSENT)
        if child is None:
            out[name] = member
            continue
        key = _merge_keys().get((schema_type.name, name), "")
        out[name] = _merged(previous.get(name, ABSENT), below, member, child, key)
    if schema_type.name in _retaining() and not equal(out, live):
        return {name: member for name, member in out.items() if name in desired}
    return out


def _without_dropped(previous: JsonObject, live: JsonObject, desired: JsonObject) -> JsonObject:
    """The live members without those that only the previous manifest has."""
    return {name: member for name, member in live.items() if name in desired or name not in previous}


def two_way(previous: JsonObject, live: JsonObject, desired: JsonObject) -> JsonObject:
    """The live object after a JSON merge patch of what differs between two manifests."""
    out = _without_dropped(previous, live, desired)
    for name, member in desired.items():
        if name in previous and equal(previous[name], member):
            continue
        if member is None:
            out.pop(name, None)
        elif isinstance(member, dict):
            out[name] = two_way(as_object(previous.get(name)), as_object(live.get(name)), member)
        else:
            out[name] = member
    return out


def _merged(previous: Maybe, live: Maybe, desired: Json, schema_type: Type, key: str = "") -> Json:
    if isinstance(desired, dict) and isinstance(live, dict):
        return three_way(as_object(previous), live, desired, schema_type)
    items = schema_type.granular_list
    if isinstance(desired, list) and isinstance(live, list) and items is not None:
        return _items(_Lists(items, key, as_list(previous), live, desired))
    return desired


class _Lists:
    """The items of the three lists by the key that the client's patch has: one field, which is less than the keys of
    the typed schema where several items have the same."""

    def __init__(
        self, items: ListType, key: str, previous: list[Json], live: list[Json], desired: list[Json]
    ) -> None:
        self.type = items
        self._key = key
        self.previous = self._by_key(previous)
        self.live = self._by_key(live)
        self.desired = self._by_key(desired)

    def _by_key(self, values: list[Json]) -> dict[str, list[Json]]:
        found: dict[str, list[Json]] = {}
        for value in values:
            element = item_element(self.type, value)
            name = str(as_object(value).get(self._key)) if self._key else element
            found.setdefault(name, []).append(value)
        return found


def _items(lists: _Lists) -> list[Json]:
    out: list[Json] = []
    for name, wanted in lists.desired.items():
        out += _items_of_key(lists, lists.previous.get(name, []), lists.live.get(name, []), wanted)
    for name, items in lists.live.items():
        if name not in lists.desired and name not in lists.previous:
            out += items
    return out


def _items_of_key(lists: _Lists, previous: list[Json], live: list[Json], wanted: list[Json]) -> list[Json]:
    """The items of one key. A deletion by key takes all of them, and what is added goes into the first of them
    (``mergeSliceWithoutSpecialElements``, ``deleteMatchingEntries``)."""
    if max(len(previous), len(live), len(wanted)) == 1:
        before = previous[0] if previous else ABSENT
        here = live[0] if live else ABSENT
        return [_merged(before, here, wanted[0], lists.type.element)]
    if len(previous) > len(wanted):
        return []
    first = dict(as_object(live[0])) if live else {}
    changes = [_change(as_object(item), as_object(old)) for item, old in zip_longest(wanted, live)]
    for change in reversed(changes):
        first |= change
    return [first, *live[1:]]


def _change(wanted: JsonObject, live: JsonObject) -> JsonObject:
    return {name: value for name, value in wanted.items() if name not in live or not equal(live[name], value)}


@lru_cache(maxsize=1)
def _retaining() -> frozenset[str]:
    """The types of which a patch that changes anything keeps only the members that the new manifest has
    (``patchStrategy: retainKeys``)."""
    data = json_data("rules/ssa/patch.json")
    return frozenset(data["retainKeys"])


@lru_cache(maxsize=1)
def _merge_keys() -> dict[tuple[str, str], str]:
    """The key (``patchMergeKey``) of each list that has more keys in the typed schema, by type and field."""
    data = json_data("rules/ssa/patch.json")
    return {(row["type"], row["field"]): row["key"] for row in data["mergeKeys"]}
