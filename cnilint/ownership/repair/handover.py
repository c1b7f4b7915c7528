"""Transfers ownership of the leftovers to the applier, and changes nothing else, so that its next apply removes them.

This is csaupgrade limited to the leftovers. Transferring all that another manager owns would let the apply remove
what that manager rightly owns, such as the number of replicas that an autoscaler set; and leftovers without effect
stay, because removing an annotation from a pod template restarts the pods. A patch is proposed only when the
simulation confirms that the apply then removes the leftovers, and nothing else that it did not remove before.
"""

from collections.abc import Container, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cnilint.ownership.inputs.live import RecordState
from cnilint.ownership.inputs.positions import Pointers
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.apply import simulate_apply
from cnilint.ownership.predict.managers import Role, role
from cnilint.ownership.repair.jsonpatch import edits
from cnilint.ownership.repair.kubectl import PATCH_MANAGER, pointer
from cnilint.ssa.appliers.migrate import absorb
from cnilint.ssa.appliers.model import Applier
from cnilint.ssa.fieldpath.fields import (
    EMPTY,
    FieldPath,
    Fields,
    difference,
    path_set,
    recursive_difference,
    subset,
    union,
)
from cnilint.ssa.managedfields.defaults import is_default
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.entries import (
    APPLY,
    ManagedFieldsEntry,
    ManagerIdentity,
    encode_entries,
    managed_fields_of,
    with_entries,
)
from cnilint.ssa.managedfields.refusals import ApplyRefused
from cnilint.ssa.managedfields.server import update
from cnilint.ssa.predict import Prediction
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.typed import TypedError, field_set
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at


class EntryChange(Struct, frozen=True):
    """JSON patch operations on an entry of ``managedFields``, their paths below the entry; without an operation the
    entry is removed. ``index`` is its place in the dump."""

    entry: ManagedFieldsEntry
    index: int
    operations: tuple[JsonObject, ...]


class OwnershipTransfer(Struct, frozen=True, kw_only=True):
    """A change of ``managedFields``, and what the apply after it will remove besides the leftovers.

    ``changes`` are those of entries, the last one first, and ``added`` new entries as JSON; or ``whole`` replaces the
    record, because there is no entry to change, or two of one writer. ``entries`` are those after the change.
    """

    entries: tuple[ManagedFieldsEntry, ...]
    changes: tuple[EntryChange, ...] = ()
    added: tuple[Json, ...] = ()
    whole: Json = None
    also_pruned: tuple[FieldPath, ...] = ()

    def operations(self, resource_version: str) -> list[Json]:
        """The JSON patch. First it tests that the object is the one of the dump."""
        tests = [_test(resource_version, "metadata", "resourceVersion")] if resource_version else []
        if self.whole is not None:
            return [*tests, {"op": "add", "path": "/metadata/managedFields", "value": self.whole}]
        operations: list[Json] = []
        for change in self.changes:
            place = ("metadata", "managedFields", change.index)
            tests.append(_test(change.entry.manager, *place, "manager"))
            tests.append(_test(change.entry.operation, *place, "operation"))
            below = change.operations or ({"op": "remove", "path": ""},)
            operations += [{**each, "path": f"{pointer(*place)}{each['path']}"} for each in below]
        operations += [
            {"op": "add", "path": "/metadata/managedFields/-", "value": each} for each in self.added
        ]
        return [*tests, *operations]


def transfer_ownership(audit: ObjectAudit, kinds: Kinds) -> OwnershipTransfer | None:
    """The patch that lets the apply remove the leftovers; None where none was found that surely does."""
    tool = audit.applier
    desired = audit.manifest.value if audit.manifest is not None else None
    if tool is None or desired is None or not _is_transferable(audit):
        return None
    try:
        entries = _proposed(audit, tool, desired, kinds.type_of(audit.live.value))
    except TypedError:
        return None
    after = _apply_with(audit, kinds, entries, tool)
    if after is None or _leaves_any(after, audit):
        return None
    return _transfer(audit, entries, _also_pruned(audit, kinds, after))


def _proposed(
    audit: ObjectAudit, tool: Applier, desired: JsonObject, schema_type: Type
) -> list[ManagedFieldsEntry]:
    """The entries after the transfer. Raises TypedError where the object or the manifest does not fit its type."""
    leftovers = [left.path for left in audit.harmful]
    given = _with_descendants(field_set(_content(audit.live.value), schema_type), leftovers)
    entry = _applied(tool, given, text_at(desired, "apiVersion"))
    return _transferred(audit, entry, leftovers, field_set(desired, schema_type))


def _is_transferable(audit: ObjectAudit) -> bool:
    readable = audit.live.record in (RecordState.READ, RecordState.CLEARED)
    return audit.server_side and readable and bool(audit.harmful)


def _applied(tool: Applier, fields: Fields, api_version: str) -> ManagedFieldsEntry:
    """An Apply entry of the tool."""
    return ManagedFieldsEntry(manager=tool.manager, operation=APPLY, api_version=api_version, fields=fields)


