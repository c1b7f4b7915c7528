"""What is wrong with a configuration: the place of the first mistake, and what was expected there.

``schemas/config.schema.json`` says the shape; a ``title`` there is how a message names what it describes. What no
schema can say, such as a code that does not exist, is asked for here.
"""

import json
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from posixpath import isabs, normpath
from typing import TYPE_CHECKING, NamedTuple, cast

from cnilint.document import Mapping, Node, Sequence, Span, child, entries, items, plain, string
from cnilint.resources import data_dir
from cnilint.versions import parse_version

if TYPE_CHECKING:
    from jsonschema import ValidationError


class Mistake(NamedTuple):
    """Where it is, and a sentence on it."""

    span: Span
    message: str


def mistakes(root: Node, folder: Path, codes: Collection[str]) -> Iterator[Mistake]:
    """The mistakes in a configuration whose packs are found from ``folder``: its shape first, then its sense."""
    wrong = _shape(root)
    if wrong is not None:
        yield wrong
        return
    yield from _codes(root, codes)
    yield from _dates(root)
    yield from _environments(root)
    yield from _versions(root)
    yield from _packs(root, folder)


def node_at(node: Node, path: "list[str | int]") -> Node:
    """The node at a path of keys and positions, or the last one on the way to it."""
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            node = node.entries[step].value
        elif isinstance(node, Sequence) and isinstance(step, int):
            node = node.items[step]
    return node


def _shape(root: Node) -> Mistake | None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    schema = json.loads((data_dir("schemas") / "config.schema.json").read_text("utf-8"))
    error = best_match(Draft202012Validator(schema).iter_errors(plain(root)))
    if error is None:
        return None
    path = list(error.absolute_path)
    where = ".".join(str(step) for step in path)
    node = node_at(root, path)
    span = _wrong_key(node, error) or node.span
    return Mistake(span, f"{where + ': ' if where else ''}{_expected(error)}")


def _wrong_key(node: Node, error: "ValidationError") -> Span | None:
    """The key that the error is about, where it is about one."""
    if error.validator == "additionalProperties":
        return entries(node)[_unknown_key(error)].key.span
    is_key = "propertyNames" in error.absolute_schema_path
    return entries(node)[str(error.instance)].key.span if is_key else None


def _unknown_key(error: "ValidationError") -> str:
    known = _rule(error)["properties"]
    return next(key for key in cast("dict[str, object]", error.instance) if key not in known)


def _expected(error: "ValidationError") -> str:
    """What the schema expected, in words; the value itself may be long and is left out."""
    rule = _rule(error)
    match error.validator:
        case "additionalProperties":
            return f"unknown key {_unknown_key(error)!r}: expected one of {', '.join(rule['properties'])}"
        case "required":
            given = cast("dict[str, object]", error.instance)
            return f"it lacks {next(key for key in rule['required'] if key not in given)!r}"
        case "enum":
            return f"expected one of {', '.join(rule['enum'])}"
        case "minItems" | "minLength":
            return "expected something, not nothing"
        case _:
            return f"expected {rule['title'] if 'title' in rule else _TYPES[str(rule['type'])]}"


def _rule(error: "ValidationError") -> "dict[str, list[str]]":
    """The part of the schema that is broken, as this schema uses it."""
    return cast("dict[str, list[str]]", error.schema)


_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string (quote numbers, dates and booleans)",
}


def _codes(root: Node, codes: Collection[str]) -> Iterator[Mistake]:
    nodes = [*items(root, "select"), *items(root, "ignore")]
    nodes += [node for item in items(root, "suppressions") if (node := child(item, "code"))]
    for node in nodes:
        code = string(node) or ""
        if not any(known.startswith(code) for known in codes):
            yield Mistake(node.span, f"there is no code '{code}'")
    for code, entry in entries(root, "severity").items():
        if code not in codes:
            yield Mistake(entry.key.span, f"there is no code '{code}'")


def _dates(root: Node) -> Iterator[Mistake]:
    for position, item in enumerate(items(root, "suppressions")):
        until = child(item, "until")
        if until is not None and not _is_date(string(until) or ""):
            yield Mistake(until.span, f"suppressions.{position}.until: there is no such day")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _environments(root: Node) -> Iterator[Mistake]:
    seen: set[str] = set()
    for position, item in enumerate(items(root, "environments")):
        name = child(item, "name")
        if name is not None and string(name) in seen:
            yield Mistake(name.span, f"environments.{position}.name: another environment has this name")
        seen.add(string(name) or "")
        for node in items(item, "roots"):
            path = normpath(string(node) or "")
            if isabs(path) or path.split("/")[0] == "..":
                yield Mistake(
                    node.span, f"environments.{position}.roots: the folder is outside of the repository"
                )


def _versions(root: Node) -> Iterator[Mistake]:
    for component, entry in entries(root, "targets").items():
        if parse_version(string(entry.value) or "") is None:
            yield Mistake(
                entry.value.span, f"targets.{component}: this is no version: expected one such as 1.30"
            )


def _packs(root: Node, folder: Path) -> Iterator[Mistake]:
    for position, node in enumerate(items(root, "packs")):
        if not (folder / (string(node) or "")).exists():
            yield Mistake(node.span, f"packs.{position}: there is no such file or folder")
