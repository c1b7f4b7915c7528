"""What an apply by a tool does to a live object: its migrations, its apply, and what a client-side patch does instead.

What is particular to a tool is data, see :mod:`cnilint.ssa.appliers.model`.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from cnilint.ssa.appliers.clientside import three_way, two_way
from cnilint.ssa.appliers.migrate import absorb, find_owners, upgrade_client_side
from cnilint.ssa.appliers.model import Applier, Method, Migration, applied_as
from cnilint.ssa.fieldpath.fields import FieldPath, path_set
from cnilint.ssa.managedfields.defaults import restore_defaults
from cnilint.ssa.managedfields.endpoint import Endpoint, resource
from cnilint.ssa.managedfields.entries import (
    APPLY,
    UPDATE,
    EntriesError,
    ManagedFieldsEntry,
    decode_entries,
    managed_fields_of,
    with_entries,
    without_entries,
)
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED, last_applied, recorded_text
from cnilint.ssa.managedfields.preconditions import unconditional
from cnilint.ssa.managedfields.refusals import ApplyRefused
from cnilint.ssa.managedfields.server import WriteResult, apply, update
from cnilint.ssa.predict import (
    TOO_DEEP,
    Prediction,
    judge_write,
    no_prediction,
    predict,
    recreated,
    unsupported,
)
from cnilint.ssa.schema.kinds import Kinds, kinds
from cnilint.ssa.schema.schema import deduced_type
from cnilint.ssa.typed.typed import TypedError, as_object, remove
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at

_ANNOTATION: FieldPath = ("f:metadata", "f:annotations", f"f:{LAST_APPLIED}")


def perform(
    tool: Applier,
    live: JsonObject | None,
    desired: JsonObject,
    *,
    manager: str | None = None,
    force: bool | None = None,
    previous: JsonObject | None = None,
    schema: Kinds | None = None,
    now: str | None = None,
) -> Prediction:
    """Predict what a tool's apply of ``desired`` does to ``live``, with its migrations and by the options of the object.

    ``manager`` and ``force`` override the tool's defaults. ``previous`` is the old manifest for a tool that
    compares with its last release, None where that release does not have the object; kubectl's annotation is
    read from the live object.
    """
    tool, option = applied_as(tool.named(manager or tool.manager), desired, live)
    if option is not None and option.skip:
        return no_prediction(f"the tool does not apply an object with {option.text}")
    run = _Run(tool=tool, force=tool.force if force is None else force, kinds=schema or kinds(), now=now)
    desired = with_tracking_marks(tool, live, desired)
    try:
        prediction = _applied(run, live, desired, previous)
    except ApplyRefused as refused:
        prediction = Prediction(written=None, pruned=(), kept=(), refused=refused, uncovered=())
    except RecursionError:
        return no_prediction(TOO_DEEP)
    if live is not None and _is_recreated(tool, prediction):
        return recreated(run.endpoint(desired), live, _applied(run, None, desired, previous))
    return prediction


def _applied(
    run: "_Run", live: JsonObject | None, desired: JsonObject, previous: JsonObject | None
) -> Prediction:
    if run.tool.method is Method.CLIENT_SIDE:
        return _client_side(run, live, desired, previous)
    return (
        _replaced(run, live, desired)
        if run.tool.method is Method.REPLACE
        else _server_side(run, live, desired)
    )


_RECREATED = frozenset((409, 422))
"""The answers after which a tool that may do so deletes and creates the object (fluxcd/pkg ``errors.IsImmutableError``)."""


def _is_recreated(tool: Applier, prediction: Prediction) -> bool:
    if not tool.recreate:
        return False
    if tool.method is Method.REPLACE:
        return True
    return prediction.refused is not None and prediction.refused.status in _RECREATED


def _replaced(run: "_Run", live: JsonObject | None, desired: JsonObject) -> Prediction:
    """A PUT of the whole manifest: what it does not have goes, whoever owns it."""
    reason = unsupported(live, text_at(desired, "apiVersion"), text_at(desired, "kind"))
    if reason is not None:
        return no_prediction(reason)
    endpoint = run.endpoint(desired)
    value = desired if live is None else _as_stored(endpoint, without_entries(live), desired)
    return judge_write(endpoint, live, desired, update(endpoint, live, value, run.tool.manager, run.now))


class _Run(Struct, frozen=True, kw_only=True):
    """One run of a tool: whether conflicts are forced, against which kinds, when."""

    tool: Applier
    force: bool
    kinds: Kinds
    now: str | None

    def predict(self, live: JsonObject | None, desired: JsonObject) -> Prediction:
        """A server-side apply of this run."""
        return predict(
            live, desired, manager=self.tool.manager, force=self.force, schema=self.kinds, now=self.now
        )

    def endpoint(self, value: JsonObject) -> Endpoint:
        """Where an object is written to."""
        return resource(self.kinds, text_at(value, "apiVersion"), text_at(value, "kind"))


def _server_side(run: _Run, live: JsonObject | None, desired: JsonObject) -> Prediction:
    if live is None:
        return run.predict(live, desired)
    before = [migration for migration in run.tool.migrations if not migration.after]
    value = live
    if before or run.tool.strip:
        value = _prepared(run, before, live, desired)
    after = next((migration for migration in run.tool.migrations if migration.after), None)
    if after is not None:
        return _migrated_after(run, after, live, value, desired)
    prediction = run.predict(value, desired)
    return prediction if value is live else _against(run, live, desired, prediction)


def with_tracking_marks(tool: Applier, live: JsonObject | None, desired: JsonObject) -> JsonObject:
    """The manifest as the tool sends it: with the labels and annotations that the live object shows it to add."""
    out = desired
    for path in tool.marks:
        _, holder, name = (step[2:] for step in path)
        value = at(live, "metadata", holder, name)
        if value is not None and at(out, "metadata", holder, name) is None:
            out = _with_metadata(out, holder, name, value)
    return out


def _with_metadata(value: JsonObject, holder: str, name: str, text: Json) -> JsonObject:
    """The object with a label or an annotation."""
    metadata = as_object(at(value, "metadata"))
    members: JsonObject = {**as_object(metadata.get(holder)), name: text}
    return {**value, "metadata": {**metadata, holder: members}}


def _prepared(
    run: _Run, migrations: Sequence[Migration], live: JsonObject, desired: JsonObject
) -> JsonObject:
    """The live object after the tool moved ownership and stripped its fields, by a patch of its own."""
    try:
        entries = decode_entries(managed_fields_of(live))
    except EntriesError:
        return live
    moved = entries
    for migration in migrations:
        moved = _moved(run, migration, moved, text_at(desired, "apiVersion"))
    endpoint = run.endpoint(live)
    strip = run.tool.strip
    bare = remove(without_entries(live), path_set(*strip), endpoint.type) if strip else live
    stripped = bare if isinstance(bare, dict) else live
    if moved == entries and stripped == without_entries(live):
        return live
    return update(endpoint, live, with_entries(stripped, moved), run.tool.manager, run.now).object


def _moved(
    run: _Run, migration: Migration, entries: Sequence[ManagedFieldsEntry], api_version: str
) -> list[ManagedFieldsEntry]:
    if migration.how == "absorb":
        matches = migration.matches
        return absorb(
            entries, lambda entry: any(m(entry) for m in matches), run.tool.manager, api_version, run.now
        )
    names = migration.managers or tuple(
        dict.fromkeys(e.manager for e in find_owners(entries, UPDATE, [migration.owners_of]))
    )
    return upgrade_client_side(entries, names, run.tool.manager)


def _migrated_after(
    run: _Run, migration: Migration, live: JsonObject, prepared: JsonObject, desired: JsonObject
) -> Prediction:
    """Apply to the ``prepared`` object, hand over what client-side appliers owned, and apply again where that
    changed something.

    Where the second apply is refused, the tool warns and leaves it at that.
    """
    first = run.predict(prepared, desired)
    if first.written is None:
        return first
    endpoint = run.endpoint(desired)
    value = first.written.object
    if run.tool.annotation_manager:
        value = _with_annotation_kept(endpoint, value, run.tool.annotation_manager, run.now)
    entries = decode_entries(managed_fields_of(value))
    moved = _moved(run, migration, entries, endpoint.api_version)
    notes = first.uncovered
    if moved != entries:
        second = run.predict(with_entries(value, moved), desired)
        if second.refused is None:
            return _against(run, live, desired, second)
        notes = (*notes, _AGAIN.format(second.refused.message))
    written = WriteResult(without_entries(value), tuple(moved))
    return judge_write(endpoint, live, desired, written, notes)


_AGAIN = (
    "the tool applies again after taking over old ownership, which is refused and left for the next time: {}"
)


def _with_annotation_kept(endpoint: Endpoint, value: JsonObject, keeper: str, now: str | None) -> JsonObject:
    """kubectl's annotation applied by a manager of its own, where no Apply entry owns it."""
    annotation = text_at(value, "metadata", "annotations", LAST_APPLIED)
    entries = decode_entries(managed_fields_of(value))
    if not annotation or find_owners(entries, APPLY, [_ANNOTATION]):
        return value
    names = {name: text_at(value, "metadata", name) for name in ("name", "namespace")}
    metadata: JsonObject = {name: text for name, text in names.items() if text}
    config: JsonObject = {
        "apiVersion": endpoint.api_version,
        "kind": endpoint.kind,
        "metadata": {**metadata, "annotations": {LAST_APPLIED: annotation}},
    }
    try:
        return apply(endpoint, value, config, keeper, force=False, now=now).object
    except ApplyRefused:
        return value


