"""ConfigMaps, Secrets and ServiceAccounts that an object defines, with the place of every key."""

from collections.abc import Iterator

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import Mapping, Node, Scalar, Span, child, entries, is_null, items
from cnilint.facts.model import Definition, Kind
from cnilint.manifest.metadata import mismatches
from cnilint.manifest.names import MAX_NAME, is_key, is_placeholder, is_subdomain
from cnilint.manifest.object import Object
from cnilint.manifest.pod import POD_SPECS

_FIELDS: dict[str, tuple[str, ...]] = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData")}
_STRING_MAPS = ("labels", "annotations")
_IN_STRING_MAPS = tuple(f"metadata.{name}." for name in _STRING_MAPS)
_MAX_SIZE = 1024 * 1024
"""The API server refuses more data in one ConfigMap or Secret (api/core/v1 MaxSecretSize)."""


def definition(obj: Object) -> Definition | None:
    """What the object itself defines."""
    if obj.group or obj.kind not in ("ConfigMap", "Secret", "ServiceAccount"):
        return None
    kind: Kind = (
        "ConfigMap" if obj.kind == "ConfigMap" else "Secret" if obj.kind == "Secret" else "ServiceAccount"
    )
    keys: dict[str, Span] = {}
    binary: set[str] = set()
    for field_name in _FIELDS.get(kind, ()):
        for key, entry in entries(obj.node, field_name).items():
            keys.setdefault(key, entry.key.span)
            if field_name == "binaryData":
                binary.add(key)
    binary -= entries(obj.node, "data").keys()
    values = _short_values(obj.node) if kind == "ConfigMap" else {}
    return Definition(
        kind=kind,
        namespace=obj.namespace,
        name=obj.name,
        span=obj.span,
        keys=keys,
        binary=frozenset(binary),
        values=values,
    )


def _short_values(node: Node) -> dict[str, str]:
    return {
        key: entry.value.raw
        for key, entry in entries(node, "data").items()
        if isinstance(entry.value, Scalar) and len(entry.value.raw) <= MAX_NAME
    }


def invalid(obj: Object) -> Iterator[Diagnostic]:
    """What the API server would refuse in the object's metadata and string maps."""
    if not obj.group and obj.kind in _FIELDS:
        yield from _invalid_data(obj)
    for field_name in _STRING_MAPS:
        yield from _not_strings(obj.node.get("metadata"), field_name, "metadata.")
    yield from _invalid_metadata(obj)
    if obj.kind in POD_SPECS:
        yield from _env_values(obj)


def _invalid_metadata(obj: Object) -> Iterator[Diagnostic]:
    for path, node, wanted in mismatches(obj.node):
        if path.startswith(_IN_STRING_MAPS) or (isinstance(node, Scalar) and is_placeholder(node.raw)):
            continue
        is_text = wanted == "a string" and isinstance(node, Scalar)
        message = f"'{path}' is not {wanted}, so the API server refuses the object"
        yield Diagnostic(
            code="CNI122" if is_text else "CNI123",
            path=path,
            span=node.span,
            message=message,
            hint="put it in quotes" if is_text else "",
        )


def _invalid_data(obj: Object) -> Iterator[Diagnostic]:
    if obj.name and not is_subdomain(obj.name) and not is_placeholder(obj.name):
        message = f"'{obj.name}' cannot be the name of a {obj.kind}: it is no DNS-1123 subdomain"
        yield Diagnostic(code="CNI123", path="metadata.name", span=obj.span, message=message)
    size = 0
    for field_name in _FIELDS[obj.kind]:
        yield from _not_strings(obj.node, field_name, "")
        for key, entry in entries(obj.node, field_name).items():
            if isinstance(entry.value, Scalar):
                encoded = field_name == "binaryData" or (obj.kind == "Secret" and field_name == "data")
                size += (
                    len(entry.value.raw) * 3 // 4
                    if encoded
                    else len(entry.value.raw.encode("utf-8", "replace"))
                )
            if not is_key(key) and not is_placeholder(key):
                message = f"'{key}' cannot be a key: only letters, digits, '-', '_' and '.' are allowed"
                yield Diagnostic(
                    code="CNI123", path=f"{field_name}.{key}", span=entry.key.span, message=message
                )
    if size > _MAX_SIZE:
        message = f"the {obj.kind} '{obj.name}' holds {size} bytes, and the API server refuses more than {_MAX_SIZE}"
        yield Diagnostic(
            code="CNI123",
            path="data",
            span=obj.span,
            message=message,
            hint="split it, or mount the data by other means",
        )


def _not_strings(node: Node | None, field_name: str, prefix: str) -> Iterator[Diagnostic]:
    for key, entry in entries(node, field_name).items():
        fault = _not_a_string(entry.value)
        if fault:
            path = f"{prefix}{field_name}.{key}"
            message = f"the value of '{key}' reaches the API server as {fault}, which it refuses: only strings are allowed"
            hint = "put it in quotes" if isinstance(entry.value, Scalar) else ""
            yield Diagnostic(
                code="CNI122",
                path=path,
                span=entry.value.span if hint else entry.key.span,
                message=message,
                hint=hint,
            )


def _env_values(obj: Object) -> Iterator[Diagnostic]:
    node = child(obj.node, *POD_SPECS[obj.kind])
    path = ".".join(POD_SPECS[obj.kind])
    for list_name in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(items(node, list_name)):
            for position, variable in enumerate(items(container, "env")):
                value = child(variable, "value")
                fault = _not_a_string(value) if value is not None else ""
                if fault and value is not None:
                    where = f"{path}.{list_name}[{index}].env[{position}].value"
                    message = f"the value reaches the API server as {fault}, which it refuses: only strings are allowed"
                    yield Diagnostic(
                        code="CNI122", path=where, span=value.span, message=message, hint="put it in quotes"
                    )


def _not_a_string(value: Node) -> str:
    """What the value is when it is neither a string nor null; empty otherwise."""
    if not isinstance(value, Scalar):
        return "a map" if isinstance(value, Mapping) else "a list"
    if not value.plain or is_null(value) or value.string is not None or is_placeholder(value.raw):
        return ""
    if value.raw[:1] in "yYnNtTfFoO":
        return "a boolean"
    return "a number"
