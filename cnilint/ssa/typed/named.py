"""From a field as Kubernetes prints it, ``spec.containers[0].env[2].name``, to its path in a typed value."""

from collections.abc import Iterator

from cnilint.regex import regex
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.schema.schema import Type
from cnilint.ssa.typed.typed import TypedError, elements
from cnilint.ssa.typed.values import Json

_STEP = regex(r"\.?([^.\[\]]+)|\[([^\]]*)\]")


def path_of(field: str, value: Json, schema_type: Type) -> FieldPath:
    """The path as far as the value has it, or could have it as a member of an object that is there."""
    found: list[str] = []
    here: Type | None = schema_type
    for name, bracket in _steps(field):
        step = _step(name, bracket, value, here)
        if step is None:
            break
        element, value = step
        found.append(element)
        here = None if here is None else here.below(element)
    return tuple(found)


def _steps(field: str) -> Iterator[tuple[str, str]]:
    for match in _STEP.finditer(field):
        yield match[1] or "", match[2] or ""


def _step(name: str, bracket: str, value: Json, here: Type | None) -> tuple[str, Json] | None:
    if isinstance(value, dict):
        key = name or bracket
        return f"f:{key}", value.get(key)
    items = None if here is None else here.granular_list
    if not isinstance(value, list) or items is None or not bracket.isdecimal() or int(bracket) >= len(value):
        return None
    try:
        return elements(items, value)[int(bracket)], value[int(bracket)]
    except TypedError:
        return None
