"""What each apply will do to its live object, and which fields it leaves without a good reason."""

from dataclasses import dataclass, replace

from cnilint.ownership.inputs.desired import Manifest
from cnilint.ownership.inputs.live import LiveObject, RecordState
from cnilint.ownership.inputs.releases import OldManifests
from cnilint.ownership.predict.applier import InferredApplier
from cnilint.ownership.predict.leftovers import kept_fields
from cnilint.ssa.appliers.model import Applier, ApplyOption, applied_as, in_mode_of
from cnilint.ssa.appliers.perform import perform, with_tracking_marks
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED
from cnilint.ssa.predict import HIDDEN, KeptField, Prediction, predict
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import JsonObject, at, text_at


@dataclass(kw_only=True, frozen=True, slots=True)
class ApplyOutcome:
    """A live object, its manifest and that of the old release, who applies it, and what comes of it.

    ``option`` is the label or annotation that changes how the tool applies this object. ``old_known`` is whether it is
    known if the old release has the object; ``applier_mark`` the label or annotation that shows the tool. ``predictable``
    says that all is known that a prediction needs.
    """

    live: LiveObject
    manifest: Manifest | None
    applier: Applier | None
    applier_mark: str = ""
    old: Manifest | None = None
    old_known: bool = False
    prediction: Prediction | None = None
    kept: tuple[KeptField, ...] = ()
    option: ApplyOption | None = None
    predictable: bool = False

    @property
    def skipped(self) -> bool:
        """Whether the object itself says that the tool does not apply it."""
        return self.option is not None and self.option.skip

    @property
    def deleted(self) -> bool:
        """Whether the apply deletes the object: the old release has it, and the new manifests do not."""
        dropped = self.manifest is None and self.old is not None
        return dropped and self.applier is not None and self.applier.deletes(self.live.value)


def planned_apply(
    live: LiveObject,
    manifest: Manifest | None,
    inferred: InferredApplier | None,
    release: OldManifests,
) -> ApplyOutcome:
    """An apply, whose result is not predicted yet. ``release`` has the old manifests of those objects whose old release
    is known.

    It can be predicted with a manifest and an applier, over a record that can be decoded by a server-side apply, and
    with the old release for a tool that compares with it.
    """
    old = release.get(id(live.obj))
    outcome = ApplyOutcome(
        live=live,
        manifest=manifest,
        applier=None if inferred is None else inferred.tool,
        applier_mark="" if inferred is None else inferred.mark,
        old=old,
        old_known=id(live.obj) in release,
    )
    desired = manifest.value if manifest is not None else None
    if inferred is None or desired is None:
        return outcome
    tool, option = applied_as(in_mode_of(inferred.tool, live.entries), desired, live.value)
    outcome = replace(outcome, applier=tool, option=option)
    return replace(outcome, predictable=not outcome.skipped and _is_predictable(outcome))


def predicted_result(planned: ApplyOutcome, kinds: Kinds) -> tuple[Prediction, tuple[KeptField, ...]]:
    """What a predictable apply will do, and the fields that it leaves without a good reason."""
    live, tool = planned.live, planned.applier
    desired = planned.manifest.value if planned.manifest is not None else None
    assert tool is not None
    assert desired is not None
    previous = planned.old.compared if planned.old is not None else None
    prediction = simulate_apply(tool, live, live.value, desired, kinds, previous=previous)
    if live.record is RecordState.CLEARED:
        prediction = _without_doubt_about_record(prediction)
    return prediction, tuple(kept_fields(prediction, tool, live.value, kinds.type_of(live.value)))


def _without_doubt_about_record(prediction: Prediction) -> Prediction:
    """The prediction for an object that certainly has no record, and not only in its dump."""
    return replace(prediction, uncovered=tuple(note for note in prediction.uncovered if note != HIDDEN))


def _is_predictable(outcome: ApplyOutcome) -> bool:
    tool = outcome.applier
    if tool is None or not tool.needs_release:
        return tool is None or not tool.server_side or outcome.live.record is not RecordState.UNDECODABLE
    return outcome.old_known and (outcome.old is None or outcome.old.compared is not None)


def simulate_apply(
    tool: Applier,
    live: LiveObject,
    value: JsonObject,
    desired: JsonObject,
    kinds: Kinds,
    *,
    previous: JsonObject | None = None,
) -> Prediction:
    """What a tool's apply does to a live object, or to a ``value`` of it with another record. ``previous`` is the
    manifest of the old release, for a tool that compares with it."""
    if _is_plain(tool, live):
        sent = with_tracking_marks(tool, value, desired)
        decoded = value is live.value and live.record is not RecordState.UNDECODABLE
        entries = live.entries if decoded else None
        return predict(value, sent, manager=tool.manager, force=tool.force, schema=kinds, entries=entries)
    return perform(
        tool, value, desired, manager=tool.manager, force=tool.force, previous=previous, schema=kinds
    )


def sent_manifest(tool: Applier, live: LiveObject, desired: JsonObject) -> JsonObject | None:
    """What a tool sends to apply a manifest; None where it is more than one server-side apply."""
    return with_tracking_marks(tool, live.value, desired) if _is_plain(tool, live) else None


def _is_plain(tool: Applier, live: LiveObject) -> bool:
    """Whether the tool does nothing but a server-side apply here: it takes over no entry, strips no field and has no
    annotation of its own to look after."""
    if not tool.server_side or tool.recreate:
        return False
    if tool.annotation_manager and text_at(live.value, "metadata", "annotations", LAST_APPLIED):
        return False
    stripped = any(at(live.value, *(step[2:] for step in path)) is not None for path in tool.strip)
    return not stripped and not any(tool.migrates(entry) for entry in live.main)
