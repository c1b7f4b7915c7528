"""What no entry of ``managedFields`` owns, so that no apply removes it."""

from collections.abc import Iterable, Iterator
from functools import reduce

from cnilint.ssa.fieldpath.fields import EMPTY, SELF, FieldPath, Fields, is_member, union
from cnilint.ssa.managedfields.defaults import is_default
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry, without_entries
from cnilint.ssa.managedfields.metadata import metadata_fields
from cnilint.ssa.predict import extra_fields
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, TypedError, item_element
from cnilint.ssa.typed.values import Json, JsonObject, text_at


def unowned_paths(
    live: JsonObject, entries: Iterable[ManagedFieldsEntry], known: Kinds
) -> tuple[FieldPath, ...]:
    """The outermost paths of a live object that no entry owns, without defaults and what the server sets.

    Nothing for an object without a schema, or one that does not fit its schema.
    """
    schema_type = known.find(text_at(live, "apiVersion"), text_at(live, "kind"))
    if schema_type is None:
        return ()
    owned = reduce(union, (entry.fields for entry in entries), EMPTY)
    try:
        return tuple(
            path
            for path, value in _without_owner(without_entries(live), owned, schema_type, ())
            if not is_default(path, value, schema_type)
        )
    except (TypedError, RecursionError):
        return ()


def _without_owner(
    value: Json, owned: Fields, schema_type: Type, path: FieldPath
) -> Iterator[tuple[FieldPath, Json]]:
    """What no entry owns: leaves, free map keys and list items, whole and outermost."""
    struct, items = schema_type.granular_map, schema_type.granular_list
    if isinstance(value, dict) and struct is not None:
        yield from _members_without_owner(value, owned, struct, path)
    elif isinstance(value, list) and items is not None:
        yield from _items_without_owner(value, owned, items, path)


def _members_without_owner(
    value: JsonObject, owned: Fields, struct: MapType, path: FieldPath
) -> Iterator[tuple[FieldPath, Json]]:
    for name, member in value.items():
        node = owned.get(f"f:{name}")
        child = struct.child(name)
        step = (*path, f"f:{name}")
        if child is None or node == EMPTY or step in metadata_fields().server:
            continue
        if node is None:
            yield from extra_fields(member, ABSENT, child, step)
        else:
            yield from _without_owner(member, node, child, step)


def _items_without_owner(
    value: list[Json], owned: Fields, items: ListType, path: FieldPath
) -> Iterator[tuple[FieldPath, Json]]:
    for item in value:
        element = item_element(items, item)
        node = owned.get(element)
        if node is None or not is_member(node):
            yield (*path, element), item
        elif SELF in node:
            yield from _without_owner(item, node, items.element, (*path, element))
