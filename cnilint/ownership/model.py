"""What the ownership command knows of one live object, and what reports show of it."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from cnilint.diagnostics.model import SEVERITIES, Severity, Target
from cnilint.document import Span
from cnilint.ownership.field_names import FieldName
from cnilint.ownership.inputs.desired import Manifest
from cnilint.ownership.inputs.live import LiveObject, RecordState
from cnilint.ownership.predict.managers import Role, role
from cnilint.packs.model import SEVERITY, Effect
from cnilint.ssa.appliers.model import Applier, ApplyOption, Method
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry
from cnilint.ssa.predict import Prediction
from cnilint.ssa.typed.typed import Maybe
from cnilint.ssa.typed.values import Json


class Consequence(StrEnum):
    """What a leftover does in the cluster."""

    MISSING_KEY = "missing-key"
    BINARY_KEY = "binary-key"
    MISSING_OBJECT = "missing-object"
    READS_OLD_KEY = "reads-old-key"
    OVERRIDES_KEY = "overrides-key"
    OVERRIDES_OBJECT = "overrides-object"
    OVERRIDES_DEFAULT = "overrides-default"
    SETS_VARIABLE = "sets-variable"
    MOUNTED = "mounted"
    KEEPS_RUNNING = "keeps-running"
    IN_NEW_PODS = "in-new-pods"
    IN_CONTAINER = "in-container"
    RECEIVES_TRAFFIC = "receives-traffic"
    TAKES_NODE_PORT = "takes-node-port"
    EXTRA_ITEM = "extra-item"
    OLD_VALUE = "old-value"
    UNREAD_KEY = "unread-key"
    STILL_ACTS = "still-acts"
    STILL_SELECTED = "still-selected"
    UNUSED_METADATA = "unused-metadata"


_EFFECTS: Mapping[Consequence, Effect] = {
    **dict.fromkeys(
        (Consequence.MISSING_KEY, Consequence.BINARY_KEY, Consequence.MISSING_OBJECT), Effect.FATAL
    ),
    **dict.fromkeys(
        (
            Consequence.READS_OLD_KEY,
            Consequence.OVERRIDES_KEY,
            Consequence.OVERRIDES_OBJECT,
            Consequence.OVERRIDES_DEFAULT,
            Consequence.SETS_VARIABLE,
            Consequence.OLD_VALUE,
        ),
        Effect.SILENT_OVERRIDE,
    ),
    **dict.fromkeys((Consequence.UNREAD_KEY, Consequence.UNUSED_METADATA), Effect.IGNORED),
}
"""What does not stop, override or do nothing degrades."""

_ACTIVE = frozenset(
    (
        Consequence.KEEPS_RUNNING,
        Consequence.IN_CONTAINER,
        Consequence.RECEIVES_TRAFFIC,
        Consequence.TAKES_NODE_PORT,
        Consequence.STILL_ACTS,
        Consequence.STILL_SELECTED,
    )
)
"""What acts on its own, beside what the manifest says."""


class Reader(Struct, frozen=True, kw_only=True):
    """An object that still uses a leftover key: as a variable of a container, or as a file in a volume."""

    kind: str
    name: str
    container: str = ""
    variable: str = ""


class Impact(Struct, frozen=True, kw_only=True):
    """What a leftover does. ``target`` is the object, with its key, that it reads, misses or overrides, or that selects
    by it; ``does`` is what metadata does, as a verb."""

    consequence: Consequence
    target: Target | None = None
    does: str = ""
    reader: Reader | None = None

    @property
    def effect(self) -> Effect:
        return _EFFECTS.get(self.consequence, Effect.DEGRADED)

    @property
    def severity(self) -> Severity:
        """An error for what dangles, overrides, blocks or acts on its own; a note for what does nothing."""
        if self.effect in (Effect.FATAL, Effect.SILENT_OVERRIDE) or self.consequence in _ACTIVE:
            return "error"
        return SEVERITY[self.effect]


class Leftover(Struct, frozen=True, kw_only=True):
    """A field that will stay in the live object although the manifest does not have it.

    ``shown`` is its path as reports have it. ``owners`` are the entries that keep it; none where nobody owns it. ``reads``
    is what it refers to, and ``target`` the same when that will not resolve; ``certain`` is False where that depends
    on what is not known.
    """

    path: FieldPath
    shown: str
    span: Span
    owners: tuple[ManagedFieldsEntry, ...]
    field: FieldName
    impact: Impact
    container: str = ""
    target: Target | None = None
    target_span: Span | None = None
    certain: bool = True
    reads: Target | None = None

    @property
    def effect(self) -> Effect:
        return self.impact.effect

    @property
    def severity(self) -> Severity:
        """That of its impact; a warning where that is not certain: a reference whose target nothing proves to be
        absent, and a plain field of which it is not known that anybody but a controller or the server set it."""
        severity = self.impact.severity
        return "warning" if severity == "error" and not self._is_certain else severity

    @property
    def _is_certain(self) -> bool:
        if self.impact.consequence is Consequence.OLD_VALUE:
            return any(role(entry) not in (Role.CONTROLLER, Role.CONTROL_PLANE) for entry in self.owners)
        return self.certain


def worst_first(left: Leftover) -> int:
    """A key that sorts leftovers by severity, what dangles before the rest."""
    return 2 * SEVERITIES.index(left.severity) + (left.target is None)


class FieldChange(Struct, frozen=True):
    """A field that has another value after the apply."""

    path: FieldPath
    old: Json
    new: Json


class Removal(Struct, frozen=True, kw_only=True):
    """A field that the apply removes. ``setters`` are the entries of others that own it. ``unrecorded`` is whether it
    was neither recorded by anybody nor in the manifest of an earlier apply, ``wanted`` whether the manifest has it.
    ``default`` is what the server sets in its place. ``does`` is what follows."""

    path: FieldPath
    old: Json
    setters: tuple[ManagedFieldsEntry, ...]
    unrecorded: bool
    wanted: bool
    default: Maybe
    does: str


class FieldChanges(Struct, frozen=True, kw_only=True):
    """What a predicted apply changes in the live object: fields that it adds, changes and removes, without what the
    server fills in again and notes of tools."""

    added: tuple[FieldPath, ...] = ()
    changed: tuple[FieldChange, ...] = ()
    removed: tuple[Removal, ...] = ()


class DryRunOutcome(Struct, frozen=True):
    """What the API server answers to the apply as a dry run: why it refuses it, or the fields in which the object that it
    would store differs from the predicted one."""

    refused: str = ""
    differs: tuple[FieldPath, ...] = ()


class ObjectAudit(Struct, frozen=True, kw_only=True):
    """A live object, its manifest, who applies it, and the predicted outcome.

    ``applier_named`` is whether the user named the applier; else it was inferred from managedFields, or from the
    label or annotation ``applier_mark``. ``old`` is the manifest of the old release, where that is ``old_known`` and has
    the object. ``option`` is the label or annotation that changes how the tool applies this object.
    ``answer`` is what the API server says of the apply, where it was asked.
    """

    live: LiveObject
    manifest: Manifest | None = None
    applier: Applier | None = None
    prediction: Prediction | None = None
    leftovers: tuple[Leftover, ...] = ()
    causes: tuple[str, ...] = ()
    applier_named: bool = False
    applier_mark: str = ""
    old: Manifest | None = None
    old_known: bool = False
    option: ApplyOption | None = None
    changes: FieldChanges = FieldChanges()  # frozen
    answer: DryRunOutcome | None = None

    @property
    def is_skipped(self) -> bool:
        """Whether the applier leaves the object alone, because the object says so."""
        return self.option is not None and self.option.skip

    @property
    def prunes(self) -> bool:
        """Whether the apply removes fields by comparing with an earlier one: neither a replace nor no apply at all."""
        return not self.is_skipped and (self.applier is None or self.applier.method is not Method.REPLACE)

    @property
    def is_refused(self) -> bool:
        """Whether the API server will refuse the apply, as predicted or as it says itself."""
        answer, prediction = self.answer, self.prediction
        if answer is not None:
            return bool(answer.refused)
        return prediction is not None and prediction.refused is not None

    @property
    def is_deleted(self) -> bool:
        """Whether the apply deletes the object: the old release has it, and the new manifests do not."""
        dropped = self.manifest is None and self.old is not None
        return dropped and self.applier is not None and self.applier.deletes(self.live.value)

    @property
    def needs_release(self) -> bool:
        """Whether the applier compares with the manifests of its old release."""
        return self.applier is not None and self.applier.needs_release

    @property
    def server_side(self) -> bool:
        """Whether the apply is, as far as is known, a server-side one."""
        return self.applier is None or self.applier.server_side

    @property
    def record_hidden(self) -> bool:
        """Whether the dump does not show who owns what, and that decides what an apply leaves."""
        return self.server_side and self.live.record is RecordState.ABSENT

    @property
    def manager(self) -> str:
        """The field manager that will apply; empty where none is known."""
        return "" if self.applier is None else self.applier.manager

    @property
    def apply_entry(self) -> ManagedFieldsEntry | None:
        """The Apply entry of the manager that will apply."""
        own = (entry for entry in self.live.main if self.is_applier_entry(entry))
        return next((entry for entry in own if entry.operation == APPLY), None)

    def is_applier_entry(self, entry: ManagedFieldsEntry) -> bool:
        """Whether an entry carries the applier's name, whatever its operation."""
        return self.applier is not None and entry.manager == self.applier.manager

    @property
    def harmful(self) -> list[Leftover]:
        """The leftovers that have an effect."""
        return [leftover for leftover in self.leftovers if leftover.effect is not Effect.IGNORED]

    @property
    def is_written(self) -> bool:
        """Whether the apply is predicted to succeed."""
        return self.prediction is not None and self.prediction.written is not None

    @property
    def is_managed(self) -> bool:
        """Whether the object comes from manifests: one was given, or a tool that applies them owns something."""
        return self.manifest is not None or any(role(entry) is Role.APPLIER for entry in self.live.main)
