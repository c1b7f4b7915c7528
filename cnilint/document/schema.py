"""Files of the user against the JSON schemas in ``schemas/``: the place of the mistake, and what was expected there.

Files that ship with the program are held to the schemas by the tests; so only a run with a configuration or with
packs of its own imports jsonschema. A ``title`` in a schema is how a message calls what was expected.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.diagnostics.span import Span
from cnilint.document.node import Mapping, Node, Sequence, entries, plain
from cnilint.document.structure import INVALID_DATA, DataError
from cnilint.resources import data_text

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_DEEPEST = 64
"""Levels of nesting in a file of the user; jsonschema recurses."""


def validate(root: Node, name: str) -> None:
    """Hold a document to ``schemas/NAME.schema.json``. Raises DataError for the most telling mistake."""
    found = schema_mistake(root, name)
    if found is not None:
        raise DataError(found)


def schema_mistake(root: Node, name: str) -> Diagnostic | None:
    """The most telling mistake in a document; None when it fits ``schemas/NAME.schema.json``."""
    deep = _too_deep(root)
    if deep is not None:
        return _diagnostic(deep.span, Message("nested more than {levels} levels deep", levels=str(_DEEPEST)))
    from jsonschema.exceptions import best_match

    error = best_match(_validator(name).iter_errors(plain(root)))
    if error is None:
        return None
    path = list(error.absolute_path)
    node = node_at(root, path)
    span = _wrong_key(node, error) or node.span
    where = ".".join(str(step) for step in path)
    expected = _expected(error)
    if not where:
        return _diagnostic(span, expected)
    return _diagnostic(span, Message("{path}: {expected}", path=where, expected=str(expected)))


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


def _wrong_key(node: Node, error: "ValidationError") -> Span | None:
    """The key that the error is about, where it is about one."""
    if error.validator == "additionalProperties":
        return entries(node)[_unknown_key(error)].key.span
    is_key = "propertyNames" in error.absolute_schema_path
    return entries(node)[str(error.instance)].key.span if is_key else None


def _unknown_key(error: "ValidationError") -> str:
    known = _rule(error)["properties"]
    return next(key for key in _instance(error) if key not in known)


def _expected(error: "ValidationError") -> Message:
    """What the schema expected; the value itself may be long and is left out."""
    rule = _rule(error)
    match error.validator:
        case "additionalProperties":
            known = ", ".join(rule["properties"])
            return Message("unknown key `{key}`: expected one of {known}", key=_unknown_key(error), known=known)
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


def _rule(error: "ValidationError") -> dict[str, Any]:
    """The part of the schema that is broken."""
    return error.schema if isinstance(error.schema, dict) else {}


def _instance(error: "ValidationError") -> dict[str, Any]:
    instance: dict[str, Any] = error.instance
    return instance


_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string (quote numbers, dates and booleans)",
    "boolean": "`true` or `false`",
    "integer": "an integer",
}
