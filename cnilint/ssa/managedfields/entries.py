"""``metadata.managedFields``: its entries, their writers, and their order.

Source: apimachinery ``pkg/util/managedfields/internal/managedfields.go``.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from cnilint.ssa.fieldpath.elements import FieldsError
from cnilint.ssa.fieldpath.fields import Fields, SharedSets, fields_to_json
from cnilint.ssa.merge.updater import Owned
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at

APPLY = "Apply"
UPDATE = "Update"


class EntriesError(ValueError):
    """The list of entries is one that the API server cannot decode; the message is the server's."""


class ManagerIdentity(Struct, frozen=True, kw_only=True, order=True):
    """The writer of an entry. An applier is the same at every version: its ``api_version`` is empty."""

    manager: str
    operation: str
    api_version: str = ""
    subresource: str = ""

    @property
    def text(self) -> str:
        """``manager/operation``, with the subresource where there is one."""
        return "/".join(part for part in (self.manager, self.operation, self.subresource) if part)

    @property
    def server_text(self) -> str:
        """The identity as the API server names it in a conflict."""
        text = json.dumps(self.manager, ensure_ascii=False)
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        return f"{text} using {self.api_version}" if self.operation == UPDATE else text


class ManagedFieldsEntry(Struct, frozen=True, kw_only=True):
    """One entry: what a manager owns (``fields``), by which operation, at which version, since when."""

    manager: str
    operation: str
    api_version: str
    fields: Fields
    subresource: str = ""
    time: str | None = None

    @property
    def identity(self) -> ManagerIdentity:
        version = "" if self.operation == APPLY else self.api_version
        return ManagerIdentity(
            manager=self.manager, operation=self.operation, api_version=version, subresource=self.subresource
        )


def apply_identity(manager: str, subresource: str = "") -> ManagerIdentity:
    """Whom an Apply by this manager is booked on."""
    return ManagerIdentity(
        manager=manager or "unknown", operation=APPLY, api_version="", subresource=subresource
    )


def update_identity(manager: str, api_version: str, subresource: str = "") -> ManagerIdentity:
    """Whom a write by this manager that is not an Apply is booked on."""
    return ManagerIdentity(
        manager=manager or "unknown", operation=UPDATE, api_version=api_version, subresource=subresource
    )


def decode_entries(managed_fields: Json, sets: SharedSets | None = None) -> list[ManagedFieldsEntry]:
    """The entries of a ``metadata.managedFields`` value; none where it is null. ``sets`` are those of other objects, with
    which equal parts are shared.

    Raises EntriesError where the API server would give up on the whole list: an operation that is neither
    Apply nor Update, no apiVersion, another fieldsType, an invalid fieldsV1.
    """
    if managed_fields is None:
        return []
    if not isinstance(managed_fields, list):
        raise EntriesError("managedFields is not a list")
    known = SharedSets() if sets is None else sets
    entries = [_decode(index, entry, known) for index, entry in enumerate(managed_fields)]
    # Of several entries of one writer the last one wins, as in the server's map.
    return list({entry.identity: entry for entry in entries}.values())


def encode_entries(entries: Iterable[ManagedFieldsEntry]) -> list[Json]:
    """The entries as the API server writes and sorts them."""
    return [_encode(entry) for entry in sorted(entries, key=_entry_order)]


def is_reset(managed_fields: Json) -> bool:
    """Whether a written ``managedFields`` value clears the record: an empty list, or one empty entry."""
    return managed_fields in ([], [{}])


def managed_fields_of(value: JsonObject) -> Json:
    """The ``metadata.managedFields`` value of an object, null where there is none."""
    return at(value, "metadata", "managedFields")


def with_entries(value: JsonObject, entries: Iterable[ManagedFieldsEntry]) -> JsonObject:
    """The object with these entries as its record, without the member where there is none."""
    metadata = at(value, "metadata")
    members = (
        {k: v for k, v in metadata.items() if k != "managedFields"} if isinstance(metadata, dict) else {}
    )
    encoded = encode_entries(entries)
    if encoded:
        members["managedFields"] = encoded
    return {**value, "metadata": members}


def without_entries(value: JsonObject) -> JsonObject:
    """The object without its record."""
    metadata = at(value, "metadata")
    if not isinstance(metadata, dict) or "managedFields" not in metadata:
        return value
    return {**value, "metadata": {k: v for k, v in metadata.items() if k != "managedFields"}}


def owners(entries: Iterable[ManagedFieldsEntry]) -> dict[ManagerIdentity, Owned]:
    """What each writer owns, for the updater."""
    return {e.identity: Owned(e.fields, e.api_version, e.operation == APPLY) for e in entries}


def entries_of(
    managers: Mapping[ManagerIdentity, Owned], times: Mapping[ManagerIdentity, str | None]
) -> list[ManagedFieldsEntry]:
    """The entries for what each writer owns, with the time of its last change."""
    return [
        ManagedFieldsEntry(
            manager=identity.manager,
            operation=APPLY if owned.applied else identity.operation,
            api_version=owned.version,
            fields=owned.fields,
            subresource=identity.subresource,
            time=times.get(identity),
        )
        for identity, owned in managers.items()
    ]


def epoch_seconds(time: str | None) -> int:
    """An entry's time in whole seconds since 1970, 0 where there is none."""
    if time is None:
        return 0
    try:
        return int(datetime.fromisoformat(time.replace("Z", "+00:00")).astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        return 0


def _decode(index: int, entry: Json, sets: SharedSets) -> ManagedFieldsEntry:
    operation = text_at(entry, "operation")
    if operation not in (APPLY, UPDATE):
        raise EntriesError("operation must be `Apply` or `Update`")
    api_version = text_at(entry, "apiVersion")
    if not api_version:
        raise EntriesError("apiVersion must not be empty")
    fields_type = text_at(entry, "fieldsType")
    if not fields_type:
        raise EntriesError(f"missing fieldsType in managed fields entry {index}")
    if fields_type != "FieldsV1":
        raise EntriesError(f"invalid fieldsType {json.dumps(fields_type)} in managed fields entry {index}")
    try:
        fields = sets.read(at(entry, "fieldsV1"))
    except FieldsError as error:
        raise EntriesError(f"error decoding set in managed fields entry {index}: {error}") from None
    time = text_at(entry, "time") or None
    return ManagedFieldsEntry(
        manager=text_at(entry, "manager"),
        operation=operation,
        api_version=api_version,
        fields=fields,
        subresource=text_at(entry, "subresource"),
        time=time,
    )


def _encode(entry: ManagedFieldsEntry) -> JsonObject:
    out: JsonObject = {
        "apiVersion": entry.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields_to_json(entry.fields),
        "manager": entry.manager,
        "operation": entry.operation,
    }
    if entry.subresource:
        out["subresource"] = entry.subresource
    if entry.time is not None:
        out["time"] = entry.time
    return out


def _entry_order(entry: ManagedFieldsEntry) -> tuple[str, int, str, str, str]:
    return entry.operation, epoch_seconds(entry.time), entry.manager, entry.api_version, entry.subresource
