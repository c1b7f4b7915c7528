"""Changing who owns what, and nothing else: the leftovers given to the applier, so that its next apply removes them.

This is csaupgrade held to the leftovers. Handing over all that another manager owns would let the apply remove what
that manager rightly has, such as the number of replicas that an autoscaler set; and what does no harm is left alone,
for taking an annotation out of a pod template restarts the pods. A proposal counts only when the
simulation confirms that the apply then removes the leftovers, and nothing that it did not remove before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cnilint.ownership.inputs.live import RecordState
from cnilint.ownership.inputs.positions import Pointers
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.apply import simulate_apply
from cnilint.ownership.predict.managers import Role, role
from cnilint.ownership.repair.jsonpatch import edits
from cnilint.ownership.repair.kubectl import pointer
from cnilint.ssa.appliers.perform import Applier
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
    encode_entries,
    managed_fields_of,
    with_entries,
)
from cnilint.ssa.managedfields.refusals import ApplyRefused
from cnilint.ssa.managedfields.server import update
from cnilint.ssa.predict import Prediction
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.typed import TypedError, field_set
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at


@dataclass(frozen=True, slots=True)
class OwnershipTransfer:
    """A JSON patch of ``managedFields``, and what the apply after it will remove besides the leftovers."""

    operations: tuple[Json, ...]
    also_pruned: tuple[FieldPath, ...]


def transfer_ownership(audit: ObjectAudit, kinds: Kinds) -> OwnershipTransfer | None:
    """The patch that lets the apply remove the leftovers; None where none was found that surely does."""
    tool, manifest = audit.applier, audit.manifest
    asked = audit.harmful
    if tool is None or manifest is None or not tool.server_side or not asked:
        return None
    if audit.live.record not in (RecordState.READ, RecordState.CLEARED):
        return None
    desired = manifest.value
    if desired is None:
        return None
    live, version = audit.live.value, text_at(desired, "apiVersion")
    schema_type = kinds.type_of(live)
    try:
        residue = _residue(field_set(_content(live), schema_type), [left.path for left in asked])
        wanted = field_set(desired, schema_type)
    except TypedError:
        return None
    left_behind = path_set(*(left.path for left in asked))
    entries = _handed_over(
        audit,
        ManagedFieldsEntry(manager=tool.manager, operation=APPLY, api_version=version, fields=residue),
        left_behind,
        wanted,
    )
    after = _after(audit, kinds, entries, tool)
    if after is None or _left(after) & {left.path for left in asked}:
        return None
    return OwnershipTransfer(tuple(_operations(audit, entries)), _also_pruned(audit, kinds, after))


def pruned_by_full_transfer(audit: ObjectAudit, kinds: Kinds) -> tuple[FieldPath, ...]:
    """What an apply would remove besides the leftovers if the applier took over all that their owners have."""
    tool = audit.applier
    owners = {entry.identity for left in audit.harmful for entry in left.owners}
    if tool is None or not owners or not tool.server_side:
        return ()
    taken = [entry for entry in audit.live.main if entry.identity in owners]
    mine = audit.apply_entry or ManagedFieldsEntry(
        manager=tool.manager, operation=APPLY, api_version=audit.live.obj.api_version, fields=EMPTY
    )
    for entry in taken:
        mine = replace(mine, fields=union(mine.fields, entry.fields))
    kept = [e for e in audit.live.entries if e not in taken and e.identity != mine.identity]
    after = _after(audit, kinds, [*kept, mine], tool)
    return () if after is None else _also_pruned(audit, kinds, after)


def _also_pruned(audit: ObjectAudit, kinds: Kinds, after: Prediction) -> tuple[FieldPath, ...]:
    """What an apply removes that it did not remove before, besides the leftovers and what is filled in again."""
    before = set(audit.prediction.pruned) if audit.prediction is not None else set()
    asked = {left.path for left in audit.harmful}
    schema_type = kinds.type_of(audit.live.value)
    pointers = Pointers(audit.live.value, schema_type)
    return tuple(
        path
        for path in after.pruned
        if path not in before
        and not any(path[:length] in asked for length in range(1, len(path) + 1))
        and not is_default(path, pointers.value(path), schema_type)
    )


def _content(live: JsonObject) -> JsonObject:
    metadata = at(live, "metadata")
    given = {k: v for k, v in metadata.items() if k != "managedFields"} if isinstance(metadata, dict) else {}
    return {**live, "metadata": given}


def _residue(present: Fields, paths: Iterable[FieldPath]) -> Fields:
    """The leftovers and all that is below them."""
    out = path_set(*paths)
    for path in paths:
        below: Fields = subset(present, path)
        for step in reversed(path):
            below = {step: below} if below else {}
        out = union(out, below)
    return out


def _handed_over(
    audit: ObjectAudit, given: ManagedFieldsEntry, left_behind: Fields, wanted: Fields
) -> list[ManagedFieldsEntry]:
    """The entries with the leftovers in the applier's own. Who kept them lets go of what the manifest has too."""
    keepers = {entry.identity for left in audit.harmful for entry in left.owners}
    mine = (
        given
        if audit.apply_entry is None
        else replace(audit.apply_entry, fields=union(audit.apply_entry.fields, given.fields))
    )
    out = []
    for entry in audit.live.entries:
        if entry is audit.apply_entry:
            continue
        left = entry
        if not entry.subresource and entry.api_version == given.api_version:
            fields = recursive_difference(entry.fields, left_behind)
            if entry.identity in keepers and role(entry) is not Role.CONTROLLER:
                fields = difference(fields, wanted)
            left = replace(entry, fields=fields)
        if left.fields:
            out.append(left)
    return [*out, mine]


