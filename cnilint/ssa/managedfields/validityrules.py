"""What a value of one type must be like, from ``rules/ssa/validity.json``.

``required`` fields; ``oneOf`` several; ``exclusive`` fields; a value of one that is ``forbidden`` beside another;
values that must not come ``together``; fields of the items of a list that must be ``unique``; numbers in ``order``.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from cnilint.resources import json_data
from cnilint.ssa.managedfields.refusals import Cause
from cnilint.ssa.typed.typed import as_list, as_object
from cnilint.ssa.typed.values import Json, JsonObject, at, equal, quantity, text_at

TypeRule = Callable[[JsonObject, JsonObject, str], Iterator[Cause]]


class ValidityRules(Struct, frozen=True):
    """The rules by type name: each a form and the row with its particulars."""

    types: Mapping[str, Sequence[tuple[TypeRule, JsonObject]]]


def broken(value: JsonObject, type_name: str, path: str) -> Iterator[Cause]:
    """The rules of a type that a value of it breaks. ``path`` leads to the value."""
    for rule, row in rules().types.get(type_name, ()):
        yield from rule(value, row, path)


def _below(path: str, field: str) -> str:
    return f"{path}.{field}".strip(".")


def _required(value: JsonObject, row: JsonObject, path: str) -> Iterator[Cause]:
    for field in as_list(row["fields"]):
        if not value.get(str(field)):
            yield Cause(_below(path, str(field)), "Required value")


def _one_of(value: JsonObject, row: JsonObject, path: str) -> Iterator[Cause]:
    present = [str(field) for field in as_list(row["fields"]) if value.get(str(field)) is not None]
    if not present and "none" in row:
        yield Cause(path, text_at(row, "none"))
    for superfluous in present[1:]:
        yield Cause(_below(path, superfluous), text_at(row, "several"))


def _exclusive(value: JsonObject, row: JsonObject, path: str) -> Iterator[Cause]:
    if all(value.get(str(field)) not in (None, "") for field in as_list(row["fields"])):
        yield Cause(_below(path, text_at(row, "at")), _shown(row, value) + text_at(row, "message"))


def _shown(row: JsonObject, value: JsonObject) -> str:
    shown = as_object(row.get("shown"))
    if not shown:
        return ""
    members = {name: value.get(str(field)) for name, field in shown.items()}
    return f"Invalid value: {json.dumps(members, separators=(',', ':'))}: "


def _forbidden(value: JsonObject, row: JsonObject, path: str) -> Iterator[Cause]:
    forbids = text_at(row, "forbids")
    if value.get(text_at(row, "field")) == row["value"] and value.get(forbids) is not None:
        yield Cause(_below(path, forbids), text_at(row, "message"))


def _together(value: JsonObject, row: JsonObject, path: str) -> Iterator[Cause]:
    if all(
        _is_one_of(at(value, *name.split(".")), as_list(given))
        for name, given in as_object(row["when"]).items()
    ):
        yield Cause(_below(path, text_at(row, "at")), text_at(row, "message"))


def _is_one_of(value: Json, given: list[Json]) -> bool:
    """Whether a value, or an item of a list, is one of those given."""
    values = value if isinstance(value, list) else [value]
    return any(equal(one, other) for one in values for other in given)


def _unique(value: JsonObject, row: JsonObject, path: str) -> Iterator[Cause]:
    field = text_at(row, "field")
    seen: set[str] = set()
    for name in as_list(row["lists"]):
        for index, item in enumerate(as_list(value.get(str(name)))):
            found = at(item, field)
            identity = json.dumps([found, *(at(item, str(other)) for other in as_list(row.get("with")))])
            if found and identity in seen:
                yield Cause(_below(path, f"{name}[{index}].{field}"), f"Duplicate value: {json.dumps(found)}")
            seen.add(identity)


def _shared_keys(value: JsonObject, row: JsonObject, path: str) -> Iterator[Cause]:
    first, second = (as_object(value.get(str(field))) for field in as_list(row["fields"]))
    for key in (key for key in first if key in second):
        yield Cause(
            _below(path, f"{as_list(row['fields'])[0]}[{key}]"), text_at(row, "message").format(key=key)
        )


def _order(value: JsonObject, row: JsonObject, path: str) -> Iterator[Cause]:
    low, high = value.get(text_at(row, "low")), value.get(text_at(row, "high"))
    for name, less, more in _compared(low, high):
        if _exceeds(less, more, strict=row.get("strict") is True):
            shown = more if text_at(row, "at") == text_at(row, "high") else less
            text = text_at(row, "message").format(name=name, value=json.dumps(shown), more=more)
            yield Cause(_below(path, text_at(row, "at")), text)


def _compared(low: Json, high: Json) -> list[tuple[str, Json, Json]]:
    """The two values, without a name; of two maps, the values that both have under a name."""
    if isinstance(low, dict) and isinstance(high, dict):
        return [(name, low[name], high[name]) for name in low if name in high]
    return [("", low, high)]


def _exceeds(less: Json, more: Json, *, strict: bool) -> bool:
    """Whether two quantities are in the wrong order; equal ones are if it is ``strict``."""
    one, other = quantity(less), quantity(more)
    if one is None or other is None:
        return False
    return one > other or (strict and one == other)


_FORMS: Mapping[str, TypeRule] = {
    "required": _required,
    "oneOf": _one_of,
    "exclusive": _exclusive,
    "forbidden": _forbidden,
    "together": _together,
    "unique": _unique,
    "sharedKeys": _shared_keys,
    "order": _order,
}


@lru_cache(maxsize=1)
def rules() -> ValidityRules:
    """The table."""
    data = json_data("rules/ssa/validity.json")
    types: dict[str, list[tuple[TypeRule, JsonObject]]] = {}
    for form, rule in _FORMS.items():
        for row in data[form]:
            types.setdefault(row["type"], []).append((rule, row))
    return ValidityRules(types)
