"""What the API server does around structured-merge-diff when it handles a write.

Defaulting, admission webhooks and the strategies that fill in fields by themselves (generations, cluster
addresses) are not simulated, and neither is the conversion between API versions.

Sources: apimachinery ``pkg/util/managedfields/internal`` (fieldmanager, skipnonapplied, stripmeta,
capmanagers, managedfieldsupdater, lastapplied*, conflict, scalehandler), Kubernetes 1.36.2 registry
strategies (GetResetFields); behaviour observed on a real kube-apiserver 1.36.2.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from cnilint.ssa.fieldpath.fields import EMPTY, Fields, difference, path_set, union
from cnilint.ssa.managedfields.defaults import with_conversion_defaults
from cnilint.ssa.managedfields.endpoint import Endpoint
from cnilint.ssa.managedfields.entries import (
    APPLY,
    UPDATE,
    EntriesError,
    ManagedFieldsEntry,
    ManagerIdentity,
    apply_identity,
    decode_entries,
    entries_of,
    epoch_seconds,
    is_reset,
    managed_fields_of,
    owners,
    update_identity,
    with_entries,
    without_entries,
)
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED, raise_disagreement, with_last_applied
from cnilint.ssa.managedfields.metadata import metadata_fields
from cnilint.ssa.managedfields.refusals import ApplyRefused, Cause, ConflictRefused
from cnilint.ssa.merge.updater import Conflicts, MissingVersion, Owned, Typed, Updater
from cnilint.ssa.schema.kinds import group_version
from cnilint.ssa.typed.typed import ABSENT, Maybe, TypedError, as_object
from cnilint.ssa.typed.validate import validate
from cnilint.ssa.typed.values import JsonObject, at, text_at

BEFORE_FIRST_APPLY = "before-first-apply"
ANCIENT_CHANGES = "ancient-changes"
_SELF = ManagerIdentity(manager="current-operation", operation=UPDATE)


class WriteResult(Struct, frozen=True):
    """The object after a write, with its entries; ``foreign`` entries are at served versions that could not
    be converted: they are kept as they were, and what they own was not taken into account."""

    value: JsonObject
    entries: tuple[ManagedFieldsEntry, ...]
    foreign: tuple[ManagedFieldsEntry, ...] = ()

    @property
    def object(self) -> JsonObject:
        """The object with its record of managers."""
        return with_entries(self.value, (*self.entries, *self.foreign))


def apply(
    endpoint: Endpoint,
    live: JsonObject | None,
    config: JsonObject,
    manager: str,
    force: bool,
    now: str | None = None,
    entries: Sequence[ManagedFieldsEntry] | None = None,
) -> WriteResult:
    """A server-side apply. ``live`` is None where the object does not exist; ``now`` is the time to be
    booked, as in an entry, None for none. ``entries`` is the record of ``live`` where it is decoded already.

    Raises ApplyRefused where the server refuses the request before validation.
    """
    _check_config(endpoint, config)
    old = endpoint.empty() if live is None else live
    if entries is None:
        entries = _decoded_live(old)
    old = without_entries(old)
    _check_versions(endpoint, entries)
    known, foreign = _by_version(endpoint, entries)
    if live is not None and not entries:
        known = list(update(endpoint, None, old, BEFORE_FIRST_APPLY, now).entries)
    identity = apply_identity(manager, endpoint.subresource)
    merge = _merged_by_kubectl if manager == _KUBECTL else _merged
    written = merge(endpoint, old, config, known, identity=identity, force=force, now=now)
    return replace(written, foreign=tuple(e for e in foreign if e.identity != identity))


_KUBECTL = "kubectl"
"""The manager whose last-applied annotation the server heeds (lastappliedmanager.go)."""


def _merged_by_kubectl(
    endpoint: Endpoint,
    live: JsonObject,
    config: JsonObject,
    known: list[ManagedFieldsEntry],
    *,
    identity: ManagerIdentity,
    force: bool,
    now: str | None,
) -> WriteResult:
    """An Apply that does not conflict with kubectl's own client-side apply, and keeps its annotation up to date."""
    try:
        written = _merged(endpoint, live, config, known, identity=identity, force=force, now=now)
    except ConflictRefused as refusal:
        raise_disagreement(endpoint, live, refusal)
        written = _merged(endpoint, live, config, known, identity=identity, force=True, now=now)
    if text_at(written.value, "metadata", "annotations", LAST_APPLIED):
        return replace(written, value=with_last_applied(written.value, config))
    return written


