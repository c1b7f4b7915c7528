"""The patches that a client computes by itself: from its previous manifest, the new one and the live object.

Three ways: what the new manifest has is put over the live object; what only the previous one had is taken
away; all else stays. Two ways: what differs between the two manifests is done to the live object, whatever
it has become since.

Unlike the server, a client merges the members of every map, atomic or not.

Sources: apimachinery ``pkg/util/strategicpatch`` CreateThreeWayMergePatch; ``evanphx/json-patch``
CreateMergePatch and RFC 7386; kubectl and Helm 3. Lists are matched by the keys of the typed schema, which
for ports has one key more than the clients' patch format.
"""

from functools import lru_cache

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
        out[name] = member if child is None else _merged(previous.get(name, ABSENT), below, member, child)
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


def _merged(previous: Maybe, live: Maybe, desired: Json, schema_type: Type) -> Json:
    if isinstance(desired, dict) and isinstance(live, dict):
        return three_way(as_object(previous), live, desired, schema_type)
    items = schema_type.granular_list
    if isinstance(desired, list) and isinstance(live, list) and items is not None:
        return _items(as_list(previous), live, desired, items)
    return desired


def _items(previous: list[Json], live: list[Json], desired: list[Json], items: ListType) -> list[Json]:
    before = _by_element(previous, items)
    here = _by_element(live, items)
    wanted = _by_element(desired, items)
    out = [
        _merged(before.get(element, ABSENT), here.get(element, ABSENT), item, items.element)
        for element, item in wanted.items()
    ]
    return out + [item for element, item in here.items() if element not in wanted and element not in before]


def _by_element(values: list[Json], items: ListType) -> dict[str, Json]:
    return {item_element(items, item): item for item in values}


@lru_cache(maxsize=1)
def _retaining() -> frozenset[str]:
    """The types of which a patch that changes anything keeps only the members that the new manifest has
    (``patchStrategy: retainKeys``)."""
    data = json_data("rules/ssa/patch.json")
    return frozenset(data["retainKeys"])
