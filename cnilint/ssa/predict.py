"""What an apply will do to a live object: what it prunes, what it leaves behind and why, what is refused.

A prediction is made offline. It says in ``uncovered`` what it could not take into account for this object;
never covered are defaulting, admission webhooks, and what controllers do afterwards.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cnilint.ssa.fieldpath.fields import FieldPath, Fields, has, subset
from cnilint.ssa.managedfields.defaults import is_default
from cnilint.ssa.managedfields.endpoint import Endpoint, resource
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry, without_entries
from cnilint.ssa.managedfields.metadata import metadata_fields
from cnilint.ssa.managedfields.preconditions import outdated
from cnilint.ssa.managedfields.refusals import ApplyRefused, ConflictRefused
from cnilint.ssa.managedfields.server import WriteResult, apply
from cnilint.ssa.managedfields.validity import refusal
from cnilint.ssa.schema.kinds import Kinds, kinds
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, Absent, Maybe, as_list, as_object, elements
from cnilint.ssa.typed.validate import validate
from cnilint.ssa.typed.values import Json, JsonObject, at, equal, text_at


class Reason(StrEnum):
    """Why a field that the manifest does not have stays."""

    OWNED = "owned"
    UNOWNED = "unowned"
    DEFAULT = "default"


class KeptField(Struct, frozen=True, kw_only=True):
    """A field, list item or map key that the result has and the manifest does not.

    ``owners`` are the entries after the write that own it or something in it. ``DEFAULT`` is a known default
    or a field that the server sets; ``UNOWNED`` was never owned or lost its owner, so that no apply removes
    it.
    """

    path: FieldPath
    value: Json
    reason: Reason
    owners: tuple[ManagedFieldsEntry, ...] = ()


class Prediction(Struct, frozen=True, kw_only=True):
    """The outcome of a write. ``written`` is None where the server refuses it (``refused`` says how) or where
    it cannot be predicted (``uncovered`` says why)."""

    written: WriteResult | None
    pruned: tuple[FieldPath, ...]
    kept: tuple[KeptField, ...]
    refused: ApplyRefused | None
    uncovered: tuple[str, ...]

    @property
    def conflicts(self) -> dict[str, Fields]:
        """The paths in conflict by the text of the owning writer; empty where none hinders the apply."""
        if not isinstance(self.refused, ConflictRefused):
            return {}
        return {identity.text: fields for identity, fields in self.refused.conflicts.items()}

    @property
    def leftovers(self) -> tuple[KeptField, ...]:
        """What stays without being a default."""
        return tuple(kept for kept in self.kept if kept.reason is not Reason.DEFAULT)


class _Request(Struct, frozen=True, kw_only=True):
    """Who applies, and how: the arguments of :func:`predict`."""

    manager: str
    force: bool
    now: str | None
    entries: Sequence[ManagedFieldsEntry] | None


def predict(
    live: JsonObject | None,
    desired: JsonObject,
    *,
    manager: str,
    force: bool = False,
    schema: Kinds | None = None,
    now: str | None = None,
    entries: Sequence[ManagedFieldsEntry] | None = None,
) -> Prediction:
    """Predict a server-side apply of ``desired`` by ``manager`` over ``live`` (None: the object is not
    there).

    ``schema`` are the kinds of the cluster's release, by default the newest; ``now`` is the time to be
    booked. ``entries`` is the record of ``live``, for a caller who has decoded it already.
    """
    request = _Request(manager=manager, force=force, now=now, entries=entries)
    try:
        return _predicted(live, desired, schema or kinds(), request)
    except RecursionError:
        return no_prediction(TOO_DEEP)


def no_prediction(*reasons: str) -> Prediction:
    """The prediction that there can be none."""
    return Prediction(written=None, pruned=(), kept=(), refused=None, uncovered=reasons)


def judge_write(
    endpoint: Endpoint,
    live: JsonObject | None,
    desired: JsonObject,
    written: WriteResult,
    notes: Sequence[str] = (),
) -> Prediction:
    """The prediction for a write whose result is known: what it removed and left, and whether it is valid."""
    notes = [*notes, *map(_foreign_note, written.foreign)]
    before = None if live is None else without_entries(live)
    pruned = (
        ()
        if before is None
        else tuple(path for path, _ in extra_fields(before, written.value, endpoint.type))
    )
    kept = () if before is None else tuple(_kept(endpoint, before, desired, written))
    refused = _precondition(live, desired) or refusal(endpoint, before, written.value)
    return Prediction(
        written=None if refused else written,
        pruned=pruned,
        kept=kept,
        refused=refused,
        uncovered=tuple(notes),
    )


def _precondition(live: JsonObject | None, desired: JsonObject) -> ApplyRefused | None:
    return None if live is None else outdated(live, desired)


def recreated(endpoint: Endpoint, live: JsonObject, created: Prediction) -> Prediction:
    """The prediction for an object that is deleted and created: of the live one nothing stays."""
    if created.written is None:
        return created
    before = without_entries(live)
    pruned = tuple(path for path, _ in extra_fields(before, created.written.value, endpoint.type))
    return replace(created, pruned=pruned, kept=(), uncovered=(*created.uncovered, _RECREATED))


_RECREATED = "the object is deleted and created again"
TOO_DEEP = "the objects are nested too deep"
HIDDEN = (
    "the live object shows no managedFields and is taken to have none; "
    "where the dump hides them, the prediction is void"
)


def unsupported(live: JsonObject | None, api_version: str, kind: str) -> str | None:
    """Why a write of this kind over this object cannot be predicted; None where it can."""
    if not api_version or not kind:
        return "the manifest names no apiVersion or kind"
    if live is None:
        return None
    at_version = text_at(live, "apiVersion")
    if at_version != api_version or text_at(live, "kind") != kind:
        return f"the live object was read at {at_version} and the manifest is at {api_version}: no converter"
    return None


def extra_fields(
    value: Json, other: Maybe, schema_type: Type, path: FieldPath = ()
) -> Iterator[tuple[FieldPath, Json]]:
    """What a value has and another has not: leaves, free map keys and list items, whole and outermost; nothing of
    what the server sets itself."""
    # A comparison of the whole is much faster than the walk, and most parts are equal.
    if value is other or value == other:
        return
    if isinstance(value, dict) and (struct := schema_type.granular_map) is not None:
        yield from _extra_members(value, as_object(other), struct, path)
    elif isinstance(value, list) and (items := schema_type.granular_list) is not None:
        yield from _extra_items(value, as_list(other), items, path)
    elif isinstance(other, Absent) and value not in _EMPTY:
        yield path, value


_EMPTY: tuple[Json, ...] = (None, {}, [])


def changed_fields(
    before: Json, after: Json, schema_type: Type, path: FieldPath = ()
) -> Iterator[tuple[FieldPath, Json, Json]]:
    """The fields that two values both have, and differ in: path, old and new value."""
    if before is after:
        return
    if (
        isinstance(before, dict)
        and isinstance(after, dict)
        and (struct := schema_type.granular_map) is not None
    ):
        yield from _changed_members(before, after, struct, path)
    elif (
        isinstance(before, list)
        and isinstance(after, list)
        and (items := schema_type.granular_list) is not None
    ):
        yield from _changed_items(before, after, items, path)
    elif not equal(before, after):
        yield path, before, after


def _predicted(live: JsonObject | None, desired: JsonObject, known: Kinds, request: _Request) -> Prediction:
    api_version, kind = text_at(desired, "apiVersion"), text_at(desired, "kind")
    reason = unsupported(live, api_version, kind)
    if reason is not None:
        return no_prediction(reason)
    endpoint = resource(known, api_version, kind)
    notes = [] if known.find(api_version, kind) is not None else [_no_schema(api_version, kind)]
    if live is not None:
        notes += [] if "managedFields" in as_object(at(live, "metadata")) else [HIDDEN]
        desired = _in_scope_of(live, desired)
    try:
        written = apply(
            endpoint,
            live,
            desired,
            request.manager,
            request.force,
            now=request.now,
            entries=request.entries,
        )
    except ApplyRefused as refused:
        return _refused(refused, live, endpoint, known, notes)
    return judge_write(endpoint, live, desired, written, notes)


def _refused(
    refused: ApplyRefused, live: JsonObject | None, endpoint: Endpoint, known: Kinds, notes: Sequence[str]
) -> Prediction:
    misfit = None if live is None or refused.status != 500 else _misfit(live, endpoint, known)
    if misfit is not None:
        return no_prediction(*notes, misfit)
    return Prediction(written=None, pruned=(), kept=(), refused=refused, uncovered=tuple(notes))


def _in_scope_of(live: JsonObject, desired: JsonObject) -> JsonObject:
    """The manifest without a namespace where the object belongs to the whole cluster: the server takes it away."""
    metadata = at(desired, "metadata")
    if (
        text_at(live, "metadata", "namespace")
        or not isinstance(metadata, dict)
        or "namespace" not in metadata
    ):
        return desired
    return {**desired, "metadata": {name: value for name, value in metadata.items() if name != "namespace"}}


def _misfit(live: JsonObject, endpoint: Endpoint, known: Kinds) -> str | None:
    """Why a stored object cannot be read with the schema at hand, which is then of another release."""
    problems = validate(without_entries(live), endpoint.type, repeated_items=True)
    if not problems:
        return None
    return f"the live object does not fit the schema of Kubernetes {known.release}: {problems[0]}"


def _no_schema(api_version: str, kind: str) -> str:
    return f"no schema of {api_version} {kind}: its lists are taken as atomic, its maps as granular"


def _foreign_note(entry: ManagedFieldsEntry) -> str:
    return (
        f"the entry of {entry.identity.text} is at {entry.api_version}: without a converter, "
        "what it owns was not taken into account"
    )


def _kept(
    endpoint: Endpoint, live: JsonObject, desired: JsonObject, written: WriteResult
) -> Iterator[KeptField]:
    entries = [*written.entries, *written.foreign]
    for path, value in extra_fields(written.value, desired, endpoint.type):
        owners = tuple(entry for entry in entries if _owns(entry.fields, path))
        if owners:
            yield KeptField(path=path, value=value, reason=Reason.OWNED, owners=owners)
        elif is_default(path, value, endpoint.type):
            yield KeptField(path=path, value=value, reason=Reason.DEFAULT)
        else:
            yield KeptField(path=path, value=value, reason=Reason.UNOWNED)


def _owns(fields: Fields, path: FieldPath) -> bool:
    """Whether a set has the path or something below it."""
    return has(fields, path) or bool(subset(fields, path))


def _extra_members(
    value: JsonObject, other: JsonObject, struct: MapType, path: FieldPath
) -> Iterator[tuple[FieldPath, Json]]:
    server_fields = metadata_fields().server
    for name, member in value.items():
        child = struct.child(name)
        below = other.get(name, ABSENT)
        if child is None:
            if isinstance(below, Absent):
                yield (*path, f"f:{name}"), member
            continue
        if child.only == "scalar" and not isinstance(below, Absent):
            continue
        step = (*path, f"f:{name}")
        if step not in server_fields:
            yield from extra_fields(member, below, child, step)


def _extra_items(
    value: list[Json], other: list[Json], list_type: ListType, path: FieldPath
) -> Iterator[tuple[FieldPath, Json]]:
    theirs = dict(zip(elements(list_type, other), other, strict=True))
    for element, item in zip(elements(list_type, value), value, strict=True):
        if element in theirs:
            yield from extra_fields(item, theirs[element], list_type.element, (*path, element))
        else:
            yield (*path, element), item


def _changed_members(
    before: JsonObject, after: JsonObject, struct: MapType, path: FieldPath
) -> Iterator[tuple[FieldPath, Json, Json]]:
    # Not the intersection of the keys, whose order differs from run to run.
    for name in (name for name in before if name in after):
        child, step = struct.child(name), (*path, f"f:{name}")
        if child is not None and step not in metadata_fields().server:
            yield from changed_fields(before[name], after[name], child, step)


def _changed_items(
    before: list[Json], after: list[Json], list_type: ListType, path: FieldPath
) -> Iterator[tuple[FieldPath, Json, Json]]:
    theirs = dict(zip(elements(list_type, after), after, strict=True))
    for element, item in zip(elements(list_type, before), before, strict=True):
        if element in theirs:
            yield from changed_fields(item, theirs[element], list_type.element, (*path, element))
