"""What a predicted apply removes from a live object, and which values of others it overwrites."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct

from cnilint.document.structure import load
from cnilint.ownership.inputs.live import RecordState
from cnilint.ownership.inputs.positions import Pointers
from cnilint.ownership.model import FieldChange, FieldChanges, ObjectAudit, Removal
from cnilint.ownership.predict.managers import Role, family, protocol, restarts_only, role
from cnilint.ssa.fieldpath.fields import FieldPath, has, subset
from cnilint.ssa.managedfields.computed import is_exact_default, is_server_set
from cnilint.ssa.managedfields.defaults import differs_in_defaults_only, sole_default
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry, without_entries
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED, last_applied
from cnilint.ssa.predict import changed_fields, extra_fields
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.values import Json, JsonObject

_LAST_APPLIED: FieldPath = ("f:metadata", "f:annotations", f"f:{LAST_APPLIED}")


class RemovalEffect(Struct, frozen=True, kw_only=True):
    """A row of ``rules/ssa/removals.yaml``: what follows when ``fields`` of a ``type`` are removed."""

    type: str
    fields: tuple[str, ...]
    parts: bool
    does: str
    source: str


class Overwrite(Struct, frozen=True, kw_only=True):
    """A value that somebody other than the applier set, and that the apply changes."""

    path: FieldPath
    old: Json
    new: Json
    setters: tuple[ManagedFieldsEntry, ...]


def field_changes(audit: ObjectAudit, kinds: Kinds) -> FieldChanges:
    """What the apply changes in the live object; nothing where it is refused or not predicted."""
    written = audit.prediction.written if audit.prediction is not None else None
    if audit.prediction is None or written is None:
        return FieldChanges()
    before = without_entries(audit.live.value)
    root = kinds.type_of(before)
    changed = (FieldChange(*one) for one in changed_fields(before, written.value, root))
    removed: tuple[Removal, ...] = ()
    if audit.prediction.pruned:
        removed = tuple(_Comparison(audit, kinds, written.value).removed(audit.prediction.pruned))
    return FieldChanges(
        added=tuple(path for path, _ in extra_fields(written.value, before, root) if path != _LAST_APPLIED),
        changed=tuple(one for one in changed if _is_shown(one, root)),
        removed=removed,
    )


def _is_shown(change: FieldChange, root: Type) -> bool:
    """Whether a change is one of the manifest: neither the note of a tool nor a default that the server fills in."""
    if change.path == _LAST_APPLIED:
        return False
    return not differs_in_defaults_only(change.old, change.new, change.path, root)


def removals(audit: ObjectAudit) -> Iterator[Removal]:
    """The removals that matter: the manifest has the fields, others set them, or the object runs in another way without
    them."""
    for found in audit.changes.removed:
        if found.wanted or found.setters or found.unrecorded or found.does:
            yield found


def overwrites(audit: ObjectAudit) -> Iterator[Overwrite]:
    """The values of others that the apply changes."""
    if audit.live.record is not RecordState.READ:
        return
    others = [entry for entry in _recorded(audit) if _is_overwritten(audit, entry)]
    for change in audit.changes.changed if others else ():
        setters = tuple(entry for entry in others if has(entry.fields, change.path))
        if setters:
            yield Overwrite(path=change.path, old=change.old, new=change.new, setters=setters)


class _Comparison:
    """One object before and after the apply, and the manifests that it comes from."""

    def __init__(self, audit: ObjectAudit, kinds: Kinds, written: JsonObject) -> None:
        self._audit = audit
        self._recorded = _recorded(audit)
        self._live = without_entries(audit.live.value)
        self._type = kinds.type_of(self._live)
        self._before = Pointers(self._live, self._type)
        self._after = Pointers(written, self._type)
        # Each is made only where it decides something.
        client_side = audit.manifest is not None and not audit.server_side
        self._manifest = Pointers(
            audit.manifest.value if client_side and audit.manifest else None, self._type
        )
        self._is_recorded = audit.live.record is RecordState.READ
        self._old = Pointers(None if self._is_recorded else _old_manifest(audit), self._type)

    def removed(self, pruned: Sequence[FieldPath]) -> Iterator[Removal]:
        """The removed fields by the outermost part that goes with them, without what the server fills in again."""
        tops: dict[FieldPath, list[FieldPath]] = {}
        for path in dict.fromkeys(pruned):
            if not self._is_bookkeeping(path):
                tops.setdefault(self._top(path), []).append(path)
        return (self._removal(top, leaves) for top, leaves in tops.items())

    def _removal(self, top: FieldPath, leaves: Sequence[FieldPath]) -> Removal:
        path: FieldPath = _common_start(leaves)
        owners = [entry for entry in self._recorded if any(_owns(entry, leaf) for leaf in leaves)]
        return Removal(
            path=path,
            old=self._before.value(path),
            setters=tuple(entry for entry in owners if _is_of_others(self._audit, entry)),
            unrecorded=not self._is_recorded and not owners and self._old.steps(path) is None,
            # A server-side apply removes nothing that the manifest has.
            wanted=self._manifest.value(path) is not None,
            default=sole_default(path, self._type),
            does=_removal_effect(path, len(top), self._type),
        )

    def _is_bookkeeping(self, path: FieldPath) -> bool:
        """Whether the server fills the field in again, or it is a note of a tool or of the server itself."""
        tool = self._audit.applier
        if path == _LAST_APPLIED or protocol(path) or (tool is not None and path in tool.strip):
            return True
        if path[-1][:2] != "f:":
            # No item of a list is a default.
            return False
        if is_server_set(path, self._type):
            return True
        return is_exact_default(path, self._before.value(path), self._live, self._type)

    def _top(self, path: FieldPath) -> FieldPath:
        """The outermost part of a path that is no longer there."""
        return path[: self._after.reach(path) + 1]


def _old_manifest(audit: ObjectAudit) -> JsonObject | None:
    """The manifest of the earlier apply, as far as it is known."""
    return audit.old.compared if audit.old is not None else last_applied(audit.live.value)


def _recorded(audit: ObjectAudit) -> list[ManagedFieldsEntry]:
    """The entries of those who set fields on purpose."""
    return [
        entry for entry in audit.live.entries if entry.subresource != "status" and not restarts_only(entry)
    ]


def _is_of_others(audit: ObjectAudit, entry: ManagedFieldsEntry) -> bool:
    """Whether an entry is neither the applier's nor one of the server or of a restore, which change nothing on purpose."""
    own = family(entry.manager) == family(audit.manager)
    return not own and role(entry) not in (Role.SERVER, Role.RESTORE)


