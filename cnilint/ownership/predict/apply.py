"""What each apply will do to its live object, and which fields it leaves without a good reason."""

from msgspec.structs import replace

from cnilint.ownership.inputs.desired import Manifest
from cnilint.ownership.inputs.live import LiveObject, RecordState
from cnilint.ownership.inputs.releases import OldManifests
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import InferredApplier
from cnilint.ownership.predict.leftovers import kept_fields
from cnilint.ssa.appliers.model import Applier, applied_as, in_mode_of
from cnilint.ssa.appliers.perform import perform, with_tracking_marks
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED
from cnilint.ssa.predict import HIDDEN, KeptField, Prediction, predict
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import JsonObject, at, text_at


def planned_apply(
    live: LiveObject,
    manifest: Manifest | None,
    inferred: InferredApplier | None,
    release: OldManifests,
    *,
    named: bool,
) -> ObjectAudit:
    """The audit of an object whose apply is not predicted yet. ``release`` has the old manifests of those objects whose
    old release is known; ``named`` is whether the user named the applier."""
    desired = manifest.value if manifest is not None else None
    audit = ObjectAudit(
        live=live,
        manifest=manifest,
        applier=None if inferred is None else inferred.tool,
        applier_named=named,
        applier_mark="" if inferred is None else inferred.mark,
        old=release.get(id(live.obj)),
        old_known=id(live.obj) in release,
    )
    if inferred is None or desired is None:
        return audit
    tool, option = applied_as(in_mode_of(inferred.tool, live.entries), desired, live.value)
    return replace(audit, applier=tool, option=option)


def is_predictable(planned: ObjectAudit) -> bool:
    """Whether all is known that a prediction needs: a manifest and an applier, a record that can be decoded for a
    server-side apply, and the old release for a tool that compares with it."""
    tool, manifest = planned.applier, planned.manifest
    if tool is None or manifest is None or manifest.value is None or planned.is_skipped:
        return False
    if tool.needs_release:
        return planned.old_known and (planned.old is None or planned.old.compared is not None)
    return not tool.server_side or planned.live.record is not RecordState.UNDECODABLE


def predicted_result(planned: ObjectAudit, kinds: Kinds) -> tuple[Prediction, tuple[KeptField, ...]]:
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
