"""What a ConfigMap, Secret or ServiceAccount defines, and what the API server refuses in an object."""

from base64 import b64decode
from collections.abc import Iterable, Iterator

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.diagnostics.span import PackedSpan, unpacked
from cnilint.document import Entry, Mapping, Node, Row, Scalar, Sequence, child, entries
from cnilint.facts.collector import KEY_HINT
from cnilint.facts.keys import NO_VALUES, NOTHING, Keys, ShortValues, short_values
from cnilint.facts.model import NO_KEYS, Definition, Kind
from cnilint.manifest.metadata import Mismatch, mismatches
from cnilint.manifest.names import MAX_NAME, is_key, is_placeholder, is_subdomain
from cnilint.manifest.object import Object
from cnilint.manifest.pod import is_workload, pod_template
from cnilint.regex import regex
from cnilint.render.kustomize.mergekeys import is_described_kind

_KINDS: dict[str, Kind] = {"ConfigMap": "ConfigMap", "Secret": "Secret", "ServiceAccount": "ServiceAccount"}
_FIELDS: dict[str, tuple[str, ...]] = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData")}
_STRING_MAPS = ("labels", "annotations")
_IN_STRING_MAPS = tuple(f"metadata.{name}." for name in _STRING_MAPS)
_MAX_SIZE = 1024 * 1024
"""Bytes of data that one ConfigMap or Secret can hold (api/core/v1 MaxSecretSize)."""
_MOST_BYTES = 4
"""Those of one character in UTF-8."""
_QUOTE = "quote the value"
_REFERENCE = regex(r"\w+(?:\+\w+)?:[^ ]*[/#]")
"""A value that a tool looks up in a store before it is applied: ``ref+vault://path``, ``vault:secret/data/app#KEY``."""


def definition(obj: Object) -> Definition | None:
    """What the object itself defines; None for any kind but a ConfigMap, Secret or ServiceAccount."""
    kind = _KINDS.get(obj.kind)
    if kind is None or obj.group:
        return None
    rows = [_rows(obj.node, field) for field in _FIELDS.get(kind, ())]
    is_config = kind == "ConfigMap"
    return Definition(
        kind=kind,
        namespace=obj.namespace,
        name=obj.name,
        span=obj.span,
        keys=_keys(rows),
        binary=_binary_keys(*rows) if is_config else NO_KEYS,
        values=_short_values(rows[0]) if is_config else NO_VALUES,
        unquotable=_unquotable_keys(obj.node) if kind == "Secret" else NO_KEYS,
        refused="" if obj.api_version else "its object has no `apiVersion`: the API server refuses it",
    )


def _rows(node: Node, field: str) -> list[Row]:
    holder = child(node, field)
    return holder.rows() if isinstance(holder, Mapping) else []


def _keys(fields: Iterable[list[Row]]) -> Keys:
    """Each key at its first place."""
    file = ""
    places: dict[str, PackedSpan] = {}
    for rows in fields:
        for row in rows:
            file = file or row.file
            if row.name not in places:
                # kustomize makes a ConfigMap of several files.
                places[row.name] = row.place if row.file == file else unpacked(row.file, row.place)
    return Keys(file, places) if places else NOTHING


def _binary_keys(data: list[Row], binary: list[Row]) -> frozenset[str]:
    return frozenset({row.name for row in binary} - {row.name for row in data}) or NO_KEYS


def _unquotable_keys(node: Node) -> frozenset[str]:
    return frozenset(key for key, entry in entries(node, "data").items() if _is_unquotable(entry)) or NO_KEYS


def _is_unquotable(entry: Entry) -> bool:
    """Whether key and value are one token: a line of an env file that may be a part of a value."""
    return entry.key.span == entry.value.span


def _short_values(rows: Iterable[Row]) -> ShortValues:
    return short_values(
        {row.name: row.raw for row in rows if row.raw is not None and len(row.raw) <= MAX_NAME}
    )


def invalid(obj: Object) -> Iterator[Diagnostic]:
    """What the API server refuses in the object's metadata, data and environment variables."""
    if not obj.group and obj.kind in _FIELDS:
        yield from _invalid_data(obj)
    wrong = list(mismatches(obj.node))
    if any(path.startswith(_IN_STRING_MAPS) for path, _, _ in wrong):
        metadata = obj.node.get("metadata")
        for field in _STRING_MAPS:
            yield from _not_strings(metadata, field, "metadata.")
    if not obj.api_version:
        yield from _missing_version(obj)
    yield from _invalid_metadata(wrong)
    if is_workload(obj):
        yield from _invalid_variables(obj)


def _missing_version(obj: Object) -> Iterator[Diagnostic]:
    """An object without ``apiVersion``; other tools have files with a ``kind``, so only known kinds count."""
    if obj.name and is_described_kind(obj.kind):
        kind = obj.node.entries["kind"].value if "kind" in obj.node.entries else obj.node
        yield Diagnostic(
            code="CNI123",
            path="apiVersion",
            span=kind.span,
            message=Message("missing `apiVersion`"),
            hint="add it: neither the API server nor kustomize knows the object without it",
        )


def _invalid_metadata(wrong: Iterable[Mismatch]) -> Iterator[Diagnostic]:
    for path, node, wanted in wrong:
        if path.startswith(_IN_STRING_MAPS) or (isinstance(node, Scalar) and is_placeholder(node.raw)):
            continue
        is_text = wanted == "a string" and isinstance(node, Scalar)
        yield Diagnostic(
            code="CNI122" if is_text else "CNI123",
            path=path,
            span=node.span,
            message=Message("`{field}` is not {type}", field=path, type=wanted),
            hint=_QUOTE if is_text else "",
        )


