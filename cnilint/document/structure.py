"""Nodes to frozen records, by the annotations of the records.

Understood are ``str``, ``bool``, ``int``, enumerations, ``Literal``, ``X | None``, ``tuple[X, ...]``,
``frozenset[X]``, ``Mapping[str, X]``, other records, ``Node`` (passed unchanged) and ``Span`` (the place of the
record). A field ``config_maps`` is read from the key ``configMaps``; other keys are ignored, because which keys
may be there is for the schema to say (see ``schema``). ``Annotated`` adds what a type does not tell::

    version: Annotated[Version, Convert(parse_version)]                  made from a string
    versions: Annotated[VersionRange, Convert(parse_range, list[str])]   made from a list of strings
    matched: Annotated[RuleMatch, Key("match")]                          read from another key
    span: Annotated[Span, PlaceOf("id")]                                 the place of the value of a key

The plan for a type is made once, so that reading costs no inspection.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache, partial
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.diagnostics.span import Span
from cnilint.document.node import Mapping as MappingNode
from cnilint.document.node import Node, Scalar, Sequence, is_null
from cnilint.document.stream import read
from cnilint.errors import UsageError
from cnilint.reading import Unreadable, read_named
from cnilint.resources import data_text

T = TypeVar("T")
_Reader = Callable[[Node], Any]

INVALID_DATA = "invalid-data"
"""The code of a mistake in a configuration or a rule file. It is a usage error, not a finding."""


class DataError(UsageError):
    """A mistake in a configuration or a rule file: ``file:line:column: text``."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        span = diagnostic.span
        super().__init__(f"{span.file}:{span.line}:{span.column}: {diagnostic.message}")
        self.diagnostic = diagnostic


class Convert(Struct, frozen=True):
    """A value is made by ``function`` out of what ``source`` reads; a ValueError says what was expected."""

    function: Callable[[Any], object]
    source: Any = str


class Key(Struct, frozen=True):
    """The key that a field is read from."""

    name: str


class PlaceOf(Struct, frozen=True):
    """The key whose value's place a ``Span`` field holds."""

    name: str


class _Field(NamedTuple):
    name: str
    key: str
    read: _Reader
    is_required: bool


def structure(node: Node, kind: type[T]) -> T:
    """The record, or other value, of a type that a node spells out. Raises DataError."""
    annotation: Any = kind
    value: T = _reader(annotation)(node)
    return value


def read_file(path: Path, shown: str = "") -> Node:
    """The root of a file that holds one document, not an empty one. ``shown`` names it. Raises DataError."""
    name = shown or str(path)
    try:
        return parse_file(name, read_named(path))
    except Unreadable as error:
        raise mistake(start_of(name), Message("cannot be read: {reason}", reason=str(error))) from None


def parse_file(name: str, data: bytes) -> Node:
    """The root of the content of a file, as of ``read_file``. Raises DataError."""
    try:
        data.decode()
    except UnicodeDecodeError:
        raise mistake(start_of(name), Message("not UTF-8")) from None
    return _filled(parse_document(name, data), name)


def load(name: str, kind: type[T]) -> T:
    """A data file of the program, such as ``rules/gitops.yaml``, as a record. Raises DataError."""
    return structure(_filled(parse_document(name, data_text(name).encode()), name), kind)


def parse_document(name: str, data: bytes) -> Node | None:
    """The root of a text that holds one document; None when it is empty. Raises DataError."""
    found = read(name, data, everything=True)
    wrong = next((fault for each in found for fault in (each.broken, *each.diagnostics) if fault), None)
    if wrong is not None:
        raise DataError(wrong)
    roots = [each.root for each in found if each.root is not None]
    if len(roots) > 1:
        raise mistake(roots[1].span, Message("expected one document, found another"))
    return roots[0] if roots and not is_null(roots[0]) else None


def _filled(root: Node | None, name: str) -> Node:
    if root is None:
        raise mistake(start_of(name), Message("the file is empty"))
    return root


def mistake(span: Span, message: Message) -> DataError:
    """The error for a mistake at a place."""
    return DataError(Diagnostic(code=INVALID_DATA, span=span, message=message))


def start_of(file: str) -> Span:
    """The place of a mistake that concerns a file as a whole."""
    return Span(file=file, line=1, column=1, end_line=1, end_column=1)