def update(
    endpoint: Endpoint,
    live: JsonObject | None,
    new: JsonObject,
    manager: str,
    now: str | None = None,
    created: bool | None = None,
) -> WriteResult:
    """A write that is not an Apply: create, replace or patch, given the object as it would be stored.

    ``created`` overrides the sign of a new object, ``live`` being None.
    """
    created = live is None if created is None else created
    old = endpoint.empty() if live is None else live
    entries = _decoded_live_or_new(old, new, endpoint.subresource)
    before = without_entries(old)
    stored = endpoint.stored(before)
    # What is stored as it is need not be looked into again: most of a new object is parts of the old one.
    value = _as_decoded(endpoint, without_entries(new), before if stored is before else ABSENT)
    known, foreign = _by_version(endpoint, entries)
    if not entries and not created:
        return WriteResult(value, ())
    try:
        after = _updater(endpoint).update(endpoint.typed(stored), endpoint.typed(value), owners(known), _SELF)
    except TypedError as error:
        raise _typed_refusal(endpoint, value, "typed new object", error) from None
    times = {entry.identity: entry.time for entry in known}
    identity = update_identity(manager, endpoint.api_version, endpoint.subresource)
    if _book(after, _SELF, identity, endpoint.api_version):
        times[identity] = now
    return WriteResult(
        value, tuple(_capped(entries_of(after, times), endpoint.max_update_managers)), tuple(foreign)
    )


def _as_decoded(endpoint: Endpoint, value: JsonObject, known: Maybe = ABSENT) -> JsonObject:
    """An object that a client sent as the server reads it; parts of ``known`` are stored already."""
    stored = endpoint.stored(value, known=known)
    return with_conversion_defaults(stored, endpoint.type) if endpoint.builtin else stored


def _book(
    managers: dict[ManagerIdentity, Owned], writer: ManagerIdentity, identity: ManagerIdentity, version: str
) -> bool:
    """Adds what the writer owns to the set of ``identity``, without what is never recorded; whether that is anything."""
    mine = managers.pop(writer, None)
    fields = EMPTY if mine is None else difference(mine.fields, metadata_fields().unrecorded)
    if not fields:
        return False
    previous = managers.get(identity)
    if previous is not None:
        fields = union(fields, previous.fields)
    managers[identity] = Owned(fields, version, applied=identity.operation == APPLY)
    return True


def scale(
    endpoint: Endpoint, live: JsonObject, replicas: int, manager: str, now: str | None = None
) -> WriteResult:
    """A write of ``spec.replicas`` through the scale subresource.

    The writer is booked for it where somebody was before; else the field stays without an owner.
    """
    before = at(live, "spec", "replicas")
    value = without_entries(live)
    value = {**value, "spec": {**as_object(at(value, "spec")), "replicas": replicas}}
    entries = decode_entries(managed_fields_of(live))
    owned = any(e.fields.get("f:spec", EMPTY).get("f:replicas") is not None for e in entries)
    if before == replicas or not owned:
        return WriteResult(value, tuple(entries))
    taken = path_set(("f:spec", "f:replicas"))
    mine = ManagedFieldsEntry(
        manager=manager,
        operation=UPDATE,
        api_version=endpoint.api_version,
        fields=taken,
        subresource="scale",
        time=now,
    )
    left = [replace(entry, fields=difference(entry.fields, taken)) for entry in entries]
    return WriteResult(value, (*(e for e in left if e.fields and e.identity != mine.identity), mine))


def _check_config(endpoint: Endpoint, config: JsonObject) -> None:
    api_version, kind = text_at(config, "apiVersion"), text_at(config, "kind")
    if (api_version, kind) != (endpoint.api_version, endpoint.kind):
        group, version = group_version(api_version)
        shown = f"{group}/{version}, Kind={kind}"
        raise ApplyRefused(400, "BadRequest", f"invalid object type: {shown}")
    if managed_fields_of(config) is not None:
        raise ApplyRefused(400, "BadRequest", "metadata.managedFields must be nil")
    problems = validate(config, endpoint.type)
    if problems:
        raise _problems_refusal(endpoint, config, problems)


def _problems_refusal(endpoint: Endpoint, config: JsonObject, problems: list[TypedError]) -> ApplyRefused:
    text = str(problems[0])
    if len(problems) > 1:
        text = "\n".join(["errors:", *(f"  {problem}" for problem in problems)])
    causes = [Cause(problem.path, problem.reason) for problem in problems]
    message = f"failed to create typed patch object ({_shown(endpoint, config)}): {text}"
    return ApplyRefused(500, "InternalError", message, causes)


def _typed_refusal(endpoint: Endpoint, value: JsonObject, what: str, error: TypedError) -> ApplyRefused:
    message = f"failed to create {what} ({_shown(endpoint, value)}): {error}"
    return ApplyRefused(500, "InternalError", message, [Cause(error.path, error.reason)])


def _shown(endpoint: Endpoint, value: JsonObject) -> str:
    """The object as the server's messages name it."""
    namespace, name = text_at(value, "metadata", "namespace"), text_at(value, "metadata", "name")
    group, version = group_version(endpoint.api_version)
    return f"{namespace}/{name}; {group}/{version}, Kind={endpoint.kind}".replace("; /", "; /")


def _decoded_live(live: JsonObject) -> list[ManagedFieldsEntry]:
    managed_fields = managed_fields_of(live)
    if is_reset(managed_fields):
        return []
    try:
        return decode_entries(managed_fields)
    except EntriesError as error:
        raise ApplyRefused(500, "InternalError", f"failed to decode managed fields: {error}") from None


