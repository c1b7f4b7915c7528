"""The patch that a client computes by itself: from its previous manifest, the live object and the new
manifest.

What the new manifest has is put over the live object; what only the previous one had is taken away; all else
stays. Unlike the server, a client merges the members of every map, atomic or not.

Sources: apimachinery ``pkg/util/strategicpatch`` CreateThreeWayMergePatch; kubectl and Helm 3. Lists
are matched by the keys of the typed schema, which for ports has one key more than the clients' patch format.
"""

from cnilint.apply.schema import ListType, Type
from cnilint.apply.typed import ABSENT, Maybe, item_element
from cnilint.apply.values import Json, Object


def three_way(previous: Maybe, live: Maybe, desired: Json, schema_type: Type) -> Json:
    """The live value after the client's patch. ``previous`` is ``ABSENT`` where the client knows none.

    Raises TypedError where an item of a list has no key.
    """
    if isinstance(desired, dict) and isinstance(live, dict):
        return _members(previous if isinstance(previous, dict) else {}, live, desired, schema_type)
    items = schema_type.list
    if isinstance(desired, list) and isinstance(live, list) and items is not None and not items.atomic:
        return _items(previous if isinstance(previous, list) else [], live, desired, items)
    return desired


def _members(previous: Object, live: Object, desired: Object, schema_type: Type) -> Object:
    out = {name: member for name, member in live.items() if name in desired or name not in previous}
    for name, member in desired.items():
        if member is None:
            out.pop(name, None)
            continue
        child = schema_type.map.child(name) if schema_type.map is not None else None
        below = live.get(name, ABSENT)
        out[name] = member if child is None else three_way(previous.get(name, ABSENT), below, member, child)
    return out


def _items(previous: list[Json], live: list[Json], desired: list[Json], items: ListType) -> list[Json]:
    before = _by_element(previous, items)
    here = _by_element(live, items)
    wanted = _by_element(desired, items)
    out = [
        three_way(before.get(element, ABSENT), here.get(element, ABSENT), item, items.element)
        for element, item in wanted.items()
    ]
    return out + [item for element, item in here.items() if element not in wanted and element not in before]


def _by_element(values: list[Json], items: ListType) -> dict[str, Json]:
    return {item_element(items, item): item for item in values}
