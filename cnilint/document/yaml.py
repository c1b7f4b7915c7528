"""One YAML document to nodes: the events of the C parser, composed the way go-yaml v2 decodes them.

The composer is a loop, not a recursion, so depth costs nothing; aliases are copied to the place of their use
(a finding in shared text must point at the user), within go-yaml's budget for aliases.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from _ruamel_yaml import CParser
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from cnilint.document.node import Entry, Mapping, Mark, Node, Place, Scalar, Sequence, Span, Text
from cnilint.document.scalars import ScalarError

MAX_DEPTH = 10_000
"""Nesting that go-yaml v2 refuses to exceed (its max_flow_level and max_indents)."""

_OTHER_BREAKS = ("\x85", "\u2028", "\u2029")
_MERGE_TAG = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the text itself. ``code`` is the finding's code."""

    code: str
    span: Span
    message: str
    hint: str = ""


class Broken(Exception):
    """A document that cannot be read; carries the one fault that says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class _Parser(Protocol):
    def get_event(self) -> Any: ...


def compose(source: str, text: Text, faults: list[Fault]) -> Node | None:
    """The first document in ``source``, or None when there is none.

    Appends to ``faults`` what kubectl passes over in silence: keys given twice, content after the document's
    end. Raises Broken for what it refuses.
    """
    text.breaks = _line_starts(source)
    parser = _open(source, text)
    try:
        node = _Composer(parser, text, faults).document()
        if node is not None:
            _look_behind(parser, text, faults)
        return node
    except MarkedYAMLError as error:
        raise Broken(_syntax_fault(error, text)) from None
    except YAMLError as error:
        raise Broken(
            Fault("CNI901", _at(text, Place(0, 0, 0)), f"the text is not YAML: {_first_line(str(error))}")
        ) from None


def _open(source: str, text: Text) -> _Parser:
    try:
        parser: _Parser = CParser(source)
    except UnicodeEncodeError as error:
        place = Place(source.count("\n", 0, error.start), 0, error.start)
        raise Broken(
            Fault(
                "CNI902", _at(text, place), "the text holds a surrogate code point, which no encoding allows"
            )
        ) from None
    return parser


def _line_starts(source: str) -> list[int] | None:
    odd = any(character in source for character in _OTHER_BREAKS) or source.count("\r") != source.count(
        "\r\n"
    )
    if not odd:
        return None
    starts = [0]
    position = source.find("\n")
    while position >= 0:
        starts.append(position + 1)
        position = source.find("\n", position + 1)
    return starts


class _Frame:
    """A collection under construction."""

    __slots__ = ("key", "merging", "node")

    def __init__(self, node: Mapping | Sequence) -> None:
        self.node = node
        self.key: Scalar | None = None
        self.merging = False


class _Composer:
    """The state of one document's composition."""

    def __init__(self, parser: _Parser, text: Text, faults: list[Fault]) -> None:
        self.parser = parser
        self.text = text
        self.faults = faults
        self.anchors: dict[str, Node] = {}
        self.open_anchors: set[int] = set()
        self.decoded = 0
        self.aliased = 0

    def document(self) -> Node | None:
        event = self.parser.get_event()
        while type(event) is not DocumentStartEvent:
            if type(event) is StreamEndEvent:
                return None
            event = self.parser.get_event()
        return self._tree()

    def _tree(self) -> Node:
        get_event = self.parser.get_event
        text = self.text
        stack: list[_Frame] = []
        node: Node
        root: Node = Scalar(text, "", Place(0, 0, 0), Place(0, 0, 0), plain=True)
        while True:
            event = get_event()
            kind = type(event)
            self.decoded += 1
            if kind is ScalarEvent:
                node = Scalar(
                    text,
                    event.value,
                    event.start_mark,
                    event.end_mark,
                    event.implicit[0],
                    event.tag or "",
                    event.style or "",
                )
                if node.plain and node.style:
                    node.plain = False
                if event.anchor is not None:
                    self.anchors[event.anchor] = node
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._begin(event, stack)
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                node = stack.pop().node
                node.end = event.end_mark
                self.open_anchors.discard(id(node))
            elif kind is AliasEvent:
                node = self._alias(event)
            elif kind is DocumentEndEvent:
                return root
            else:
                continue
            if stack:
                self._attach(stack[-1], node)
            else:
                root = node

    def _begin(self, event: Any, stack: list[_Frame]) -> None:
        if len(stack) >= MAX_DEPTH:
            raise Broken(
                Fault(
                    "CNI902", _at(self.text, event.start_mark), f"nesting goes deeper than {MAX_DEPTH} levels"
                )
            )
        collection = Mapping if type(event) is MappingStartEvent else Sequence
        node = collection(self.text, event.start_mark, event.end_mark)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
            self.open_anchors.add(id(node))
        stack.append(_Frame(node))

    def _attach(self, frame: _Frame, node: Node) -> None:
        parent = frame.node
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif frame.merging:
            frame.merging = False
            self._merge(parent, node)
        elif frame.key is None:
            if isinstance(node, Scalar) and node.raw == "<<" and (node.plain or node.tag == _MERGE_TAG):
                frame.merging = True
            else:
                frame.key = self._key(node)
        else:
            self._insert(parent, frame.key, node)
            frame.key = None

    def _key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            raise Broken(
                Fault("CNI901", node.span, "a mapping or sequence cannot be a key: JSON has only string keys")
            )
        if (node.plain or node.tag) and _key_text(node) is None:
            raise Broken(Fault("CNI901", node.span, "null cannot be a key: JSON has only string keys"))
        return node

    def _insert(self, parent: Mapping, key: Scalar, value: Node) -> None:
        name = key.raw if not key.plain and not key.tag else _key_text(key) or ""
        entries = parent.entries
        if name in entries:
            first = entries[name].key
            if first.text is key.text and first.start is not key.start:
                line = first.span.line
                self.faults.append(
                    Fault(
                        "CNI124",
                        key.span,
                        f"the key {name!r} is given twice in one mapping, and only this last one counts",
                        f"it is first given in line {line}",
                    )
                )
        entries[name] = Entry(key, value)

    def _merge(self, parent: Mapping, node: Node) -> None:
        """go-yaml v2: a merge overwrites what stands before it; in a list the earlier mapping wins."""
        sources = list(reversed(node.items)) if isinstance(node, Sequence) else [node]
        for source in sources:
            if not isinstance(source, Mapping):
                raise Broken(
                    Fault("CNI901", source.span, "a merge (<<) takes a mapping or a list of mappings")
                )
            parent.entries.update(source.entries)

    def _alias(self, event: Any) -> Node:
        target = self.anchors.get(event.anchor)
        if target is None:
            raise Broken(
                Fault(
                    "CNI901",
                    _at(self.text, event.start_mark),
                    f"the alias *{event.anchor} names no anchor of this document",
                )
            )
        if id(target) in self.open_anchors:
            raise Broken(
                Fault(
                    "CNI901", _at(self.text, event.start_mark), f"the anchor &{event.anchor} contains itself"
                )
            )
        return self._copy(target, event.start_mark, event.end_mark)

    def _copy(self, node: Node, start: Mark, end: Mark) -> Node:
        self.decoded += 1
        self.aliased += 1
        if (
            self.aliased > 100
            and self.decoded > 1000
            and self.aliased / self.decoded > _allowed_ratio(self.decoded)
        ):
            raise Broken(
                Fault(
                    "CNI902",
                    self.text.span(start, end),
                    "aliases expand to far more than the document holds (alias bomb)",
                )
            )
        if isinstance(node, Scalar):
            return Scalar(self.text, node.raw, start, end, node.plain, node.tag)
        if isinstance(node, Mapping):
            copied = {
                name: Entry(
                    Scalar(self.text, entry.key.raw, start, end, entry.key.plain, entry.key.tag),
                    self._copy(entry.value, start, end),
                )
                for name, entry in node.entries.items()
            }
            return Mapping(self.text, start, end, copied)
        return Sequence(self.text, start, end, [self._copy(item, start, end) for item in node.items])


