"""Keys of Secrets whose values are never read: from managedFields, or from the Secret with the values dropped at once."""

import json
from collections.abc import Iterator

from cnilint.cluster.refusals import Refused
from cnilint.ssa.typed.values import Json, JsonObject

TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
"""What ``kubectl get`` asks for: a Secret's metadata, type and number of keys. An API server that cannot leave the rest
out answers 406, for no other form is accepted."""

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_FIELD = "f:"
_MEMBERS = ("data", "stringData")


def secrets_of(table: JsonObject) -> Iterator[tuple[JsonObject, bool]]:
    """Each Secret of a table with the keys that its managedFields name, without values; whether it may have more keys.

    It may where their number is another one: a key can be without an owner. The keys of an applied ``stringData`` are
    owned under that name although the API server moves them to ``data``. Raises Refused for an answer of another form,
    which has values.
    """
    if table.get("kind") != "Table":
        raise _no_table()
    type_at, number_at = (_column(table, name) for name in ("Type", "Data"))
    rows = table.get("rows")
    for row in rows if isinstance(rows, list) else ():
        source = row.get("object") if isinstance(row, dict) else None
        if isinstance(row, dict) and isinstance(source, dict):
            keys = {key for fields in _fields(source) for member in _MEMBERS for key in _keys(fields, member)}
            secret = _secret(source, keys)
            kind = _cell(row, type_at)
            typed = {**secret, "type": kind} if isinstance(kind, str) else secret
            yield typed, _cell(row, number_at) != len(keys)


def secret_of(table: JsonObject) -> JsonObject:
    """The only Secret of a table. Raises Refused."""
    found = next(secrets_of(table), None)
    if found is None:
        raise _no_table()
    return found[0]


def _no_table() -> Refused:
    return Refused("not offered without values by the server")


def _column(table: JsonObject, name: str) -> int | None:
    columns = table.get("columnDefinitions")
    for at, column in enumerate(columns if isinstance(columns, list) else ()):
        if isinstance(column, dict) and column.get("name") == name:
            return at
    return None


def _cell(row: JsonObject, at: int | None) -> Json:
    cells = row.get("cells")
    return cells[at] if at is not None and isinstance(cells, list) and at < len(cells) else None


def without_values(secret: JsonObject) -> JsonObject:
    """A Secret with its keys and without its values."""
    keys = {key for member in _MEMBERS if isinstance(found := secret.get(member), dict) for key in found}
    return {**_secret(secret, keys), "type": secret.get("type", "")}


def _secret(source: JsonObject, keys: set[str]) -> JsonObject:
    metadata = source.get("metadata")
    kept = dict(metadata) if isinstance(metadata, dict) else {}
    annotations = kept.get("annotations")
    if isinstance(annotations, dict) and _LAST_APPLIED in annotations:
        # kubectl repeats the whole object there, with its values.
        kept["annotations"] = {**annotations, _LAST_APPLIED: _blanked(annotations[_LAST_APPLIED])}
    data: dict[str, Json] = dict.fromkeys(sorted(keys), "")
    return {"apiVersion": "v1", "kind": "Secret", "metadata": kept, "data": data}


def _blanked(text: Json) -> str:
    """A Secret as text, with empty values; an empty text where it is none."""
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        return ""
    blank = {
        member: dict.fromkeys(held, "") if isinstance(held := value[member], dict) else {}
        for member in _MEMBERS
        if member in value
    }
    return json.dumps({**value, **blank})


def _fields(value: JsonObject) -> Iterator[JsonObject]:
    """The fields of each entry of managedFields."""
    metadata = value.get("metadata")
    entries = metadata.get("managedFields") if isinstance(metadata, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        fields = entry.get("fieldsV1") if isinstance(entry, dict) else None
        if isinstance(fields, dict):
            yield fields


def _keys(fields: JsonObject, member: str) -> Iterator[str]:
    owned = fields.get(f"{_FIELD}{member}")
    for name in owned if isinstance(owned, dict) else ():
        if name.startswith(_FIELD):
            yield name.removeprefix(_FIELD)
