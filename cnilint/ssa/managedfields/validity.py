"""What the API server refuses after a merge: half objects that pruning leaves, and fields that must not
change.

Only what ``rules/ssa/validity.json`` states is checked, with the server's own messages; it is not a
validator of manifests. Source: Kubernetes 1.36 ``pkg/apis/*/validation``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cnilint.resources import json_data
from cnilint.ssa.managedfields.defaults import refilled, unsent
from cnilint.ssa.managedfields.endpoint import Endpoint
from cnilint.ssa.managedfields.refusals import ApplyRefused, Cause
from cnilint.ssa.schema.kinds import group_version
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.typed import ABSENT, Maybe, twins
from cnilint.ssa.typed.values import Json, JsonObject, at, same, text_at


@dataclass(frozen=True, slots=True)
class OneOf:
    """Exactly one of the fields must be set."""

    fields: tuple[str, ...]
    several: str
    none: str


@dataclass(kw_only=True, frozen=True, slots=True)
class Exclusive:
    """The fields must not be set together; ``shown`` names the members of the value in the message."""

    fields: tuple[str, ...]
    at: str
    message: str
    shown: dict[str, str]


@dataclass(kw_only=True, frozen=True, slots=True)
class Forbidden:
    """A value of one field forbids another field."""

    field: str
    value: str
    forbids: str
    message: str


@dataclass(kw_only=True, frozen=True, slots=True)
class Rules:
    """The rules by type name, the immutable fields by ``"apiVersion Kind"``, and all types with a rule."""

    required: dict[str, tuple[str, ...]]
    one_of: dict[str, OneOf]
    exclusive: dict[str, Exclusive]
    forbidden: dict[str, Forbidden]
    immutable: dict[str, tuple[str, ...]]
    types: frozenset[str]


def refusal(endpoint: Endpoint, live: JsonObject | None, value: JsonObject) -> ApplyRefused | None:
    """The server's answer where it would find the merged object invalid; None where no rule objects."""
    causes = list(_problems(value, ABSENT if live is None else live, endpoint.type, ""))
    causes += _missing_volumes(value)
    if live is not None:
        causes += _changed(endpoint, live, value)
    if not causes:
        return None
    group, _ = group_version(endpoint.api_version)
    kind = f"{endpoint.kind}.{group}" if group else endpoint.kind
    texts = [f"{cause.field}: {cause.message}" for cause in causes]
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    message = f'{kind} "{text_at(value, "metadata", "name")}" is invalid: {text}'
    return ApplyRefused(422, "Invalid", message, causes)


_WITHOUT_RULES = frozenset({"metadata", "status"})


def _problems(value: Json, live: Maybe, schema_type: Type, path: str) -> Iterator[Cause]:
    """What is wrong in a value, save in parts of the live object: those the server has taken before."""
    if value is live:
        return
    if isinstance(value, dict) and schema_type.map is not None:
        if schema_type.name in _rules().types:
            yield from _broken(value, schema_type.name, path)
        before = live if isinstance(live, dict) else {}
        for name, member in value.items():
            if not isinstance(member, dict | list) or name in _WITHOUT_RULES:
                continue
            child = schema_type.map.child(name)
            if child is not None:
                below = f"{path}.{name}" if path else name
                yield from _problems(member, before.get(name, ABSENT), child, below)
    elif isinstance(value, list) and schema_type.list is not None:
        element = schema_type.list.element
        if element.only == "map":
            before_items = twins(value, live, schema_type.list)
            for index, (item, old) in enumerate(zip(value, before_items, strict=True)):
                yield from _problems(item, old, element, f"{path}[{index}]")


