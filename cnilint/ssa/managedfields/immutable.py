"""Fields that must not change once an object exists, from ``immutable`` and ``mutable`` of ``rules/ssa/validity.json``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from cnilint.resources import json_data
from cnilint.ssa.managedfields.defaults import differs_in_defaults_only, is_default
from cnilint.ssa.managedfields.endpoint import Endpoint
from cnilint.ssa.managedfields.refusals import Cause
from cnilint.ssa.typed.typed import as_list, as_object
from cnilint.ssa.typed.values import Json, JsonObject, at, equal, text_at


class ChangedSpec(Cause, frozen=True):
    """A spec of which only some fields may change; ``members`` are the others that did."""

    members: tuple[str, ...]


def changed(endpoint: Endpoint, live: JsonObject, value: JsonObject) -> Iterator[Cause]:
    """The fields that must not change, and did."""
    kind = f"{endpoint.api_version} {endpoint.kind}"
    for rule in _immutable().get(kind, ()):
        field = text_at(rule, "field")
        new = at(value, *field.split("."))
        if _is_changed(at(live, *field.split(".")), new, field, endpoint):
            shown = json.dumps(new, separators=(",", ":"))
            message = text_at(rule, "message") or f"Invalid value: {shown}: field is immutable"
            yield Cause(text_at(rule, "at") or field, message)
    yield from _spec_changed(kind, endpoint, live, value)
    if at(live, "immutable") is True:
        for field in ("immutable", "data", "binaryData"):
            if not equal(at(live, field), at(value, field)):
                yield Cause(field, "Forbidden: field is immutable when `immutable` is set")


@lru_cache(maxsize=1)
def fixed_kinds() -> frozenset[str]:
    """The kinds that have fields which must not change; a ConfigMap or Secret may have them too."""
    return frozenset(name.partition(" ")[2] for name in (*_immutable(), *_mutable()))


def _spec_changed(kind: str, endpoint: Endpoint, live: JsonObject, value: JsonObject) -> Iterator[Cause]:
    """Whether any field of the spec changed but those that may."""
    rule = _mutable().get(kind)
    if rule is None:
        return
    old, new = (_without_mutable(as_object(each.get("spec")), rule.get("items")) for each in (live, value))
    fixed = (old.keys() | new.keys()) - set(map(str, as_list(rule["fields"])))
    members = [
        f"spec.{name}"
        for name in sorted(fixed)
        if _is_changed(old.get(name), new.get(name), f"spec.{name}", endpoint)
        or (old.get(name) is None and new.get(name) is not None)
    ]
    if members:
        yield ChangedSpec("spec", str(rule["message"]), tuple(members))


def _without_mutable(spec: JsonObject, items: Json) -> JsonObject:
    """The spec without what may change in the items of its lists: of ``containers`` the ``image``."""
    out = dict(spec)
    for name, fields in as_object(items).items():
        values = spec.get(name)
        if isinstance(values, list):
            out[name] = [
                {key: each for key, each in item.items() if key not in as_list(fields)}
                for item in values
                if isinstance(item, dict)
            ]
    return out


def _is_changed(old: Json, new: Json, field: str, endpoint: Endpoint) -> bool:
    path = tuple(f"f:{name}" for name in field.split("."))
    if old is None or (new is None and is_default(path, old, endpoint.type)):
        return False
    return not differs_in_defaults_only(old, new, path, endpoint.type)


@lru_cache(maxsize=1)
def _immutable() -> Mapping[str, Sequence[JsonObject]]:
    data = json_data("rules/ssa/validity.json")["immutable"]
    return {kind: [_row(row) for row in rows] for kind, rows in data.items()}


def _row(row: Json) -> JsonObject:
    return row if isinstance(row, dict) else {"field": row}


@lru_cache(maxsize=1)
def _mutable() -> Mapping[str, JsonObject]:
    found: Mapping[str, JsonObject] = json_data("rules/ssa/validity.json")["mutable"]
    return found
