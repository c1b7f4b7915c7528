"""Live objects saved before a sync, beside what the sync was predicted to make of them. No value of a Secret is in it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename
from typing import Any, cast, get_args

from msgspec import Struct
from msgspec.structs import replace

from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.plan import plan_outcome
from cnilint.report.ownership_view import PlanOutcome
from cnilint.ssa.typed.values import JsonObject

SCHEMA = "cnilint-snapshot/1"
INDEX = "snapshot.json"
_OBJECTS, _SECRETS, _PREDICTED = "objects", "secrets", "predicted"
_OF_SERVER = ("creationTimestamp", "generation", "resourceVersion", "selfLink", "uid")
"""Members of metadata that the API server sets, and by which it would refuse to write the object back."""

_DATA = ("data", "stringData")


class SnapshotError(Exception):
    """A text that is not a part of a snapshot; the text of the exception is the reason."""


class SavedObject(Struct, frozen=True, kw_only=True):
    """A live object of a snapshot: the plan for it, and the file and value of what it was.

    ``predicted`` is what the apply was to make of it; None where that was not predicted. Of a Secret both have the keys
    and empty values.
    """

    api_version: str
    kind: str
    namespace: str | None
    name: str
    planned: PlanOutcome | None
    file: str
    live: JsonObject
    predicted: JsonObject | None = None

    @property
    def key(self) -> tuple[str, str, str | None, str]:
        return self.api_version, self.kind, self.namespace, self.name

    @property
    def is_secret(self) -> bool:
        return self.kind == "Secret" and self.api_version == "v1"


def snapshot_of(audits: Iterable[ObjectAudit]) -> Iterator[SavedObject]:
    """The live objects of a run, as they can be written back, and their predicted values."""
    for audit in audits:
        obj = audit.live.obj
        has_plan = audit.manifest is not None or audit.is_deleted
        written = audit.prediction.written if audit.prediction is not None else None
        saved = SavedObject(
            api_version=obj.api_version,
            kind=obj.kind,
            namespace=obj.namespace,
            name=obj.name,
            planned=plan_outcome(audit) if has_plan else None,
            file="",
            live=_restorable(audit.live.value),
            predicted=None if written is None or audit.is_skipped else _restorable(written.object),
        )
        yield replace(_without_values(saved), file=_file(saved, audit.live.obj.span.file))


def keys_only(value: JsonObject) -> JsonObject:
    """A Secret with its keys and empty values."""
    held = {name: value[name] for name in _DATA if isinstance(value.get(name), dict)}
    blank = {name: dict.fromkeys(cast(JsonObject, member), "") for name, member in held.items()}
    return {**value, **cast(JsonObject, blank)}


def snapshot_files(saved: Iterable[SavedObject], version: str) -> Mapping[str, bytes]:
    """The files of a snapshot by their path in it. ``version`` is that of cnilint."""
    files: dict[str, bytes] = {}
    index = []
    for one in saved:
        predicted = f"{_PREDICTED}/{one.file.partition('/')[2]}" if one.predicted is not None else None
        index.append(
            {
                "apiVersion": one.api_version,
                "kind": one.kind,
                "namespace": one.namespace,
                "name": one.name,
                "planned": one.planned,
                "live": one.file,
                "predicted": predicted,
            }
        )
        files[one.file] = _encoded(one.live)
        if predicted is not None and one.predicted is not None:
            files[predicted] = _encoded(one.predicted)
    files[INDEX] = _encoded(
        {"schema": SCHEMA, "tool": {"name": "cnilint", "version": version}, "objects": cast(Any, index)}
    )
    return files


def listed_files(index: bytes) -> list[str]:
    """The files that the index of a snapshot names. Raises SnapshotError."""
    return [each[name] for each in _entries(index) for name in ("live", "predicted") if each[name]]


def saved_objects(index: bytes, files: Mapping[str, bytes]) -> list[SavedObject]:
    """The objects of a snapshot, from its index and the files that the index names. Raises SnapshotError."""
    return [
        SavedObject(
            api_version=each["apiVersion"],
            kind=each["kind"],
            namespace=each["namespace"],
            name=each["name"],
            planned=each["planned"],
            file=each["live"],
            live=_object(each["live"], files),
            predicted=_object(each["predicted"], files) if each["predicted"] else None,
        )
        for each in _entries(index)
    ]


def _entries(index: bytes) -> list[dict[str, Any]]:
    value = _decoded(INDEX, index)
    if value.get("schema") != SCHEMA:
        raise SnapshotError(f"`{INDEX}` is not of the form {SCHEMA}")
    listed = value.get("objects")
    if not isinstance(listed, list) or not all(map(_is_entry, listed)):
        raise SnapshotError(f"`{INDEX}` does not list its objects")
    return cast(list[dict[str, Any]], listed)


def _is_entry(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    texts = all(isinstance(value.get(name), str) for name in ("apiVersion", "kind", "name", "live"))
    optional = all(isinstance(value.get(name, 0), str | None) for name in ("namespace", "predicted"))
    return texts and optional and value.get("planned", 0) in (None, *get_args(PlanOutcome))


def _object(file: str, files: Mapping[str, bytes]) -> JsonObject:
    return _decoded(file, files[file])


def _decoded(file: str, data: bytes) -> JsonObject:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise SnapshotError(f"`{file}` is not JSON") from None
    if not isinstance(value, dict):
        raise SnapshotError(f"`{file}` is not an object")
    return value


def _encoded(value: JsonObject) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def _restorable(value: JsonObject) -> JsonObject:
    metadata = value.get("metadata")
    members = metadata if isinstance(metadata, dict) else {}
    kept = {name: member for name, member in members.items() if name not in _OF_SERVER}
    return {**value, "metadata": kept}


def _without_values(saved: SavedObject) -> SavedObject:
    if not saved.is_secret:
        return saved
    predicted = None if saved.predicted is None else keys_only(saved.predicted)
    return replace(saved, live=keys_only(saved.live), predicted=predicted)


def _file(saved: SavedObject, dump: str) -> str:
    """The path of an object in the snapshot. Secrets are apart, so that no one writes them back without values."""
    folder = _SECRETS if saved.is_secret else _OBJECTS
    resource = dump.split("/")[-2] if dump.count("/") > 1 else saved.kind
    name = basename(saved.name).replace(":", "%3A")
    return f"{folder}/{saved.namespace or 'cluster-wide'}/{resource}/{name}.json"