def _is_overwritten(audit: ObjectAudit, entry: ManagedFieldsEntry) -> bool:
    """Whether the values of an entry are changes. Those of another tool that applies manifests are its old release:
    that they change is the upgrade."""
    return _is_of_others(audit, entry) and role(entry) is not Role.APPLIER


def _common_start(paths: Sequence[FieldPath]) -> FieldPath:
    """The longest path that leads to all of some paths."""
    first, last = min(paths), max(paths)
    return next((first[:n] for n in range(len(first), 0, -1) if first[:n] == last[:n]), first)


def _owns(entry: ManagedFieldsEntry, path: FieldPath) -> bool:
    return has(entry.fields, path) or bool(subset(entry.fields, path))


def _removal_effect(path: FieldPath, top: int, schema_type: Type) -> str:
    """What follows from the removal; empty where no row says so. ``top`` is the length of the outermost part that
    is removed."""
    here: Type | None = schema_type
    for length, step in enumerate(path, 1):
        if here is None:
            break
        row = _removal_rows().get((here.name, step[2:]))
        if row is not None and (length >= top or row.parts):
            return row.does
        here = here.below(step)
    return ""


@cache
def _removal_rows() -> Mapping[tuple[str, str], RemovalEffect]:
    rows = load("rules/ssa/removals.yaml", _RemovalsFile).removals
    return {(row.type, name): row for row in rows for name in row.fields}


class _RemovalsFile(Struct, frozen=True):
    removals: tuple[RemovalEffect, ...]
