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
from cnilint.ssa.managedfields.defaults import differs_in_defaults_only, is_default
from cnilint.ssa.managedfields.endpoint import Endpoint
from cnilint.ssa.managedfields.refusals import ApplyRefused, Cause
from cnilint.ssa.schema.kinds import group_version
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, Maybe, as_list, as_object, counterparts
from cnilint.ssa.typed.values import Json, JsonObject, at, equal, text_at


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
        yield from _member_problems(value, as_object(live), schema_type.map, path)
    elif isinstance(value, list) and schema_type.list is not None:
        yield from _item_problems(value, live, schema_type.list, path)


def _item_problems(value: list[Json], live: Maybe, items: ListType, path: str) -> Iterator[Cause]:
    if items.element.only == "map":
        before = counterparts(value, live, items)
        for index, (item, old) in enumerate(zip(value, before, strict=True)):
            yield from _problems(item, old, items.element, f"{path}[{index}]")


def _member_problems(value: JsonObject, live: JsonObject, struct: MapType, path: str) -> Iterator[Cause]:
    for name, member in value.items():
        if not isinstance(member, dict | list) or name in _WITHOUT_RULES:
            continue
        child = struct.child(name)
        if child is not None:
            yield from _problems(member, live.get(name, ABSENT), child, f"{path}.{name}" if path else name)


def _broken(value: JsonObject, type_name: str, path: str) -> Iterator[Cause]:
    """The rules of a type that a value of it breaks."""
    rules = _rules()
    for field in rules.required.get(type_name, ()):
        if not value.get(field):
            yield Cause(f"{path}.{field}", "Required value")
    if (one_of := rules.one_of.get(type_name)) is not None:
        yield from _broken_one_of(value, one_of, path)
    if (exclusive := rules.exclusive.get(type_name)) is not None:
        yield from _broken_exclusive(value, exclusive, path)
    if (forbidden := rules.forbidden.get(type_name)) is not None:
        yield from _broken_forbidden(value, forbidden, path)


def _broken_one_of(value: JsonObject, rule: OneOf, path: str) -> Iterator[Cause]:
    present = [field for field in rule.fields if value.get(field) is not None]
    if not present:
        yield Cause(path, rule.none)
    for superfluous in present[1:]:
        yield Cause(f"{path}.{superfluous}", rule.several)


def _broken_exclusive(value: JsonObject, rule: Exclusive, path: str) -> Iterator[Cause]:
    if all(value.get(field) not in (None, "") for field in rule.fields):
        yield Cause(f"{path}.{rule.at}".rstrip("."), _shown(rule, value) + rule.message)


def _broken_forbidden(value: JsonObject, rule: Forbidden, path: str) -> Iterator[Cause]:
    if value.get(rule.field) == rule.value and value.get(rule.forbids) is not None:
        yield Cause(f"{path}.{rule.forbids}", rule.message)


def _shown(exclusive: Exclusive, value: JsonObject) -> str:
    if not exclusive.shown:
        return ""
    members = {name: value.get(field) for name, field in exclusive.shown.items()}
    return f"Invalid value: {json.dumps(members, separators=(',', ':'))}: "


_POD_SPECS = (("spec",), ("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec"))


def _missing_volumes(value: JsonObject) -> Iterator[Cause]:
    """Mounts whose volume is not there: the one reference inside a pod that pruning can break."""
    claims = {
        text_at(claim, "metadata", "name") for claim in as_list(at(value, "spec", "volumeClaimTemplates"))
    }
    for path in _POD_SPECS:
        pod = at(value, *path)
        if not isinstance(at(pod, "containers"), list):
            continue
        known = claims | {text_at(volume, "name") for volume in as_list(at(pod, "volumes"))}
        for field, name in _mounts(pod, ".".join(path)):
            if name not in known:
                yield Cause(field, f"Not found: {json.dumps(name)}")


def _mounts(pod: Json, path: str) -> Iterator[tuple[str, str]]:
    """The path and the volume of every mount of a pod."""
    for containers in ("initContainers", "containers"):
        for index, container in enumerate(as_list(at(pod, containers))):
            for number, mount in enumerate(as_list(at(container, "volumeMounts"))):
                yield f"{path}.{containers}[{index}].volumeMounts[{number}].name", text_at(mount, "name")


def _changed(endpoint: Endpoint, live: JsonObject, value: JsonObject) -> Iterator[Cause]:
    """Fields that must not change, and did."""
    for field in _rules().immutable.get(f"{endpoint.api_version} {endpoint.kind}", ()):
        new = at(value, *field.split("."))
        if _is_changed(at(live, *field.split(".")), new, field, endpoint):
            shown = json.dumps(new, separators=(",", ":"))
            yield Cause(field, f"Invalid value: {shown}: field is immutable")
    if at(live, "immutable") is True:
        for field in ("immutable", "data", "binaryData"):
            if not equal(at(live, field), at(value, field)):
                yield Cause(field, "Forbidden: field is immutable when `immutable` is set")


def _is_changed(old: Json, new: Json, field: str, endpoint: Endpoint) -> bool:
    path = tuple(f"f:{name}" for name in field.split("."))
    if old is None or (new is None and is_default(path, old, endpoint.type)):
        return False
    return not differs_in_defaults_only(old, new, path, endpoint.type)


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
