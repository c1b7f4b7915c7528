"""The node tree of a document: scalars, mappings and sequences with their positions.

Every node has the position of its token, so that a diagnostic can point at a value without a search. A scalar holds
its text; its type is resolved on request, by the rules of ``scalars``.
"""

from bisect import bisect_right
from collections.abc import Iterator, KeysView
from typing import NamedTuple, Protocol

from msgspec import Struct

from cnilint.diagnostics.span import PackedSpan, Span, packed
from cnilint.document import scalars
from cnilint.document.scalars import NUMERIC_STARTS, WORDS, Data


class Mark(Protocol):
    """A place in a document's own text: line and column from 0, index in code points from its start."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def index(self) -> int: ...


class Place(Struct, frozen=True):
    """A ``Mark`` with no more than a mark has."""

    line: int
    column: int
    index: int


class Text:
    """The text that positions of nodes refer to: one document of a stream, or a whole file.

    ``breaks`` holds the index of every line start when the parser counts lines differently from an editor: lone CR,
    NEL, LS and PS end a line in YAML 1.1, section 4.1.4 (https://yaml.org/spec/1.1/#id871136). Otherwise it is None
    and the parser's line numbers are right.
    """

    __slots__ = ("breaks", "file", "first_column", "first_line")

    def __init__(self, file: str, first_line: int = 1, first_column: int = 1) -> None:
        self.file = file
        self.first_line = first_line
        self.first_column = first_column
        self.breaks: list[int] | None = None

    def locate(self, mark: Mark) -> tuple[int, int]:
        """Line and column, both from 1, of a mark in the file."""
        if self.breaks is None:
            line, column = mark.line, mark.column
        else:
            line = bisect_right(self.breaks, mark.index) - 1
            column = mark.index - self.breaks[line]
        return self.first_line + line, column + (self.first_column if line == 0 else 1)

    def span(self, start: Mark, end: Mark) -> Span:
        """The span in the file between two marks."""
        line, column = self.locate(start)
        end_line, end_column = self.locate(end)
        return Span(file=self.file, line=line, column=column, end_line=end_line, end_column=end_column)


class Scalar:
    """A leaf of the tree. ``raw`` is the text after unquoting and folding.

    ``style`` is the quote or block indicator, empty for none; ``tag`` is the resolved tag, None without one.
    """

    __slots__ = ("end", "raw", "start", "style", "tag", "text")

    def __init__(
        self, text: Text, raw: str, start: Mark, end: Mark, style: str = '"', tag: str | None = None
    ) -> None:
        self.text = text
        self.raw = raw
        self.start = start
        self.end = end
        self.style = style
        self.tag = tag

    @property
    def plain(self) -> bool:
        """Whether the text decides the type, since there is neither a quote nor a tag."""
        return not self.style and not self.tag

    @property
    def data(self) -> Data:
        """The value as it is sent to the API server.

        Raises ``scalars.ScalarError`` for what go-yaml refuses; ``read`` never returns such a scalar.
        """
        raw = self.raw
        if not self.tag and (self.style or (raw not in WORDS and raw[0] not in NUMERIC_STARTS)):
            return raw
        return scalars.resolve(raw, self.tag)

    @property
    def string(self) -> str | None:
        """The value when it is a string, else None."""
        value = self.data
        return value if isinstance(value, str) else None

    @property
    def span(self) -> Span:
        """The token; for a block scalar only its indicator (``|`` or ``>``), since the block may be hundreds of lines."""
        if self.style in ("|", ">"):
            line, column = self.text.locate(self.start)
            return Span(file=self.text.file, line=line, column=column, end_line=line, end_column=column + 1)
        return self.text.span(self.start, self.end)


class Row(Struct, frozen=True, gc=False):
    """A key of a mapping: its ``place`` in ``file``, and the text of its value, None for a collection."""

    name: str
    file: str
    place: PackedSpan
    raw: str | None


class NamedText(Struct, frozen=True, gc=False):
    """A mapping of two strings, a name and a value. ``place`` is that of the name in ``file``."""

    name: str
    file: str
    place: PackedSpan
    value: str


class Entry(NamedTuple):
    """A key and its value in a mapping."""

    key: Scalar
    value: "Node"


class Mapping:
    """Entries by the key's text in JSON. Of duplicate keys it has the last one."""

    __slots__ = ("end", "entries", "start", "text")

    def __init__(self, text: Text, start: Mark, end: Mark, entries: dict[str, Entry] | None = None) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.entries: dict[str, Entry] = {} if entries is None else entries

    def get(self, key: str) -> "Node | None":
        """The value of a key; None when it is missing."""
        entry = self.entries.get(key)
        return None if entry is None else entry.value

    def names(self) -> KeysView[str]:
        """The keys' texts in JSON."""
        return self.entries.keys()

    def fields(self) -> list[tuple[str, "Node"]]:
        """The keys' texts in JSON, and the values."""
        return [(name, entry.value) for name, entry in self.entries.items()]

    def key_span(self, key: str) -> Span:
        """The place of a key that the mapping has."""
        return self.entries[key].key.span

    def rows(self) -> list[Row]:
        """The keys with the texts of their values."""
        return [row_of(name, key.span, value) for name, (key, value) in self.entries.items()]

    def holds_texts(self) -> bool:
        """Whether every value is a string or null."""
        return all(isinstance(value, Scalar) and _is_text(value.data) for _, value in self.entries.values())

    def outlined(self) -> "Plain":
        """The whole as Python values where that needs no nodes; None elsewhere."""
        return None

    @property
    def span(self) -> Span:
        return self.text.span(self.start, self.end)


class Sequence:
    """Items in order."""

    __slots__ = ("end", "items", "start", "text")

    def __init__(self, text: Text, start: Mark, end: Mark, items: list["Node"] | None = None) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.items: list[Node] = [] if items is None else items

    def named_texts(self, name: str, value: str) -> list[NamedText | None]:
        """Of each item that holds two strings and no more, ``name`` and ``value``: these; None of any other item."""
        return [_named_text(item, name, value) for item in self.items]

    def outlined(self) -> "Plain":
        """As ``Mapping.outlined``."""
        return None

    @property
    def span(self) -> Span:
        return self.text.span(self.start, self.end)


Node = Scalar | Mapping | Sequence
Plain = dict[str, "Plain"] | list["Plain"] | Data


def row_of(name: str, key: Span, value: "Node | None") -> Row:
    """The row of a key at a place."""
    raw = value.raw if isinstance(value, Scalar) else None
    return Row(name=name, file=key.file, place=packed(key), raw=raw)


def is_same_kind(one: Node, other: Node) -> bool:
    """Whether both are scalars, mappings or sequences."""
    return any(isinstance(one, kind) and isinstance(other, kind) for kind in (Scalar, Mapping, Sequence))


def child(node: Node | None, *keys: str) -> Node | None:
    """The value below a chain of mapping keys; None when one of them is missing."""
    for key in keys:
        if not isinstance(node, Mapping):
            return None
        node = node.get(key)
    return node


def string(node: Node | None, *keys: str) -> str | None:
    """The string below a chain of keys; None when it is missing or not a string."""
    node = child(node, *keys)
    return node.string if isinstance(node, Scalar) else None


def items(node: Node | None, *keys: str) -> list[Node]:
    """The items of the sequence below a chain of keys; empty when there is none."""
    node = child(node, *keys)
    return node.items if isinstance(node, Sequence) else []


def entries(node: Node | None, *keys: str) -> dict[str, Entry]:
    """The entries of the mapping below a chain of keys; empty when there is none."""
    node = child(node, *keys)
    return node.entries if isinstance(node, Mapping) else {}


def _named_text(item: "Node", name: str, value: str) -> NamedText | None:
    if not isinstance(item, Mapping) or item.entries.keys() != {name, value}:
        return None
    named, text = item.entries[name].value, item.entries[value].value
    if not isinstance(named, Scalar) or not isinstance(text, Scalar):
        return None
    if not named.string or text.string is None:
        return None
    return NamedText(name=named.raw, file=named.text.file, place=packed(named.span), value=text.raw)


def _is_text(value: Data) -> bool:
    return value is None or isinstance(value, str)


def is_null(node: Node | None) -> bool:
    """Whether the value is missing or null, which the API server treats alike."""
    return node is None or (isinstance(node, Scalar) and node.data is None)


def is_true(node: Node | None) -> bool:
    """Whether the value is the boolean true, in any of its YAML 1.1 spellings."""
    return isinstance(node, Scalar) and node.data is True


def plain(node: Node) -> Plain:
    """The node as Python values (dict, list and scalars). A loop: nesting may go deeper than Python's stack."""
    pending: list[tuple[Node, Plain]] = []
    root = _empty(node, pending)
    while pending:
        node, value = pending.pop()
        if isinstance(node, Mapping) and isinstance(value, dict):
            for name, below in node.fields():
                value[name] = _empty(below, pending)
        elif isinstance(node, Sequence) and isinstance(value, list):
            value.extend([_empty(item, pending) for item in node.items])
    return root


def _empty(node: Node, pending: list[tuple[Node, Plain]]) -> Plain:
    """The value of a scalar or of an outline, or an empty collection that is added to ``pending``."""
    if isinstance(node, Scalar):
        return node.data
    value = node.outlined()
    if value is not None:
        return value
    value = {} if isinstance(node, Mapping) else []
    pending.append((node, value))
    return value


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, parents first, in the order of the text."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Mapping):
            stack.extend(value for _, value in reversed(node.fields()))
        elif isinstance(node, Sequence):
            stack.extend(reversed(node.items))
