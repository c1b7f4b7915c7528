"""Defaults that follow from other fields of the same object, from ``computed`` of ``rules/ssa/defaults.json``.

Source: Kubernetes 1.36 ``pkg/apis/*/defaults.go``.
"""

from collections.abc import Sequence
from functools import lru_cache

from cnilint.resources import json_data
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.managedfields.defaults import is_default, known_default, set_by_server
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.typed import ABSENT, Absent, Maybe, TypedError, as_list, as_object, elements
from cnilint.ssa.typed.values import Json, JsonObject, at, equal, text_at


def is_exact_default(path: FieldPath, value: Json, root: JsonObject, schema_type: Type) -> bool:
    """Whether the server would give the field of this object just this value if nobody sent one.

    Unlike :func:`is_default` it accepts no value of a field whose default follows from others, unless it does follow.
    """
    chain = _chain(path, root, schema_type)
    owner, names = known_default(path, schema_type)
    rule = at(_rules(), owner, names[0]) if owner and names else None
    if not isinstance(rule, dict) or len(chain) <= len(names):
        return is_default(path, value, schema_type)
    return equal(value, _below(_computed(rule, chain[: -len(names)]), names[1:]))


def is_server_set(path: FieldPath, schema_type: Type) -> bool:
    """Whether the server or a controller of its own sets the field, whatever was sent."""
    return set_by_server(path, schema_type)


def _below(value: Json, names: Sequence[str]) -> Json:
    return at(value, *names) if names else value


def _computed(rule: JsonObject, holders: Sequence[Json]) -> Json:
    """The default by a rule. ``holders`` are the values from the object down to the one that has the field."""
    holder = holders[-1]
    condition = text_at(rule, "if")
    if condition and not any(at(one, condition) is True for one in holders):
        return None
    if "always" in rule:
        extra = [word for name, word in as_object(rule.get("with")).items() if at(holder, name)]
        return [*as_list(rule["always"]), *extra]
    other = at(holder, text_at(rule, "of"))
    if "tag" not in rule:
        return other
    return rule["then"] if isinstance(other, str) and _image_tag(other) == rule["tag"] else rule["else"]


def _image_tag(image: str) -> str:
    """The tag of an image, ``latest`` where it has neither tag nor digest (``pkg/util/parsers``)."""
    name, digest, _ = image.partition("@")
    _, _, tag = name.rpartition("/")[2].partition(":")
    return tag or ("" if digest else "latest")


def _chain(path: FieldPath, root: JsonObject, schema_type: Type) -> list[Json]:
    """The values on the way to a path, the object first; shorter where the object does not have it all."""
    chain: list[Json] = [root]
    here: Type | None = schema_type
    for element in path:
        value = _step(chain[-1], element, here)
        if isinstance(value, Absent):
            break
        chain.append(value)
        here = None if here is None else here.below(element)
    return chain


def _step(value: Json, element: str, here: Type | None) -> Maybe:
    if isinstance(value, dict):
        return value.get(element[2:], ABSENT)
    items = None if here is None else here.granular_list
    if not isinstance(value, list) or items is None:
        return ABSENT
    try:
        return dict(zip(elements(items, value), value, strict=True)).get(element, ABSENT)
    except TypedError:
        return ABSENT


@lru_cache(maxsize=1)
def _rules() -> JsonObject:
    return as_object(json_data("rules/ssa/defaults.json")["computed"])
