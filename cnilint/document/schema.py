"""Files of the user against the JSON schemas in ``schemas/``: the place of the mistake, and what was expected there.

Files that ship with the program are held to the schemas by the tests; so only a run with a configuration or with
packs of its own imports jsonschema. A ``title`` in a schema is how a message calls what was expected.
"""

import json
from collections.abc import Iterable
from collections.abc import Sequence as Names
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.diagnostics.span import Span
from cnilint.diagnostics.suggest import closest
from cnilint.document.node import Mapping, Node, Sequence, entries, plain
from cnilint.document.structure import INVALID_DATA, DataError
from cnilint.resources import data_text

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_DEEPEST = 64
"""Levels of nesting in a file of the user; jsonschema recurses."""
_MOST_ERRORS = 1000
_ALTERNATIVES = ("anyOf", "oneOf")


def validate(root: Node, name: str) -> None:
    """Hold a document to ``schemas/NAME.schema.json``. Raises DataError for the most telling mistake."""
    found = schema_mistake(root, name)
    if found is not None:
        raise DataError(found)


def schema_mistake(root: Node, name: str) -> Diagnostic | None:
    """The first mistake in a document; None when it fits ``schemas/NAME.schema.json``.

    That no alternative fits (``anyOf``) is often the consequence of another mistake, so it comes last.
    """
    deep = _too_deep(root)
    if deep is not None:
        return _diagnostic(deep.span, Message("nested more than {levels} levels deep", levels=str(_DEEPEST)))
    errors = islice(_validator(name).iter_errors(plain(root)), _MOST_ERRORS)
    first = min(
        ((error.validator in _ALTERNATIVES, _span(root, error), error) for error in errors),
        key=lambda found: found[:2],
        default=None,
    )
    if first is None:
        return None
    _, span, error = first
    where = _path(error.absolute_path)
    expected = _expected(error)
    if not where:
        return _diagnostic(span, expected)
    return _diagnostic(span, Message("{path}: {expected}", path=where, expected=str(expected)))


def _path(steps: Iterable[str | int]) -> str:
    """``suppressions[0].until``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def node_at(node: Node, path: Iterable[str | int]) -> Node:
    """The node at a path of keys and positions, or the last one on the way to it."""
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            node = node.entries[step].value
        elif isinstance(node, Sequence) and isinstance(step, int):
            node = node.items[step]
    return node


@cache
def _validator(name: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(data_text(f"schemas/{name}.schema.json")))


def _too_deep(root: Node) -> Node | None:
    level: list[Node] = [root]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return None
    return level[0]


def _children(node: Node) -> Iterable[Node]:
    if isinstance(node, Mapping):
        return (entry.value for entry in node.entries.values())
    return node.items if isinstance(node, Sequence) else ()


def _diagnostic(span: Span, message: Message) -> Diagnostic:
    return Diagnostic(code=INVALID_DATA, span=span, message=message)


def _span(root: Node, error: "ValidationError") -> Span:
    """The key that the error is about, where it is about one; else the value."""
    node = node_at(root, error.absolute_path)
    if error.validator == "additionalProperties":
        return entries(node)[_unknown_key(error)].key.span
    if "propertyNames" in error.absolute_schema_path:
        return entries(node)[str(error.instance)].key.span
    return node.span


def _unknown_key(error: "ValidationError") -> str:
    known = _rule(error)["properties"]
    return next(key for key in _instance(error) if key not in known)


def _expected(error: "ValidationError") -> Message:
    """What the schema expected; the value itself may be long and is left out."""
    rule = _rule(error)
    match error.validator:
        case "additionalProperties":
            return _unknown(_unknown_key(error), list(rule["properties"]))
        case "required":
            missing = next(key for key in rule["required"] if key not in _instance(error))
            return Message("missing key `{key}`", key=missing)
        case "enum":
            return Message("expected one of {names}", names=", ".join(rule["enum"]))
        case "const":
            return Message("expected `{value}`", value=str(rule["const"]))
        case "minItems" | "minLength" | "minProperties":
            return Message("must not be empty")
        case _:
            kind = str(rule.get("type"))
            return Message("expected {what}", what=str(rule.get("title", _TYPES.get(kind, "something else"))))


def _unknown(key: str, known: Names[str]) -> Message:
    meant = closest(key, known)
    if meant:
        return Message("unknown key `{key}`: did you mean `{meant}`?", key=key, meant=meant)
    return Message("unknown key `{key}`: expected one of {known}", key=key, known=", ".join(known))


def _rule(error: "ValidationError") -> dict[str, Any]:
    """The part of the schema that is broken."""
    schema: Any = error.schema
    return schema if isinstance(schema, dict) else {}


def _instance(error: "ValidationError") -> dict[str, Any]:
    instance: Any = error.instance
    return dict(instance)


_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string (quote numbers, dates and booleans)",
    "boolean": "`true` or `false`",
    "integer": "an integer",
}