@cache
def _reader(annotation: Any) -> _Reader:
    """The plan for an annotation. A union of several types can only be ``Node``."""
    origin = get_origin(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if origin in _GENERIC:
        return _GENERIC[origin](get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        return _record(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return partial(_choice, {member.value: member for member in annotation})
    raise TypeError(f"no node can be read as {annotation}")


def _optional(arguments: tuple[Any, ...]) -> _Reader:
    types = [argument for argument in arguments if argument is not NoneType]
    return _reader(types[0]) if len(types) == 1 else _node


def _literal(arguments: tuple[Any, ...]) -> _Reader:
    return partial(_choice, {value: value for value in arguments})


def _annotated(arguments: tuple[Any, ...]) -> _Reader:
    kind, *marks = arguments
    convert = next((mark for mark in marks if isinstance(mark, Convert)), None)
    if convert is None:
        return _reader(kind)
    return partial(_converted, _reader(convert.source), convert.function)


def _converted(source: _Reader, function: Callable[[Any], object], node: Node) -> object:
    value = source(node)
    try:
        return function(value)
    except ValueError as error:
        raise mistake(node.span, Message("{reason}", reason=str(error))) from None


def _tuple(arguments: tuple[Any, ...]) -> _Reader:
    return partial(_items, tuple, _reader(arguments[0]))


def _set(arguments: tuple[Any, ...]) -> _Reader:
    return partial(_items, frozenset, _reader(arguments[0]))


def _mapping(arguments: tuple[Any, ...]) -> _Reader:
    return partial(_pairs, _reader(arguments[1]))


def _items(make: Callable[[list[Any]], object], read_item: _Reader, node: Node) -> object:
    if not isinstance(node, Sequence):
        raise mistake(node.span, Message("expected a list"))
    return make([read_item(item) for item in node.items])


def _pairs(read_value: _Reader, node: Node) -> dict[str, Any]:
    if not isinstance(node, MappingNode):
        raise mistake(node.span, Message("expected a mapping"))
    return {name: read_value(entry.value) for name, entry in node.entries.items()}


def _text(node: Node) -> str:
    value = node.string if isinstance(node, Scalar) else None
    if value is None:
        raise mistake(node.span, Message("expected a string (quote numbers, dates and booleans)"))
    return value


def _boolean(node: Node) -> bool:
    value = node.data if isinstance(node, Scalar) else None
    if not isinstance(value, bool):
        raise mistake(node.span, Message("expected `true` or `false`"))
    return value


def _number(node: Node) -> int:
    value = node.data if isinstance(node, Scalar) else None
    if not isinstance(value, int) or isinstance(value, bool):
        raise mistake(node.span, Message("expected an integer"))
    return value


def _choice(members: dict[str, Any], node: Node) -> Any:
    value = node.string if isinstance(node, Scalar) else None
    if value is None or value not in members:
        raise mistake(node.span, Message("expected one of {names}", names=", ".join(members)))
    return members[value]


def _node(node: Node) -> Node:
    return node


def _record(kind: Any) -> _Reader:
    hints = get_type_hints(kind, include_extras=True)
    plan = [_field(each, hints[each.name]) for each in fields(kind) if not _is_span(hints[each.name])]
    places = [
        (each.name, _marked(hints[each.name], PlaceOf, ""))
        for each in fields(kind)
        if _is_span(hints[each.name])
    ]
    return partial(_built, kind, plan, places)


def _field(field: FieldInfo, annotation: Any) -> _Field:
    return _Field(
        name=field.name,
        key=_marked(annotation, Key, _camel_case(field.name)),
        read=_reader(annotation),
        is_required=field.required,
    )


def _is_span(annotation: Any) -> bool:
    return annotation is Span or (get_origin(annotation) is Annotated and get_args(annotation)[0] is Span)


def _marked(annotation: Any, mark: type[Key | PlaceOf], default: str) -> str:
    """The name that ``Annotated`` gives for a field."""
    marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((each.name for each in marks if isinstance(each, mark)), default)


def _built(kind: type[T], plan: list[_Field], places: list[tuple[str, str]], node: Node) -> T:
    if not isinstance(node, MappingNode):
        raise mistake(node.span, Message("expected a mapping"))
    values: dict[str, Any] = {}
    entries = node.entries
    for name, key, reader, is_required in plan:
        entry = entries.get(key)
        if entry is not None:
            values[name] = reader(entry.value)
        elif is_required:
            raise mistake(node.span, Message("missing key `{key}`", key=key))
    for name, key in places:
        values[name] = (entries[key].value if key in entries else node).span
    return kind(**values)


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_PLAIN: dict[Any, _Reader] = {str: _text, bool: _boolean, int: _number, Node: _node}
_GENERIC: dict[Any, Callable[[tuple[Any, ...]], _Reader]] = {
    Annotated: _annotated,
    Literal: _literal,
    Union: _optional,
    UnionType: _optional,
    tuple: _tuple,
    list: _tuple,
    frozenset: _set,
    dict: _mapping,
    Mapping: _mapping,
}
