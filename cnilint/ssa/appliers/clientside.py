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
from cnilint.ssa.typed.typed import ABSENT, Maybe, item_element
from cnilint.ssa.typed.values import Json, JsonObject, same


def three_way(previous: JsonObject, live: JsonObject, desired: JsonObject, schema_type: Type) -> JsonObject:
    """The live object after the client's patch. ``previous`` is empty where the client knows none.

    Raises TypedError where an item of a list has no key.
    """
    out = {name: member for name, member in live.items() if name in desired or name not in previous}
    for name, member in desired.items():
        if member is None:
            out.pop(name, None)
            continue
        child = schema_type.map.child(name) if schema_type.map is not None else None
        below = live.get(name, ABSENT)
        out[name] = member if child is None else _merged(previous.get(name, ABSENT), below, member, child)
    if schema_type.name in _retaining() and not same(out, live):
        return {name: member for name, member in out.items() if name in desired}
    return out


def two_way(previous: JsonObject, live: JsonObject, desired: JsonObject) -> JsonObject:
    """The live object after a JSON merge patch of what differs between two manifests."""
    out = {name: member for name, member in live.items() if name in desired or name not in previous}
    for name, member in desired.items():
        if name in previous and same(previous[name], member):
            continue
        if member is None:
            out.pop(name, None)
        elif isinstance(member, dict):
            out[name] = two_way(_object(previous.get(name)), _object(live.get(name)), member)
        else:
            out[name] = member
    return out


def _merged(previous: Maybe, live: Maybe, desired: Json, schema_type: Type) -> Json:
    if isinstance(desired, dict) and isinstance(live, dict):
        return three_way(_object(previous), live, desired, schema_type)
    items = schema_type.list
    if isinstance(desired, list) and isinstance(live, list) and items is not None and not items.atomic:
        return _items(previous if isinstance(previous, list) else [], live, desired, items)
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


def _object(value: Maybe) -> JsonObject:
    return value if isinstance(value, dict) else {}


@lru_cache(maxsize=1)
def _retaining() -> frozenset[str]:
    """The types of which a patch that changes anything keeps only the members that the new manifest has
    (``patchStrategy: retainKeys``)."""
    data = json_data("rules/ssa/patch.json")
    return frozenset(data["retainKeys"])
