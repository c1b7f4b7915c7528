"""What became of the objects of a snapshot: whether each is now what the sync was predicted to make of it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from msgspec import Struct

from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.predict.dryrun import differing_fields
from cnilint.ownership.predict.managers import Role, protocol, role
from cnilint.ownership.snapshot import SavedObject, keys_only
from cnilint.ssa.fieldpath.fields import FieldPath, has, subset
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import JsonObject

SinceState = Literal["as planned", "otherwise", "not applied", "not planned", "gone", "kept", "not read"]
"""What became of an object: as predicted, another one than predicted, the same as before although a change was predicted,
without a prediction; deleted without a plan, not deleted despite one; not known."""

_LAST_APPLIED: FieldPath = ("f:metadata", "f:annotations", f"f:{LAST_APPLIED}")


class SinceOutcome(Struct, frozen=True, kw_only=True):
    """An object of a snapshot, what became of it, and the live object where there is one. ``fields`` are those in which
    it differs: from the predicted object, else from the saved one."""

    saved: SavedObject
    state: SinceState
    live: LiveObject | None = None
    fields: tuple[FieldPath, ...] = ()

    @property
    def is_unplanned(self) -> bool:
        """Whether the object is certainly not what was planned."""
        return self.state in ("otherwise", "not applied", "gone", "kept")


def since(
    saved: Iterable[SavedObject],
    lives: Iterable[LiveObject],
    kinds: Kinds,
    *,
    was_read: Callable[[SavedObject], bool],
) -> Iterator[SinceOutcome]:
    """The outcome of each object of a snapshot. ``was_read`` says whether the cluster was asked for it, and answered."""
    found = {(one.obj.api_version, one.obj.kind, one.obj.namespace, one.obj.name): one for one in lives}
    for one in saved:
        live = found.get(one.key)
        yield _absent(one, was_read=was_read(one)) if live is None else _present(one, live, kinds)


def _absent(saved: SavedObject, *, was_read: bool) -> SinceOutcome:
    if not was_read:
        return SinceOutcome(saved=saved, state="not read")
    return SinceOutcome(saved=saved, state="as planned" if saved.planned == "deleted" else "gone")


def _present(saved: SavedObject, live: LiveObject, kinds: Kinds) -> SinceOutcome:
    if saved.planned == "deleted":
        return SinceOutcome(saved=saved, state="kept", live=live)
    changed = _fields(saved.live, live, kinds)
    if saved.predicted is None:
        return SinceOutcome(saved=saved, state="not planned", live=live, fields=changed)
    differs = _fields(saved.predicted, live, kinds)
    if not differs:
        return SinceOutcome(saved=saved, state="as planned", live=live)
    return SinceOutcome(
        saved=saved, state="otherwise" if changed else "not applied", live=live, fields=differs
    )


def _fields(before: JsonObject, live: LiveObject, kinds: Kinds) -> tuple[FieldPath, ...]:
    """The fields in which a live object is another one, without those that the control plane and the tools keep notes in."""
    now = keys_only(live.value) if live.is_secret else live.value
    return tuple(path for path in differing_fields(before, now, kinds) if not _is_note(path, live))


def _is_note(path: FieldPath, live: LiveObject) -> bool:
    if path == _LAST_APPLIED or protocol(path):
        return True
    owners = [entry for entry in live.entries if has(entry.fields, path) or subset(entry.fields, path)]
    return bool(owners) and all(role(entry) is Role.CONTROL_PLANE for entry in owners)
