"""What the ownership command knows of one live object, and what reports show of it."""

from dataclasses import dataclass

from cnilint.diagnostics.model import Target
from cnilint.document import Span
from cnilint.ownership.inputs.desired import Manifest
from cnilint.ownership.inputs.live import LiveObject, RecordState
from cnilint.ownership.predict.managers import Role, role
from cnilint.packs.model import Effect
from cnilint.ssa.appliers.perform import Applier
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry
from cnilint.ssa.predict import Prediction


@dataclass(kw_only=True, frozen=True, slots=True)
class Leftover:
    """A field that will stay in the live object although the manifest does not have it.

    ``shown`` is its path in the dump, ``what`` a noun for it (``the variable 'LEVEL'``), ``does`` what comes of it.
    ``owners`` are the entries that keep it; none where nobody owns it. ``reads`` is what it
    refers to, and ``target`` the same when that will not resolve; ``certain`` is False where that depends on what was not seen.
    """

    path: FieldPath
    shown: str
    span: Span
    owners: tuple[ManagedFieldsEntry, ...]
    what: str
    does: str
    effect: Effect
    container: str = ""
    target: Target | None = None
    target_span: Span | None = None
    certain: bool = True
    reads: Target | None = None


@dataclass(kw_only=True, frozen=True, slots=True)
class ObjectAudit:
    """A live object, its manifest, who applies it, and what will come of it.

    ``applier_named`` is whether the user named the applier; else it was inferred from the records of the dump. ``old`` is the
    manifest of the old release, where one was given and has the object.
    """

    live: LiveObject
    manifest: Manifest | None = None
    applier: Applier | None = None
    prediction: Prediction | None = None
    leftovers: tuple[Leftover, ...] = ()
    causes: tuple[str, ...] = ()
    applier_named: bool = False
    old: Manifest | None = None

    @property
    def needs_release(self) -> bool:
        """Whether the applier compares with the manifests of its old release."""
        return self.applier is not None and self.applier.needs_release

    @property
    def record_hidden(self) -> bool:
        """Whether nothing is known of who owns what, and that decides what an apply will leave."""
        server_side = self.applier is None or self.applier.server_side
        return server_side and self.live.record is RecordState.ABSENT

    @property
    def apply_entry(self) -> ManagedFieldsEntry | None:
        """The Apply entry of the manager that will apply."""
        return next(
            (entry for entry in self.live.main if self.is_applier_entry(entry) and entry.operation == APPLY),
            None,
        )

    def is_applier_entry(self, entry: ManagedFieldsEntry) -> bool:
        """Whether an entry carries the applier's name, whatever its operation."""
        return self.applier is not None and entry.manager == self.applier.manager

    @property
    def harmful(self) -> list[Leftover]:
        """The leftovers that do something."""
        return [leftover for leftover in self.leftovers if leftover.effect is not Effect.IGNORED]

    @property
    def is_managed(self) -> bool:
        """Whether manifests are behind the object: one was given, or a tool that applies them owns something."""
        return self.manifest is not None or any(role(entry) is Role.APPLIER for entry in self.live.main)
