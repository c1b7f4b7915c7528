"""Dumps of live objects: what ``kubectl get -o yaml|json --show-managed-fields`` prints, and Lists of it.

Values of Secrets are dropped here, before anything else sees them: only their keys and digests are kept.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import Message
from cnilint.document import Diagnostic, Document, Node, Scalar, Sequence, Span, child, entries, read
from cnilint.document import Mapping as MappingNode
from cnilint.document.ondemand import uncomposed_value
from cnilint.document.scalars import ScalarError
from cnilint.manifest.object import Object, objects
from cnilint.ownership.inputs.digests import data_digest, text_digest
from cnilint.ssa.fieldpath.fields import SharedSets
from cnilint.ssa.managedfields.entries import (
    EntriesError,
    ManagedFieldsEntry,
    decode_entries,
    is_reset,
    managed_fields_of,
)
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED, with_digests
from cnilint.ssa.typed.values import Json
from cnilint.ssa.typed.values import JsonObject as Value

MAX_DEPTH = 150
"""Deeper than any object that an API server stores."""

_SECRET_MEMBERS = ("data", "stringData")


class RecordState(StrEnum):
    """The state of an object's ``managedFields``.

    ``ABSENT`` cannot be distinguished from hidden: kubectl omits the member by default. ``CLEARED`` is known
    to be empty: the dump says so, or shows the members of other objects.
    """

    READ = "read"
    CLEARED = "cleared"
    ABSENT = "absent"
    UNDECODABLE = "undecodable"


class LiveObject(Struct, frozen=True, kw_only=True):
    """One live object. ``entries`` is empty unless ``record`` is READ; ``fault`` says why it is UNDECODABLE, and
    ``fault_span`` where."""

    obj: Object
    value: Value
    record: RecordState
    entries: tuple[ManagedFieldsEntry, ...] = ()
    fault: str = ""
    fault_span: Span | None = None

    @property
    def is_secret(self) -> bool:
        """Whether the object's data is never shown."""
        return self.obj.kind == "Secret" and not self.obj.group

    @property
    def main(self) -> tuple[ManagedFieldsEntry, ...]:
        """The entries that are of no subresource: the ones that can keep fields of the manifest."""
        return tuple(entry for entry in self.entries if not entry.subresource)


class Dump(Struct, frozen=True, kw_only=True):
    """What a file holds. ``diagnostics`` are what could not be read, with their places."""

    file: str
    documents: int
    objects: tuple[LiveObject, ...]
    diagnostics: tuple[Diagnostic, ...]


def read_dump(file: str, data: bytes, *, shown: bool = False, sets: SharedSets | None = None) -> Dump:
    """The live objects of a file. Nothing is raised: what cannot be read is a fault.

    ``shown`` says that the dump was made with managedFields: an object without the member has none. ``sets`` are those of
    other files, of which equal ones are kept once.
    """
    dump = _read(file, data, SharedSets() if sets is None else sets)
    if not shown and all(live.record is RecordState.ABSENT for live in dump.objects):
        return dump
    objects = tuple(_cleared(live) if live.record is RecordState.ABSENT else live for live in dump.objects)
    return replace(dump, objects=objects)


def key_span(node: Node | None, key: str) -> Span | None:
    """The place of a key in a mapping."""
    entry = entries(node).get(key)
    return None if entry is None else entry.key.span


def record_span(live: LiveObject) -> Span:
    """The place of ``managedFields``; that of the object where the dump has none."""
    return key_span(child(live.obj.node, "metadata"), "managedFields") or live.obj.span


def entry_node(live: LiveObject, entry: ManagedFieldsEntry) -> Node | None:
    """The node of an entry of ``managedFields`` in the dump; None where it is not there."""
    for node in _managed_fields(live.obj):
        if all(
            _text(child(node, name)) == value
            for name, value in (
                ("manager", entry.manager),
                ("operation", entry.operation),
                ("apiVersion", entry.api_version),
                ("subresource", entry.subresource),
            )
        ):
            return node
    return None


def entry_span(live: LiveObject, entry: ManagedFieldsEntry) -> Span:
    """The place of an entry's manager; that of the object where the dump has no such entry."""
    node = entry_node(live, entry)
    manager = child(node, "manager")
    if manager is not None:
        return manager.span
    return live.obj.span if node is None else node.span


def _read(file: str, data: bytes, sets: SharedSets) -> Dump:
    diagnostics: list[Diagnostic] = []
    found: list[LiveObject] = []
    documents = read(file, data, everything=True, on_demand=True)
    for document in documents:
        found += _live_objects(document, diagnostics, sets)
        diagnostics += document.diagnostics
        if document.broken is not None:
            diagnostics.append(document.broken)
    return Dump(file=file, documents=len(documents), objects=tuple(found), diagnostics=tuple(diagnostics))


