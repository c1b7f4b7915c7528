"""Nodes that are made of a document's outline when they are wanted: same values and places as the parser's."""

from collections.abc import Callable, KeysView, Set
from typing import Any

from cnilint.diagnostics.model import Diagnostic
from cnilint.diagnostics.span import Span
from cnilint.document import scalars
from cnilint.document.limits import Budget
from cnilint.document.lines import FLOW, QUOTED, LineReader, LineTokens, ScalarToken
from cnilint.document.node import (
    Entry,
    Mapping,
    NamedText,
    Node,
    Place,
    Plain,
    Row,
    Scalar,
    Sequence,
    Text,
    entries,
    items,
    plain,
    row_of,
    walk,
)
from cnilint.document.outline import OutlineError, OutlineList, OutlineMap, OutlineValue, outlined
from cnilint.document.outlinelines import OutlineLines
from cnilint.document.yaml import compose

_SEPARATOR = "---"
"""What the text of a stream's first document can begin with."""
_END = "..."
_MOST_VALUES_OF_LINE = 4
"""Values that a line without a flow collection holds at most: a list, a map, a key and its value."""


class OutlineReader:
    """Composes the documents of a run. What equal lines say is read once."""

    def __init__(self) -> None:
        self._lines = LineReader()

    def compose(self, source: str, text: Text, diagnostics: list[Diagnostic], budget: Budget) -> Node | None:
        """As ``yaml.compose``; nodes are made when they are wanted where the document has an outline."""
        lines = source.split("\n")
        lines.pop()
        if lines[0].rstrip(" ") == _SEPARATOR:
            lines[0] = f"#{lines[0][1:]}"
        try:
            if len(lines) * _MOST_VALUES_OF_LINE > budget.left:
                raise OutlineError
            outline, long = outlined(_before_end(lines), self._lines)
        except OutlineError:
            return compose(source, text, diagnostics, budget)
        budget.left -= len(lines)
        return _Document(lines, self._lines, text, outline, long).node(outline)


def plain_words(root: Node | None, words: Set[str]) -> bool | None:
    """Whether a plain key or value of a document may be one of the words; None where only its nodes can tell."""
    if root is None:
        return False
    if not isinstance(root, OutlinedMapping | OutlinedSequence):
        return None
    return root.holds_plain(words)


def may_hold(node: Node, text: str) -> bool:
    """Whether a scalar at or below a collection may hold a text without blanks; True where only its nodes can tell."""
    return not isinstance(node, OutlinedMapping | OutlinedSequence) or node.may_hold(text)


def _before_end(lines: list[str]) -> list[str]:
    """The lines without the end marker that is the last thing in them."""
    last = len(lines)
    while last and not lines[last - 1]:
        last -= 1
    return lines[: last - 1] if last and lines[last - 1] == _END else lines


class OutlinedScalar(Scalar):
    """A scalar on one line."""

    __slots__ = ("_document", "_line", "_token")

    tag = None

    def __init__(self, document: "_Document", line: int, token: ScalarToken) -> None:
        self._document = document
        self._line = line
        self._token = token
        self.raw = token.raw
        self.style = token.quote

    def __getattr__(self, name: str) -> Any:
        if name == "text":
            self.text = self._document.text
        elif name == "start":
            self.start = self._document.place(self._line, self._token.start)
        elif name == "end":
            self.end = self._document.place(self._line, self._token.end)
        else:
            raise AttributeError(f"{type(self).__name__} has no attribute {name}")
        return getattr(self, name)

    @property
    def span(self) -> Span:
        return self._document.span(self._line, self._token)


class _Outlined:
    """What mappings and sequences say without the nodes below them."""

    __slots__ = ()

    _document: "_Document"
    _outline: OutlineMap | OutlineList

    def outlined(self) -> Plain:
        """The whole as Python values."""
        return self._document.plain(self._outline)

    def ways(self, wanted: Callable[[Set[str]], bool]) -> set[int]:
        """Of this and the collections below, the ids of the outlines on the way to a mapping whose names are wanted, or that may
        be one."""
        return self._document.ways(self._outline, wanted)

    def holds_plain(self, words: Set[str]) -> bool:
        """Whether a plain key or value of the document may be one of the words."""
        return self._document.holds_plain(words)

    def may_hold(self, text: str) -> bool:
        """Whether a scalar below may hold a text without blanks."""
        return self._document.may_hold(self._outline, text)