def _is_name(namespace: str | None) -> bool:
    return namespace is None or is_subdomain(namespace)


def _invalid_data(obj: Object) -> Iterator[Diagnostic]:
    # Where the namespace is not a name either, both are words that a script replaces.
    if obj.name and not is_subdomain(obj.name) and not is_placeholder(obj.name) and _is_name(obj.namespace):
        message = Message("`{name}` is not a valid {kind} name", name=obj.name, kind=obj.kind)
        yield Diagnostic(
            code="CNI123",
            path="metadata.name",
            span=obj.span,
            message=message,
            hint="use a DNS-1123 subdomain: lower-case letters, digits, `-` and `.`",
        )
    for field in _FIELDS[obj.kind]:
        yield from _not_strings(obj.node, field, "")
        yield from _invalid_keys(obj, field)
        if _is_encoded(obj.kind, field):
            yield from _not_base64(obj, field)
    size = _size(obj)
    if size > _MAX_SIZE:
        message = Message("data has {size} bytes; the limit is {limit}", size=str(size), limit=str(_MAX_SIZE))
        yield Diagnostic(
            code="CNI123",
            path="data",
            span=obj.span,
            message=message,
            hint="split it, or mount the data by other means",
        )


def _invalid_keys(obj: Object, field: str) -> Iterator[Diagnostic]:
    holder = child(obj.node, field)
    if not isinstance(holder, Mapping) or all(map(is_key, holder.names())):
        return
    for key, entry in holder.entries.items():
        if is_key(key) or is_placeholder(key):
            continue
        path, message = f"{field}.{key}", Message("invalid key `{key}`", key=key or '""')
        if obj.kind == "Secret" and _is_unquotable(entry):
            path, message = field, Message("invalid key")
        yield Diagnostic(code="CNI123", path=path, span=entry.key.span, message=message, hint=KEY_HINT)


def _size(obj: Object) -> int:
    """Bytes of all values, decoded from base64 where the field holds that; 0 where so few characters cannot be too many."""
    rows = [row for field in _FIELDS[obj.kind] for row in _rows(obj.node, field)]
    if sum([len(row.raw) for row in rows if row.raw is not None]) * _MOST_BYTES <= _MAX_SIZE:
        return 0
    size = 0
    for field in _FIELDS[obj.kind]:
        encoded = _is_encoded(obj.kind, field)
        for row in _rows(obj.node, field):
            raw = row.raw
            if raw is not None:
                size += len(raw) * 3 // 4 if encoded else len(raw.encode("utf-8", "replace"))
    return size


def _is_encoded(kind: str, field: str) -> bool:
    """Whether the values of a field are base64."""
    return field == "binaryData" or (kind == "Secret" and field == "data")


def _not_base64(obj: Object, field: str) -> Iterator[Diagnostic]:
    """Values that the API server cannot decode; those that something else fills in or decrypts are left alone."""
    plain = "stringData" if obj.kind == "Secret" else "data"
    for key, entry in entries(obj.node, field).items():
        value = entry.value
        if not isinstance(value, Scalar) or value.string is None or _is_base64(value.raw):
            continue
        if is_placeholder(value.raw) or _REFERENCE.match(value.raw) or _is_unquotable(entry):
            continue
        yield Diagnostic(
            code="CNI123",
            path=f"{field}.{key}",
            span=entry.key.span,
            message=Message("value of `{key}` in `{field}` is not base64", key=key, field=field),
            hint=f"encode the value, or move it to `{plain}`",
        )


def _is_base64(text: str) -> bool:
    """Whether Go decodes the text: the standard alphabet with padding; line breaks are skipped (encoding/base64)."""
    try:
        b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except ValueError:
        return False
    return True


def _not_strings(node: Node | None, field: str, prefix: str) -> Iterator[Diagnostic]:
    holder = child(node, field)
    if not isinstance(holder, Mapping) or holder.holds_texts():
        return
    for key, entry in holder.entries.items():
        found = _type_but_string(entry.value)
        if found:
            is_scalar = isinstance(entry.value, Scalar)
            yield Diagnostic(
                code="CNI122",
                path=f"{prefix}{field}.{key}",
                span=entry.value.span if is_scalar else entry.key.span,
                message=Message("value of `{key}` is {type}, not a string", key=key, type=found),
                hint=_QUOTE if is_scalar else "",
            )


def _invalid_variables(obj: Object) -> Iterator[Diagnostic]:
    for path, container in pod_template(obj).containers():
        env = child(container, "env")
        if not isinstance(env, Sequence):
            continue
        for position, text in enumerate(env.named_texts("name", "value")):
            value = child(env.items[position], "value") if text is None else None
            found = _type_but_string(value) if value is not None else ""
            if found and value is not None:
                yield Diagnostic(
                    code="CNI122",
                    path=f"{path}.env[{position}].value",
                    span=value.span,
                    message=Message("value is {type}, not a string", type=found),
                    hint=_QUOTE,
                )


def _type_but_string(value: Node) -> str:
    """The JSON type of the value; empty for a string, null, or what something else fills in."""
    if not isinstance(value, Scalar):
        return "a map" if isinstance(value, Mapping) else "a list"
    if not value.plain:
        return ""
    data = value.data
    if data is None or isinstance(data, str) or is_placeholder(value.raw):
        return ""
    if value.raw[:1] in "yYnNtTfFoO":
        return "a boolean"
    return "a number"