def _allowed_ratio(decoded: int) -> float:
    """The share of alias expansion that go-yaml v2 allows: 0.99 to 400,000 decodes, falling to 0.10 at 4 million."""
    low, high = 400_000, 4_000_000
    if decoded <= low:
        return 0.99
    if decoded >= high:
        return 0.10
    return 0.99 - 0.89 * (decoded - low) / (high - low)


def _key_text(key: Scalar) -> str | None:
    """A key as JSON spells it; None for null."""
    try:
        value = key.data
    except ScalarError as error:
        raise Broken(Fault("CNI901", key.span, str(error))) from None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return go_float(value)
    return None if value is None else str(value)


def go_float(value: float) -> str:
    """A float key as sigs.k8s.io/yaml spells it: the shortest form that a 32-bit float keeps."""
    import struct

    try:
        narrow = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return "+Inf" if value > 0 else "-Inf"
    for digits in range(1, 10):
        short = f"{value:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(short)))[0] == narrow:
            return short
    return repr(value)


def _look_behind(parser: _Parser, text: Text, faults: list[Fault]) -> None:
    """kubectl reads one document per chunk and forgets what follows ``...`` without a ``---``."""
    try:
        event = parser.get_event()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or Place(0, 0, 0)
        faults.append(Fault("CNI125", _at(text, mark), "what follows the end of the document is never read"))
        return
    if type(event) not in (StreamEndEvent, StreamStartEvent):
        faults.append(
            Fault(
                "CNI125",
                _at(text, event.start_mark),
                "this document is lost: kubectl stops reading at the '...' above it",
                "start it with '---'",
            )
        )


def _syntax_fault(error: MarkedYAMLError, text: Text) -> Fault:
    mark = error.problem_mark or error.context_mark or Place(0, 0, 0)
    problem = ", ".join(part for part in (error.context, error.problem) if part)
    return Fault("CNI901", _at(text, mark), f"the text is not YAML: {_first_line(problem)}")


def _at(text: Text, mark: Mark) -> Span:
    line, column = text.locate(mark)
    return Span(text.file, line, column, line, column + 1)


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0] if message.strip() else "unknown reason"