class OutlinedMapping(_Outlined, Mapping):
    """A mapping whose entries are made when they are wanted."""

    __slots__ = ("_document", "_outline", "_rows", "_values")

    def __init__(self, document: "_Document", outline: OutlineMap) -> None:
        self._document = document
        self._outline: OutlineMap = outline
        self._values: dict[str, Node] = {}
        self._rows: list[Row] | None = None

    def get(self, key: str) -> Node | None:
        value = self._values.get(key)
        if value is None:
            at = self._outline.get(key)
            if at is not None:
                value = self._values[key] = self._document.node(at)
        return value

    def names(self) -> KeysView[str]:
        return self._outline.keys()

    def fields(self) -> list[tuple[str, Node]]:
        return [(name, self._value(name, at)) for name, at in self._outline.items()]

    def fields_on(self, ways: Set[int]) -> list[tuple[str, Node]]:
        """The fields on ``ways``."""
        on_way = self._document.is_on_way
        return [(name, self._value(name, at)) for name, at in self._outline.items() if on_way(at, ways)]

    def key_span(self, key: str) -> Span:
        document = self._document
        line = document.line_of_key(self._outline[key])
        return document.span(line, document.tokens(line).key)

    def rows(self) -> list[Row]:
        if self._rows is None:
            row = self._document.row
            self._rows = [row(name, at) or self._long_row(name) for name, at in self._outline.items()]
        return self._rows

    def _long_row(self, name: str) -> Row:
        return row_of(name, self.key_span(name), self.get(name))

    def holds_texts(self) -> bool:
        return all(map(self._document.is_text, self._outline.values()))

    def __getattr__(self, name: str) -> Any:
        document, outline = self._document, self._outline
        if name == "entries":
            self.entries = {name: Entry(self._key(at), self._value(name, at)) for name, at in outline.items()}
        elif name == "text":
            self.text = document.text
        elif name == "start":
            line = document.first_line(outline)
            self.start = document.place(line, document.tokens(line).key.start)
        elif name == "end":
            self.end = document.end(outline)
        else:
            raise AttributeError(f"{type(self).__name__} has no attribute {name}")
        return getattr(self, name)

    def _key(self, at: OutlineValue) -> Scalar:
        document = self._document
        line = document.line_of_key(at)
        return OutlinedScalar(document, line, document.tokens(line).key)

    def _value(self, name: str, at: OutlineValue) -> Node:
        value = self._values.get(name)
        if value is None:
            value = self._values[name] = self._document.node(at)
        return value


class OutlinedSequence(_Outlined, Sequence):
    """A sequence whose items are made when they are wanted."""

    __slots__ = ("_document", "_named_texts", "_outline")

    def __init__(self, document: "_Document", outline: OutlineList) -> None:
        self._document = document
        self._outline: OutlineList = outline
        self._named_texts: dict[tuple[str, str], list[NamedText | None]] = {}

    def __getattr__(self, name: str) -> Any:
        document, outline = self._document, self._outline
        if name == "items":
            self.items = [document.node(each) for each in outline]
        elif name == "text":
            self.text = document.text
        elif name == "start":
            line = document.first_line(outline)
            self.start = document.place(line, document.tokens(line).dash)
        elif name == "end":
            self.end = document.end(outline)
        else:
            raise AttributeError(f"{type(self).__name__} has no attribute {name}")
        return getattr(self, name)

    def items_on(self, ways: Set[int]) -> list[tuple[int, Node]]:
        """The items on ``ways``, by their indices."""
        on_way = self._document.is_on_way
        return [(index, self.items[index]) for index, at in enumerate(self._outline) if on_way(at, ways)]

    def named_texts(self, name: str, value: str) -> list[NamedText | None]:
        found = self._named_texts.get((name, value))
        if found is None:
            document = self._document
            found = [document.named_text(item, name, value) for item in self._outline]
            self._named_texts[name, value] = found
        return found


class _Document(OutlineLines):
    """The lines of a document, of which its nodes are made."""

    def is_on_way(self, at: OutlineValue, ways: Set[int]) -> bool:
        return at in self.flows if isinstance(at, int) else id(at) in ways

    def node(self, at: OutlineValue) -> Node:
        if isinstance(at, int):
            tokens = self.reader[self.lines[at]][3]
            if tokens.style >= FLOW or at in self.long:
                return self._value(at, tokens)
            return OutlinedScalar(self, at, tokens.value)
        if isinstance(at, dict):
            return OutlinedMapping(self, at)
        return OutlinedSequence(self, at)

    def plain(self, outline: OutlineMap | OutlineList) -> Plain:
        """A collection as Python values. A loop, as ``node.plain``."""
        lines, reader, long = self.lines, self.reader, self.long
        pending: list[tuple[OutlineMap | OutlineList, Plain]] = []

        def made(at: OutlineValue) -> Plain:
            if isinstance(at, int):
                tokens = reader[lines[at]][3]
                if tokens.style >= FLOW or at in long:
                    return plain(self.node(at))
                raw = tokens.value.raw
                return raw if tokens.style == QUOTED else scalars.resolve(raw)
            collection: Plain = {} if isinstance(at, dict) else []
            pending.append((at, collection))
            return collection

        root = made(outline)
        while pending:
            part, value = pending.pop()
            if isinstance(part, dict) and isinstance(value, dict):
                for name, at in part.items():
                    value[name] = made(at)
            elif isinstance(part, list) and isinstance(value, list):
                value.extend([made(at) for at in part])
        return root

    def _value(self, line: int, tokens: LineTokens) -> Node:
        """A value with a form of its own, as the parser reads it alone."""
        if tokens.style == FLOW:
            source, column = tokens.value.raw, tokens.value.start
        else:
            first = self.lines[line]
            if tokens.key.end:
                first = " " * tokens.key.start + first[tokens.key.start :]
            source, column = "\n".join([first, *self.lines[line + 1 : self.long[line] + 1]]), 0
        root = compose(f"{source}\n", self.text, [])
        assert root is not None
        start = self.place(line, column)
        for node in walk(root):
            node.start, node.end = _moved(node.start, start), _moved(node.end, start)
            if isinstance(node, Mapping):
                for key, _ in node.entries.values():
                    key.start, key.end = _moved(key.start, start), _moved(key.end, start)
        if tokens.style == FLOW:
            return root
        return next(iter(items(root) or (each.value for each in entries(root).values())))


def _moved(mark: Any, by: Place) -> Place:
    column = mark.column + by.column if mark.line == 0 else mark.column
    return Place(mark.line + by.line, column, mark.index + by.index)