def _decoded_live_or_new(live: JsonObject, new: JsonObject, subresource: str) -> list[ManagedFieldsEntry]:
    """The entries to go on from: those sent with the object where they are usable, else the live ones."""
    sent = managed_fields_of(new)
    if not subresource:
        if is_reset(sent):
            return []
        try:
            decoded = decode_entries(sent)
        except EntriesError:
            decoded = []
        if decoded:
            return decoded
    try:
        return decode_entries(managed_fields_of(live))
    except EntriesError:
        return []


def _check_versions(endpoint: Endpoint, entries: Sequence[ManagedFieldsEntry]) -> None:
    """Refuses to convert a custom resource to a version that its definition does not have
    (apiextensions-apiserver ``pkg/apiserver/conversion/converter.go``). Entries of built-in kinds are dropped instead."""
    for entry in entries:
        if endpoint.declared and entry.api_version not in endpoint.served:
            message = f"request to convert CR to an invalid group/version: {entry.api_version}"
            raise ApplyRefused(500, "InternalError", message)


def _by_version(
    endpoint: Endpoint, entries: Sequence[ManagedFieldsEntry]
) -> tuple[list[ManagedFieldsEntry], list[ManagedFieldsEntry]]:
    """The entries that the write can judge or drops, and those at another served version, which it cannot."""
    judged = {endpoint.api_version, *endpoint.alike}
    foreign = [e for e in entries if e.api_version not in judged and e.api_version in endpoint.served]
    return [e for e in entries if e not in foreign], foreign


def _updater(endpoint: Endpoint) -> Updater:
    def convert(typed: Typed, version: str) -> Typed:
        if version == typed.version:
            return typed
        if version == endpoint.api_version:
            return Typed(typed.value, endpoint.type, version)
        if version not in endpoint.alike:
            raise MissingVersion(version)
        return Typed(typed.value, endpoint.alike[version], version)

    return Updater(convert, {endpoint.api_version: endpoint.ignored})


def _merged(
    endpoint: Endpoint,
    live: JsonObject,
    config: JsonObject,
    known: list[ManagedFieldsEntry],
    *,
    identity: ManagerIdentity,
    force: bool,
    now: str | None,
) -> WriteResult:
    """The Apply itself, and the writer's entry without what is never recorded."""
    typed_live = endpoint.typed(live)
    try:
        new, after = _updater(endpoint).apply(
            typed_live, endpoint.typed(config), owners(known), identity, force
        )
    except Conflicts as conflicts:
        raise ConflictRefused(_by_identity(conflicts)) from None
    except TypedError as error:
        raise _typed_refusal(endpoint, live, "typed live object", error) from None
    _book(after, identity, identity, endpoint.api_version)
    times = {entry.identity: entry.time for entry in known}
    if new is not typed_live:
        times[identity] = now
    value = new.value if isinstance(new.value, dict) else live
    return WriteResult(endpoint.stored(value, complete=False, known=live), tuple(entries_of(after, times)))


def _by_identity(conflicts: Conflicts) -> dict[ManagerIdentity, Fields]:
    return {one: fields for one, fields in conflicts.by_manager.items() if isinstance(one, ManagerIdentity)}


def _capped(entries: list[ManagedFieldsEntry], limit: int) -> list[ManagedFieldsEntry]:
    """The entries with the oldest Update entries of each version put together where there are too many."""
    updaters = sorted(
        (entry for entry in entries if entry.operation == UPDATE),
        key=lambda entry: (epoch_seconds(entry.time), entry.identity),
    )
    excess = len(updaters) - limit
    first: dict[str, ManagedFieldsEntry] = {}
    buckets: dict[str, ManagedFieldsEntry] = {}
    out = {entry.identity: entry for entry in entries}
    for entry in updaters:
        if excess <= 0:
            break
        oldest = first.setdefault(entry.api_version, entry)
        if oldest is not entry:
            _put_into_bucket(entry, out, buckets, oldest)
            excess -= 1
    return list(out.values())


def _put_into_bucket(
    entry: ManagedFieldsEntry,
    out: dict[ManagerIdentity, ManagedFieldsEntry],
    buckets: dict[str, ManagedFieldsEntry],
    oldest: ManagedFieldsEntry,
) -> None:
    """Adds an entry to the bucket of its version, which begins with the oldest entry."""
    version = entry.api_version
    bucket = buckets.get(version) or out.get(update_identity(ANCIENT_CHANGES, version))
    if bucket is None:
        bucket = out.pop(oldest.identity)
    joined = ManagedFieldsEntry(
        manager=ANCIENT_CHANGES,
        operation=UPDATE,
        api_version=version,
        fields=union(entry.fields, bucket.fields),
        subresource="",
        time=entry.time,
    )
    buckets[version] = out[joined.identity] = joined
    # The server, too, loses the bucket when it comes upon the bucket itself as one of the oldest.
    out.pop(entry.identity, None)