def _against(run: _Run, live: JsonObject, desired: JsonObject, prediction: Prediction) -> Prediction:
    """The prediction seen from the object as it was before the tool began."""
    if prediction.written is None:
        return prediction
    judged = judge_write(run.endpoint(desired), live, desired, prediction.written)
    return replace(judged, uncovered=prediction.uncovered)


def _client_side(
    run: _Run, live: JsonObject | None, desired: JsonObject, previous: JsonObject | None
) -> Prediction:
    """A patch that the client computes from its previous manifest, the live object and the new manifest."""
    reason = unsupported(live, text_at(desired, "apiVersion"), text_at(desired, "kind"))
    if reason is not None:
        return no_prediction(reason)
    endpoint = run.endpoint(desired)
    if run.tool.previous == "last-applied":
        previous, desired = last_applied(live), _with_last_applied(desired)
    notes: list[str] = []
    value = desired
    try:
        if live is not None:
            value, notes = _patched(run.tool, endpoint, without_entries(live), desired, previous)
            value = _as_stored(endpoint, live, value)
            refused = unconditional(endpoint, live, value)
            if refused is not None:
                return Prediction(written=None, pruned=(), kept=(), refused=refused, uncovered=tuple(notes))
        written = update(endpoint, live, value, run.tool.manager, run.now)
        return judge_write(endpoint, live, desired, written, notes)
    except TypedError as error:
        return no_prediction(f"the patch cannot be computed: {error}")
    except ApplyRefused as refused:
        return Prediction(written=None, pruned=(), kept=(), refused=refused, uncovered=tuple(notes))