def _broken(value: JsonObject, type_name: str, path: str) -> Iterator[Cause]:
    rules = _rules()
    for field in rules.required.get(type_name, ()):
        if not value.get(field):
            yield Cause(f"{path}.{field}", "Required value")
    if (one_of := rules.one_of.get(type_name)) is not None:
        present = [field for field in one_of.fields if value.get(field) is not None]
        for extra in present[1:]:
            yield Cause(f"{path}.{extra}", one_of.several)
        if not present:
            yield Cause(path, one_of.none)
    if (exclusive := rules.exclusive.get(type_name)) is not None and all(
        value.get(field) not in (None, "") for field in exclusive.fields
    ):
        yield Cause(f"{path}.{exclusive.at}".rstrip("."), _shown(exclusive, value) + exclusive.message)
    forbidden = rules.forbidden.get(type_name)
    if (
        forbidden
        and value.get(forbidden.field) == forbidden.value
        and value.get(forbidden.forbids) is not None
    ):
        yield Cause(f"{path}.{forbidden.forbids}", forbidden.message)


def _shown(exclusive: Exclusive, value: JsonObject) -> str:
    if not exclusive.shown:
        return ""
    members = {name: value.get(field) for name, field in exclusive.shown.items()}
    return f"Invalid value: {json.dumps(members, separators=(',', ':'))}: "


def _missing_volumes(value: JsonObject) -> list[Cause]:
    """Mounts whose volume is not there: the one reference inside a pod that pruning can break."""
    out = []
    for path in (
        ("spec",),
        ("spec", "template", "spec"),
        ("spec", "jobTemplate", "spec", "template", "spec"),
    ):
        pod = at(value, *path)
        if not isinstance(at(pod, "containers"), list):
            continue
        known = {text_at(v, "name") for v in _items(at(pod, "volumes"))}
        known |= {
            text_at(claim, "metadata", "name") for claim in _items(at(value, "spec", "volumeClaimTemplates"))
        }
        for containers in ("initContainers", "containers"):
            for index, container in enumerate(_items(at(pod, containers))):
                for number, mount in enumerate(_items(at(container, "volumeMounts"))):
                    name = text_at(mount, "name")
                    if name not in known:
                        field = ".".join(path) + f".{containers}[{index}].volumeMounts[{number}].name"
                        out.append(Cause(field, f"Not found: {json.dumps(name)}"))
    return out


def _changed(endpoint: Endpoint, live: JsonObject, value: JsonObject) -> list[Cause]:
    out = []
    for field in _rules().immutable.get(f"{endpoint.api_version} {endpoint.kind}", ()):
        old, new = at(live, *field.split(".")), at(value, *field.split("."))
        path = tuple(f"f:{name}" for name in field.split("."))
        defaulted = new is None and unsent(path, old, endpoint.type)
        if old is not None and not defaulted and not refilled(old, new, path, endpoint.type):
            shown = json.dumps(new, separators=(",", ":"))
            out.append(Cause(field, f"Invalid value: {shown}: field is immutable"))
    if at(live, "immutable") is True:
        out += [
            Cause(field, "Forbidden: field is immutable when `immutable` is set")
            for field in ("immutable", "data", "binaryData")
            if not same(at(live, field), at(value, field))
        ]
    return out


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


@lru_cache(maxsize=1)
def _rules() -> Rules:
    data = json_data("rules/ssa/validity.json")
    required = {name: tuple(fields) for name, fields in data["required"].items()}
    one_of = {
        name: OneOf(tuple(rule["fields"]), rule["several"], rule["none"])
        for name, rule in data["oneOf"].items()
    }
    exclusive = {
        rule["type"]: Exclusive(
            fields=tuple(rule["fields"]), at=rule["at"], message=rule["message"], shown=rule.get("shown", {})
        )
        for rule in data["exclusive"]
    }
    forbidden = {
        rule["type"]: Forbidden(
            field=rule["field"], value=rule["value"], forbids=rule["forbids"], message=rule["message"]
        )
        for rule in data["forbidden"]
    }
    immutable = {kind: tuple(fields) for kind, fields in data["immutable"].items()}
    types = frozenset(required) | frozenset(one_of) | frozenset(exclusive) | frozenset(forbidden)
    return Rules(
        required=required,
        one_of=one_of,
        exclusive=exclusive,
        forbidden=forbidden,
        immutable=immutable,
        types=types,
    )