def _live_objects(
    document: Document, diagnostics: list[Diagnostic], sets: SharedSets
) -> Iterator[LiveObject]:
    for obj in objects(document):
        secret = _dropped_values(obj) if obj.kind == "Secret" and not obj.group else {}
        try:
            value = _plain(obj.node, MAX_DEPTH)
        except _TooDeep as error:
            message = Message("object is nested deeper than {limit} levels", limit=str(MAX_DEPTH))
            diagnostics.append(Diagnostic(code="CNI902", span=error.span, message=message))
            continue
        except ScalarError as error:
            diagnostics.append(
                Diagnostic(
                    code="CNI901",
                    span=obj.span,
                    message=Message("object cannot be read: {reason}", reason=str(error)),
                )
            )
            continue
        assert isinstance(value, dict)
        if secret:
            value["data"] = secret
        # Items of a typed list leave out what the list itself says.
        value = {**value, "apiVersion": obj.api_version, "kind": obj.kind}
        yield _recorded(obj, value, sets)


def _recorded(obj: Object, value: Value, sets: SharedSets) -> LiveObject:
    managed_fields = managed_fields_of(value)
    if is_reset(managed_fields):
        return LiveObject(obj=obj, value=value, record=RecordState.CLEARED)
    if managed_fields is None:
        return LiveObject(obj=obj, value=value, record=RecordState.ABSENT)
    try:
        entries = tuple(decode_entries(managed_fields, sets))
    except EntriesError as error:
        return LiveObject(
            obj=obj,
            value=value,
            record=RecordState.UNDECODABLE,
            entries=(),
            fault=str(error),
            fault_span=_undecodable_span(obj, managed_fields),
        )
    _share_sets(managed_fields, entries)
    return LiveObject(obj=obj, value=value, record=RecordState.READ, entries=entries)


def _share_sets(managed_fields: Json, entries: tuple[ManagedFieldsEntry, ...]) -> None:
    """Keeps the sets of the entries in place of those that they were decoded from, which are more than half of a dump."""
    if isinstance(managed_fields, list) and len(managed_fields) == len(entries):
        for written, entry in zip(managed_fields, entries, strict=True):
            if isinstance(written, dict) and "fieldsV1" in written:
                written["fieldsV1"] = cast(Json, entry.fields)


def _cleared(live: LiveObject) -> LiveObject:
    return LiveObject(obj=live.obj, value=live.value, record=RecordState.CLEARED)


def _undecodable_span(obj: Object, managed_fields: Json) -> Span:
    """The place of the first entry that cannot be decoded: its fields where they are at fault, else its start."""
    nodes = _managed_fields(obj)
    values = managed_fields if isinstance(managed_fields, list) else []
    for node, entry in zip(nodes, values, strict=False):
        reason = _undecodable(entry)
        if reason:
            part = next((name for name in _PARTS if name in reason), "fieldsV1")
            return key_span(node, part) or node.span
    return key_span(child(obj.node, "metadata"), "managedFields") or obj.span


def _undecodable(entry: Json) -> str:
    """Why an entry cannot be decoded; empty where it can."""
    try:
        decode_entries([entry])
    except EntriesError as error:
        return str(error)
    return ""


_PARTS = ("operation", "apiVersion", "fieldsType")


def _managed_fields(obj: Object) -> list[Node]:
    node = child(obj.node, "metadata", "managedFields")
    return node.items if isinstance(node, Sequence) else []


def _text(node: Node | None) -> str:
    return node.string or "" if isinstance(node, Scalar) else ""


def _dropped_values(obj: Object) -> Value:
    """Blanks everything in a Secret that holds a value of it, and gives the digests of its data."""
    digests: Value = {
        name: data_digest(_text(entry.value)) for name, entry in entries(obj.node, "data").items()
    }
    for name in _SECRET_MEMBERS:
        values = entries(obj.node, name).values()
        for entry in values:
            _blank(entry.value)
        if name in obj.node.entries and not values:
            _blank(obj.node.entries[name].value)
    applied = child(obj.node, "metadata", "annotations", LAST_APPLIED)
    if applied is not None:
        recorded = with_digests(_text(applied), {"data": data_digest, "stringData": text_digest})
        _blank(applied)
        if isinstance(applied, Scalar):
            applied.raw = recorded
    return digests


def _blank(node: Node) -> None:
    if isinstance(node, Scalar):
        node.raw, node.style, node.tag = "", '"', None
    elif isinstance(node, MappingNode):
        node.entries.clear()
    else:
        node.items.clear()


class _TooDeep(Exception):
    def __init__(self, span: Span) -> None:
        super().__init__(str(span))
        self.span = span


def _plain(node: Node, depth: int) -> Json:
    if isinstance(node, Scalar):
        return node.data
    value = uncomposed_value(node)
    if value is not None:
        return value
    if depth == 0:
        raise _TooDeep(node.span)
    if isinstance(node, MappingNode):
        return {key: _plain(entry.value, depth - 1) for key, entry in node.entries.items()}
    return [_plain(item, depth - 1) for item in node.items]


def distinct_objects(dumps: Iterable[Dump]) -> list[LiveObject]:
    """The objects of several dumps; of an object in several dumps the first one."""
    found: dict[tuple[str, str, str | None, str], LiveObject] = {}
    for dump in dumps:
        for live in dump.objects:
            obj = live.obj
            found.setdefault((obj.api_version, obj.kind, obj.namespace, obj.name), live)
    return list(found.values())