def _patched(
    tool: Applier, endpoint: Endpoint, live: JsonObject, desired: JsonObject, previous: JsonObject | None
) -> tuple[JsonObject, list[str]]:
    """The live object after the client's patch, and what the prediction does not cover of it."""
    notes = [] if previous is not None else [_DELETES_NOTHING[tool.previous]]
    if _is_two_way(tool, endpoint):
        # A tool that takes an object over, with no old manifest of it, compares the new one with itself.
        return two_way(desired if previous is None else previous, live, desired), [_TWO_WAY, *notes]
    shape = endpoint.type if endpoint.builtin else deduced_type()
    return three_way(previous or {}, live, desired, shape), notes


def _is_two_way(tool: Applier, endpoint: Endpoint) -> bool:
    """Whether the tool has no Go struct of the kind, and then compares its two manifests alone."""
    kind = f"{endpoint.api_version} {endpoint.kind}"
    return tool.two_way and not endpoint.builtin and kind not in tool.structs


def _as_stored(endpoint: Endpoint, live: JsonObject, value: JsonObject) -> JsonObject:
    """A patched object with the defaults that the server fills in again."""
    if endpoint.builtin:
        value = as_object(restore_defaults(live, value, endpoint.type))
    return _without_empty_metadata(value)


def _without_empty_metadata(value: JsonObject) -> JsonObject:
    """The object as it is stored: metadata is a Go struct of custom resources too, which leaves empty maps out."""
    metadata = at(value, "metadata")
    if not isinstance(metadata, dict) or {} not in metadata.values():
        return value
    return {**value, "metadata": {name: member for name, member in metadata.items() if member != {}}}


_TWO_WAY = (
    "a custom resource is patched with what differs between the old manifest and the new one: "
    "whatever else was changed in the cluster stays"
)
_DELETES_NOTHING = {
    "last-applied": "the live object has no last-applied annotation: the client deletes no field",
    "release": "the old release does not have the object: the client deletes no field of it, and refuses it "
    "unless it carries the marks of the release",
}


def _with_last_applied(desired: JsonObject) -> JsonObject:
    # The annotation is recorded in an object that has annotations, though it may be none.
    held = _with_metadata(desired, "annotations", LAST_APPLIED, "")
    return _with_metadata(desired, "annotations", LAST_APPLIED, recorded_text(held))