def _after(
    audit: ObjectAudit, kinds: Kinds, entries: Sequence[ManagedFieldsEntry], tool: Applier
) -> Prediction | None:
    """The apply over the live object with other entries; None where the server refuses either write."""
    live = audit.live.value
    desired = audit.manifest.value if audit.manifest is not None else None
    if desired is None:
        return None
    endpoint = resource(kinds, text_at(live, "apiVersion"), text_at(live, "kind"))
    try:
        patched = update(endpoint, live, with_entries(live, entries), "kubectl-patch").object
    except ApplyRefused:
        return None
    after = simulate_apply(tool, audit.live, patched, desired, kinds)
    return None if after.written is None else after


def _left(prediction: Prediction) -> set[FieldPath]:
    return {kept.path for kept in prediction.kept}


def _operations(audit: ObjectAudit, entries: Sequence[ManagedFieldsEntry]) -> list[Json]:
    """The patch: first tests that the object is the one of the dump, then the entries that change."""
    metadata = at(audit.live.value, "metadata")
    version = text_at(metadata, "resourceVersion")
    tests: list[Json] = []
    if version:
        tests.append({"op": "test", "path": "/metadata/resourceVersion", "value": version})
    recorded = managed_fields_of(audit.live.value)
    if not isinstance(recorded, list) or len(recorded) != len(audit.live.entries):
        # There is no entry to change, or two for one writer: the record is written anew.
        value = encode_entries(entries)
        return [*tests, {"op": "add", "path": "/metadata/managedFields", "value": value}]
    changes: list[Json] = []
    kept = {entry.identity: entry for entry in entries}
    for index, entry in reversed(list(enumerate(audit.live.entries))):
        path = ("metadata", "managedFields", index)
        new = kept.pop(entry.identity, None)
        if new is not None and new.fields == entry.fields:
            continue
        tests.append({"op": "test", "path": pointer(*path, "manager"), "value": entry.manager})
        tests.append({"op": "test", "path": pointer(*path, "operation"), "value": entry.operation})
        if new is None:
            changes.append({"op": "remove", "path": pointer(*path)})
        else:
            changes += edits(entry.fields, new.fields, (*path, "fieldsV1"))
    changes += [
        {"op": "add", "path": "/metadata/managedFields/-", "value": encoded}
        for encoded in encode_entries(kept.values())
    ]
    return [*tests, *changes]
