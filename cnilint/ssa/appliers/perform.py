"""How the tools apply: under which name, by which method, and what they do to ownership first.

What is particular to a tool is data, in ``rules/ssa/appliers.json``: the default ``manager``; the ``method``,
server-side apply or a patch that the client computes (``client-side``, with the ``previous`` state it
compares with: kubectl's annotation or the old ``release`` of a package); whether conflicts are forced; how
ownership is ``migrate``-d, before the apply or after it with a second apply; fields that are stripped
before; and ``marks``, the labels and annotations that the tool adds to every manifest by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from cnilint.resources import json_data
from cnilint.ssa.appliers.clientside import three_way, two_way
from cnilint.ssa.appliers.migrate import absorb, find_owners, upgrade_client_side
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
from cnilint.ssa.managedfields.refusals import ApplyRefused
from cnilint.ssa.managedfields.server import WriteResult, apply, update
from cnilint.ssa.predict import TOO_DEEP, Prediction, judge_write, no_prediction, predict, unsupported
from cnilint.ssa.schema.kinds import Kinds, kinds
from cnilint.ssa.schema.schema import deduced_type
from cnilint.ssa.typed.typed import TypedError, as_list, as_object, remove
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at

_ANNOTATION: FieldPath = ("f:metadata", "f:annotations", f"f:{LAST_APPLIED}")


@dataclass(frozen=True, slots=True)
class ManagerMatch:
    """Writers of which a tool takes over the entries: by name or by the beginning of the name."""

    name: str
    prefix: bool
    operations: tuple[str, ...]

    def __call__(self, entry: ManagedFieldsEntry) -> bool:
        named = entry.manager.startswith(self.name) if self.prefix else entry.manager == self.name
        return named and entry.operation in self.operations


@dataclass(kw_only=True, frozen=True, slots=True)
class Migration:
    """How ownership is moved to the applier: ``upgrade`` as csaupgrade does, of the named managers or of
    those that own a path, or ``absorb`` every matching entry; before the apply, or after it with a second
    apply."""

    how: str
    after: bool
    managers: tuple[str, ...]
    owners_of: FieldPath
    matches: tuple[ManagerMatch, ...]


@dataclass(kw_only=True, frozen=True, slots=True)
class Applier:
    """A tool that applies manifests. ``previous`` is what a client-side patch is computed against:
    ``last-applied`` or ``release``; for kinds that the tool has no Go struct of, all custom resources beside
    ``structs``, the patch is ``two_way``. ``annotation_manager`` keeps kubectl's annotation for itself. An
    object of the old release that the new one does not have is deleted, unless it has the annotation ``keep``.
    """

    name: str
    manager: str
    server_side: bool
    force: bool
    migration: Migration | None
    strip: tuple[FieldPath, ...]
    previous: str
    annotation_manager: str
    source: str
    marks: tuple[FieldPath, ...] = ()
    two_way: bool = False
    structs: frozenset[str] = frozenset()
    keep: tuple[str, str] = ("", "")

    @property
    def needs_release(self) -> bool:
        """Whether the tool compares with the manifest of its old release, which no live object has."""
        return self.previous == "release"

    def deletes(self, live: JsonObject) -> bool:
        """Whether the tool deletes a live object that its old release has and the new one does not."""
        name, value = self.keep
        return self.needs_release and text_at(live, "metadata", "annotations", name) != value


def applier(name: str) -> Applier:
    """The tool of this name. Raises KeyError where none is known; see :func:`applier_names`."""
    return _appliers()[name]


def applier_names() -> tuple[str, ...]:
    """The tools that are known, in the order of the data."""
    return tuple(_appliers())


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
    """Predict what a tool's apply of ``desired`` does to ``live``, with its migrations.

    ``manager`` and ``force`` override the tool's defaults. ``previous`` is the old manifest for a tool that
    compares with its last release, None where that release does not have the object; kubectl's annotation is
    read from the live object.
    """
    run = _Run(
        tool=tool,
        manager=manager or tool.manager,
        force=tool.force if force is None else force,
        kinds=schema or kinds(),
        now=now,
    )
    desired = with_tracking_marks(tool, live, desired)
    try:
        if not tool.server_side:
            return _client_side(run, live, desired, previous)
        return _server_side(run, live, desired)
    except ApplyRefused as refused:
        return Prediction(written=None, pruned=(), kept=(), refused=refused, uncovered=())
    except RecursionError:
        return no_prediction(TOO_DEEP)


@dataclass(kw_only=True, frozen=True, slots=True)
class _Run:
    """One run of a tool: under which name, whether conflicts are forced, against which kinds, when."""

    tool: Applier
    manager: str
    force: bool
    kinds: Kinds
    now: str | None

    def predict(self, live: JsonObject | None, desired: JsonObject) -> Prediction:
        """A server-side apply of this run."""
        return predict(live, desired, manager=self.manager, force=self.force, schema=self.kinds, now=self.now)

    def endpoint(self, value: JsonObject) -> Endpoint:
        """Where an object is written to."""
        return resource(self.kinds, text_at(value, "apiVersion"), text_at(value, "kind"))


def _server_side(run: _Run, live: JsonObject | None, desired: JsonObject) -> Prediction:
    migration = run.tool.migration
    if live is None or migration is None:
        return run.predict(live, desired)
    if migration.after:
        return _migrated_after(run, migration, live, desired)
    prediction = run.predict(_prepared(run, migration, live, desired), desired)
    return _against(run, live, desired, prediction)


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


def _prepared(run: _Run, migration: Migration, live: JsonObject, desired: JsonObject) -> JsonObject:
    """The live object after the tool moved ownership and stripped its fields, by a patch of its own."""
    try:
        entries = decode_entries(managed_fields_of(live))
    except EntriesError:
        return live
    moved = _moved(run, migration, entries, text_at(desired, "apiVersion"))
    endpoint = run.endpoint(live)
    strip = run.tool.strip
    bare = remove(without_entries(live), path_set(*strip), endpoint.type) if strip else live
    stripped = bare if isinstance(bare, dict) else live
    if moved == entries and stripped == without_entries(live):
        return live
    return update(endpoint, live, with_entries(stripped, moved), run.manager, run.now).object


def _moved(
    run: _Run, migration: Migration, entries: Sequence[ManagedFieldsEntry], api_version: str
) -> list[ManagedFieldsEntry]:
    if migration.how == "absorb":
        matches = migration.matches
        return absorb(
            entries, lambda entry: any(m(entry) for m in matches), run.manager, api_version, run.now
        )
    names = migration.managers or tuple(
        dict.fromkeys(e.manager for e in find_owners(entries, UPDATE, [migration.owners_of]))
    )
    return upgrade_client_side(entries, names, run.manager)


def _migrated_after(run: _Run, migration: Migration, live: JsonObject, desired: JsonObject) -> Prediction:
    """Apply, hand over what client-side appliers owned, and apply again where that changed something.

    Where the second apply is refused, the tool warns and leaves it at that.
    """
    first = run.predict(live, desired)
    if first.written is None:
        return first
    endpoint = run.endpoint(desired)
    value = first.written.object
    if run.tool.annotation_manager and run.manager == run.tool.manager:
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
        written = update(endpoint, live, value, run.manager, run.now)
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
    return three_way(previous or {}, live, desired, shape), [_LIST_KEYS, *notes]


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
_LIST_KEYS = "the client's patch is put together by the list keys of the schema"


def _with_last_applied(desired: JsonObject) -> JsonObject:
    # The annotation is recorded in an object that has annotations, though it may be none.
    held = _with_metadata(desired, "annotations", LAST_APPLIED, "")
    return _with_metadata(desired, "annotations", LAST_APPLIED, recorded_text(held))


@lru_cache(maxsize=1)
def _appliers() -> dict[str, Applier]:
    data = json_data("rules/ssa/appliers.json")
    return {name: _applier(name, row) for name, row in data.items()}


def _applier(name: str, row: JsonObject) -> Applier:
    return Applier(
        name=name,
        manager=text_at(row, "manager"),
        server_side=text_at(row, "method") == "server-side",
        force=row["force"] is True,
        migration=_migration(row["migrate"]) if "migrate" in row else None,
        strip=tuple(_texts(path) for path in as_list(row.get("strip"))),
        previous=text_at(row, "previous"),
        annotation_manager=text_at(row, "annotation_manager"),
        source=text_at(row, "source"),
        marks=tuple(_texts(path) for path in as_list(row.get("marks"))),
        two_way=row.get("two_way") is True,
        structs=frozenset(_texts(row.get("structs"))),
        keep=(text_at(row, "keep", "annotation"), text_at(row, "keep", "value")),
    )


def _migration(row: Json) -> Migration:
    return Migration(
        how=text_at(row, "how"),
        after=text_at(row, "when") == "after",
        managers=_texts(at(row, "managers")),
        owners_of=_texts(at(row, "owners_of")),
        matches=tuple(_match(match) for match in as_list(at(row, "match"))),
    )


def _match(row: Json) -> ManagerMatch:
    prefix = text_at(row, "prefix")
    return ManagerMatch(prefix or text_at(row, "name"), bool(prefix), _texts(at(row, "operations")))


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(item) for item in as_list(value))
