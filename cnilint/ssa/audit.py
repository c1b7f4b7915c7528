"""What is wrong with the ownership record of a live object, as plain facts.

Nothing is predicted here: a smell is something in ``metadata.managedFields`` that is known to let fields
survive the apply that drops them, as observed on a real kube-apiserver 1.36.2.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from cnilint.ssa.appliers.perform import Applier, applier, applier_names
from cnilint.ssa.appliers.writers import writer
from cnilint.ssa.fieldpath.fields import EMPTY, SELF, FieldPath, Fields, intersection, is_member, paths, union
from cnilint.ssa.managedfields.defaults import unsent
from cnilint.ssa.managedfields.entries import (
    APPLY,
    UPDATE,
    EntriesError,
    ManagedFieldsEntry,
    decode_entries,
    is_reset,
    without_entries,
)
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED
from cnilint.ssa.managedfields.server import ANCIENT_CHANGES, BEFORE_FIRST_APPLY
from cnilint.ssa.predict import extra
from cnilint.ssa.schema.kinds import Kinds, group_version, kinds
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, TypedError, item_element
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at

_STATUS: FieldPath = ("f:status",)


class SmellKind(StrEnum):
    """What is wrong, worst first."""

    HIDDEN = "hidden"  # the dump does not show the record: nothing is known
    CLEARED = "cleared"  # the record is there and empty
    UNDECODABLE = "undecodable"  # the server would give up on the record
    NO_APPLY_ENTRY = "no-apply-entry"  # the manager that will apply has never applied
    UPDATE_ENTRY = "update-entry"  # the manager that will apply owns fields by Update
    CO_OWNED = "co-owned"  # another entry owns what an applier owns: it will survive
    SECOND_APPLIER = "second-applier"  # several managers apply the object
    HUMAN = "human"  # a person's tool owns fields
    SYNTHETIC = "synthetic"  # before-first-apply, ancient-changes
    UNOWNED = "unowned"  # fields that no entry owns, beside defaults
    UNSERVED = "unserved"  # an entry at a version that the server does not know
    LAST_APPLIED = "last-applied"  # kubectl's annotation beside another applier


@dataclass(kw_only=True, frozen=True, slots=True)
class Smell:
    """A fact: its kind, the entries and paths that it is about, and for what cannot be decoded the reason."""

    kind: SmellKind
    entries: tuple[ManagedFieldsEntry, ...] = ()
    paths: tuple[FieldPath, ...] = ()
    detail: str = ""


def audit(
    live: JsonObject,
    desired: JsonObject | None = None,
    *,
    manager: str | None = None,
    schema: Kinds | None = None,
    record_shown: bool = False,
) -> tuple[Smell, ...]:
    """The smells of a live object, worst first.

    ``manager`` is the one that will apply; without it only what needs no such knowledge is found. ``desired``
    is its manifest: with it, unowned fields are only those of the manifest's lists and maps. ``record_shown``
    says that the dump shows the records of other objects, so that one without a record has none.
    """
    metadata = at(live, "metadata")
    if not isinstance(metadata, dict) or "managedFields" not in metadata:
        return (Smell(kind=SmellKind.CLEARED if record_shown else SmellKind.HIDDEN),)
    managed_fields = metadata["managedFields"]
    if managed_fields is None or is_reset(managed_fields):
        return (Smell(kind=SmellKind.CLEARED),)
    try:
        entries = decode_entries(managed_fields)
    except EntriesError as error:
        return (Smell(kind=SmellKind.UNDECODABLE, detail=str(error)),)
    known = schema or kinds()
    found = [
        *_applier_smells(entries, manager),
        *_shared(entries),
        *_writer_smells(entries),
        *_unowned(unowned_paths(live, entries, known, desired)),
        *_unserved(live, entries, known),
        *_last_applied(live, entries),
    ]
    return tuple(sorted(found, key=lambda smell: _order().index(smell.kind)))


@lru_cache(maxsize=1)
def _order() -> list[SmellKind]:
    return list(SmellKind)


def _main(entries: Sequence[ManagedFieldsEntry], operation: str) -> list[ManagedFieldsEntry]:
    """The entries of the main resource by one operation; keepers of a single annotation do not count."""
    keepers = {tool.annotation_manager for tool in _annotating()}
    main = [e for e in entries if e.operation == operation and not e.subresource]
    return [e for e in main if e.manager not in keepers]


@lru_cache(maxsize=1)
def _annotating() -> tuple[Applier, ...]:
    """The appliers that keep the last-applied annotation up to date."""
    return tuple(tool for name in applier_names() if (tool := applier(name)).annotation_manager)


def _applier_smells(entries: Sequence[ManagedFieldsEntry], manager: str | None) -> Iterator[Smell]:
    if manager is None:
        return
    if not any(e.manager == manager for e in _main(entries, APPLY)):
        yield Smell(kind=SmellKind.NO_APPLY_ENTRY)
    updates = tuple(e for e in _main(entries, UPDATE) if e.manager == manager)
    if updates:
        yield Smell(kind=SmellKind.UPDATE_ENTRY, entries=updates, paths=_all_paths(updates))


def _shared(entries: Sequence[ManagedFieldsEntry]) -> Iterator[Smell]:
    """What another entry owns beside an applier: it survives the day the manifest drops it."""
    appliers = _main(entries, APPLY)
    for mine in appliers:
        for other in [*appliers, *_main(entries, UPDATE)]:
            if other is mine or (other.operation == APPLY and other.manager < mine.manager):
                continue
            common = tuple(paths(intersection(mine.fields, other.fields)))
            if common:
                yield Smell(kind=SmellKind.CO_OWNED, entries=(mine, other), paths=common)
    if len(appliers) > 1:
        yield Smell(kind=SmellKind.SECOND_APPLIER, entries=tuple(appliers))


def _writer_smells(entries: Sequence[ManagedFieldsEntry]) -> Iterator[Smell]:
    for entry in entries:
        if entry.manager in (BEFORE_FIRST_APPLY, ANCIENT_CHANGES):
            yield Smell(kind=SmellKind.SYNTHETIC, entries=(entry,), paths=tuple(paths(entry.fields)))
            continue
        known = writer(entry.manager, entry.operation)
        if known is not None and known.human and entry.operation == UPDATE and not entry.subresource:
            yield Smell(kind=SmellKind.HUMAN, entries=(entry,), paths=tuple(paths(entry.fields)))


def _all_paths(entries: Sequence[ManagedFieldsEntry]) -> tuple[FieldPath, ...]:
    owned = EMPTY
    for entry in entries:
        owned = union(owned, entry.fields)
    return tuple(paths(owned))


def unowned_paths(
    live: JsonObject, entries: Iterable[ManagedFieldsEntry], known: Kinds, desired: JsonObject | None = None
) -> tuple[FieldPath, ...]:
    """What no entry owns, whole and outermost, beside defaults and what the server sets; with a manifest only what is
    in its lists and maps. Nothing of an object without a schema, or that does not fit it."""
    schema_type = known.find(text_at(live, "apiVersion"), text_at(live, "kind"))
    if schema_type is None:
        return ()
    owned = EMPTY
    for entry in entries:
        owned = union(owned, entry.fields)
    try:
        return tuple(
            path
            for path, value in _without_owner(without_entries(live), owned, schema_type, ())
            if not unsent(path, value, schema_type) and _in_shape(path, desired, schema_type)
        )
    except (TypedError, RecursionError):
        # An object that does not fit its type, or is nested too deep, has no paths to speak of.
        return ()


def _unowned(found: tuple[FieldPath, ...]) -> Iterator[Smell]:
    if found:
        yield Smell(kind=SmellKind.UNOWNED, paths=found)


def _without_owner(
    value: Json, owned: Fields, schema_type: Type, path: FieldPath
) -> Iterator[tuple[FieldPath, Json]]:
    """What no entry owns: leaves, free map keys and list items, whole and outermost."""
    struct, items = schema_type.map, schema_type.list
    if isinstance(value, dict) and struct is not None and not struct.atomic:
        yield from _members_without_owner(value, owned, struct, path)
    elif isinstance(value, list) and items is not None and not items.atomic:
        yield from _items_without_owner(value, owned, items, path)


def _members_without_owner(
    value: JsonObject, owned: Fields, struct: MapType, path: FieldPath
) -> Iterator[tuple[FieldPath, Json]]:
    for name, member in value.items():
        node = owned.get(f"f:{name}")
        child = struct.child(name)
        step = (*path, f"f:{name}")
        if child is None or node == EMPTY or step == _STATUS:
            continue
        if node is None:
            yield from extra(member, ABSENT, child, step)
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


def _in_shape(path: FieldPath, desired: JsonObject | None, schema_type: Type) -> bool:
    """Whether the manifest has the list or map that the path ends in."""
    value: Json = desired
    here: Type | None = schema_type
    if desired is None:
        return True
    for element in path[:-1]:
        if isinstance(value, dict) and here is not None and here.map is not None:
            value, here = value.get(element[2:]), here.map.child(element[2:])
        elif isinstance(value, list) and here is not None and here.list is not None:
            items = here.list
            value = next((item for item in value if item_element(items, item) == element), None)
            here = items.element
        else:
            return False
    return value is not None


def _unserved(live: JsonObject, entries: Sequence[ManagedFieldsEntry], known: Kinds) -> Iterator[Smell]:
    group, _ = group_version(text_at(live, "apiVersion"))
    kind = text_at(live, "kind")
    served = {version for version in known.versions(kind) if group_version(version)[0] == group}
    stale = tuple(e for e in entries if e.api_version not in served) if served else ()
    if stale:
        yield Smell(kind=SmellKind.UNSERVED, entries=stale)


def _last_applied(live: JsonObject, entries: Sequence[ManagedFieldsEntry]) -> Iterator[Smell]:
    heeding = {tool.manager for tool in _annotating()}
    appliers = tuple(e for e in _main(entries, APPLY) if e.manager not in heeding)
    if appliers and text_at(live, "metadata", "annotations", LAST_APPLIED):
        path: FieldPath = ("f:metadata", "f:annotations", f"f:{LAST_APPLIED}")
        yield Smell(kind=SmellKind.LAST_APPLIED, entries=appliers, paths=(path,))