def pruned_by_full_transfer(audit: ObjectAudit, kinds: Kinds) -> tuple[FieldPath, ...]:
    """What an apply would remove besides the leftovers if the applier took over all that their owners have."""
    tool = audit.applier
    owners = _owners(audit)
    if tool is None or not owners or not tool.server_side:
        return ()
    mine = audit.apply_entry or _applied(tool, EMPTY, audit.live.obj.api_version)
    entries = absorb(
        [mine, *(entry for entry in audit.live.entries if entry.identity != mine.identity)],
        lambda entry: entry.identity in owners,
        tool.manager,
        mine.api_version,
    )
    after = _apply_with(audit, kinds, entries, tool)
    return () if after is None else _also_pruned(audit, kinds, after)


def _owners(audit: ObjectAudit) -> set[ManagerIdentity]:
    """Who keeps the leftovers."""
    return {entry.identity for left in audit.harmful for entry in left.owners}


def _also_pruned(audit: ObjectAudit, kinds: Kinds, after: Prediction) -> tuple[FieldPath, ...]:
    """What an apply removes that it did not remove before, besides the leftovers and what is filled in again."""
    before = set(audit.prediction.pruned) if audit.prediction is not None else set()
    leftovers = {left.path for left in audit.harmful}
    schema_type = kinds.type_of(audit.live.value)
    pointers = Pointers(audit.live.value, schema_type)
    return tuple(
        path
        for path in after.pruned
        if path not in before
        and not _is_within(path, leftovers)
        and not is_default(path, pointers.value(path), schema_type)
    )


def _is_within(path: FieldPath, others: Container[FieldPath]) -> bool:
    """Whether a path is one of the others or below one."""
    return any(path[:length] in others for length in range(1, len(path) + 1))


def _content(live: JsonObject) -> JsonObject:
    metadata = at(live, "metadata")
    given = {k: v for k, v in metadata.items() if k != "managedFields"} if isinstance(metadata, dict) else {}
    return {**live, "metadata": given}


def _with_descendants(present: Fields, paths: Iterable[FieldPath]) -> Fields:
    """The paths and all that is below them in a set."""
    out = path_set(*paths)
    for path in paths:
        below: Fields = subset(present, path)
        for step in reversed(path):
            below = {step: below} if below else {}
        out = union(out, below)
    return out


def _transferred(
    audit: ObjectAudit, given: ManagedFieldsEntry, leftovers: Sequence[FieldPath], wanted: Fields
) -> list[ManagedFieldsEntry]:
    """The entries with the leftovers in the applier's own; their owners also give up what the manifest has."""
    own, keepers = audit.apply_entry, _owners(audit)
    mine = given if own is None else replace(own, fields=union(own.fields, given.fields))
    left_behind = path_set(*leftovers)
    out = []
    for entry in audit.live.entries:
        fields = entry.fields
        if not entry.subresource and entry.api_version == given.api_version:
            fields = recursive_difference(fields, left_behind)
            if _gives_up(entry, keepers):
                fields = difference(fields, wanted)
        if fields and entry is not own:
            out.append(replace(entry, fields=fields))
    return [*out, mine]


def _gives_up(entry: ManagedFieldsEntry, keepers: Container[ManagerIdentity]) -> bool:
    """Whether an entry keeps leftovers and need not own what the manifest has."""
    return entry.identity in keepers and role(entry) not in (Role.CONTROLLER, Role.CONTROL_PLANE)


def _apply_with(
    audit: ObjectAudit, kinds: Kinds, entries: Sequence[ManagedFieldsEntry], tool: Applier
) -> Prediction | None:
    """The apply over the live object with other entries; None where the server refuses either write."""
    live = audit.live.value
    desired = audit.manifest.value if audit.manifest is not None else None
    if desired is None:
        return None
    endpoint = resource(kinds, text_at(live, "apiVersion"), text_at(live, "kind"))
    try:
        patched = update(endpoint, live, with_entries(live, entries), PATCH_MANAGER).object
    except ApplyRefused:
        return None
    after = simulate_apply(tool, audit.live, patched, desired, kinds)
    return None if after.written is None else after


def _leaves_any(prediction: Prediction, audit: ObjectAudit) -> bool:
    """Whether a prediction still leaves one of the leftovers."""
    kept = {kept.path for kept in prediction.kept}
    return any(left.path in kept for left in audit.harmful)


def _transfer(
    audit: ObjectAudit, entries: Sequence[ManagedFieldsEntry], also_pruned: tuple[FieldPath, ...]
) -> OwnershipTransfer:
    """The change of managedFields that leads to these entries."""
    recorded = managed_fields_of(audit.live.value)
    if not isinstance(recorded, list) or len(recorded) != len(audit.live.entries):
        # There is no entry to change, or two for one writer: managedFields is replaced as a whole.
        return OwnershipTransfer(
            entries=tuple(entries), whole=encode_entries(entries), also_pruned=also_pruned
        )
    new = {entry.identity: entry for entry in entries}
    changes = []
    for index, entry in reversed(list(enumerate(audit.live.entries))):
        after = new.pop(entry.identity, None)
        if after is None or after.fields != entry.fields:
            operations = () if after is None else edits(entry.fields, after.fields, ("fieldsV1",))
            changes.append(EntryChange(entry, index, tuple(operations)))
    return OwnershipTransfer(
        entries=tuple(entries),
        changes=tuple(changes),
        added=tuple(encode_entries(new.values())),
        also_pruned=also_pruned,
    )


def _test(value: str, *steps: str | int) -> Json:
    return {"op": "test", "path": pointer(*steps), "value": value}
