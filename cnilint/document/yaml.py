"""One YAML document to nodes: the events of the C parser, composed the way go-yaml v2 decodes them.

The composer is a loop, not a recursion, so depth costs nothing; aliases are copied to the place of their use
(a finding in shared text must point at the user), within go-yaml's budget for aliases.
Source: decode.go of go.yaml.in/yaml/v2 and yaml.go of sigs.k8s.io/yaml, held to the real kubectl by the
differential test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import scalars
from cnilint.document.events import Event, MaskedText
from cnilint.document.fault import Budget, at, hostile, quoted, unparsable
from cnilint.document.node import Entry, Mapping, Mark, Node, Place, Scalar, Sequence, Text, walk
from cnilint.document.scalars import ScalarError

MAX_DEPTH = 10_000
"""Nesting that go-yaml v2 and Go's JSON decoder refuse to exceed."""
_CROWDED = 2_000_000_000
"""Depth times size above which libyaml, which looks at every open flow collection at every token, takes minutes."""
_MAX_PASSES = 10
"""Attempts at one document. The first repair masks all colons of the usual forms, each later one a rare one."""

_OTHER_BREAKS = ("\x85", "\u2028", "\u2029")
_NO_ENTRIES: dict[str, Entry] = {}
_MERGE_TAG = "tag:yaml.org,2002:merge"


def compose(
    source: str, text: Text, diagnostics: list[Diagnostic], budget: Budget | None = None
) -> Node | None:
    """The first document in ``source``, or None when there is none.

    Appends to ``diagnostics`` what kubectl passes over in silence: keys given twice, content after the document's
    end. Raises Broken for what it refuses. The ``data`` of every scalar of the result can be had.
    """
    text.breaks = _line_starts(source)
    parsed = MaskedText(source, text)
    budget = budget or Budget()
    for _ in range(_MAX_PASSES):
        found: list[Diagnostic] = []
        try:
            node = _Composer(parsed.events(), text, len(source), found, budget).document()
        except YAMLError as error:
            if not parsed.repair(error):
                raise parsed.failure(error) from None
            continue
        if node is not None and scalars.may_lack_json(source):
            require_json(node)
        diagnostics += found
        return node
    raise hostile(at(text, Place(0, 0, 0)), "colons stand in more odd places than are looked into")


def require_json(node: Node) -> None:
    """Raises Broken when a value below ``node`` has no JSON form, such as ``.inf``."""
    for value in walk(node):
        if isinstance(value, Scalar):
            try:
                _ = value.data
            except ScalarError as error:
                raise unparsable(value.span, str(error)) from None


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


@dataclass(slots=True)
class _Anchored:
    """What an anchor names. ``cost`` is the number of steps that go-yaml's decoder takes for one use of it."""

    node: Node
    cost: int = 1
    complete: bool = True


class _Frame:
    """A collection under construction."""

    __slots__ = ("anchored", "entries", "items", "key", "merged", "name", "node", "start")

    def __init__(self, node: Mapping | Sequence, start: int, anchored: _Anchored | None) -> None:
        self.node = node
        self.start = start
        """The decoder's step at which it began."""
        self.anchored = anchored
        self.items: list[Node] | None = None
        self.entries: dict[str, Entry] = _NO_ENTRIES
        if isinstance(node, Mapping):
            self.entries = node.entries
        else:
            self.items = node.items
        self.key: Scalar | None = None
        """The key whose value comes next."""
        self.name: str | None = None
        """That key as JSON has it; None for a merge key."""
        self.merged: set[str] | None = None
        """The names that came from a merge and that no key of the mapping itself has overwritten."""


class _Composer:
    """The state of one document's composition."""

    def __init__(
        self,
        next_event: Callable[[], Event],
        text: Text,
        size: int,
        diagnostics: list[Diagnostic],
        budget: Budget,
    ) -> None:
        self.next_event = next_event
        self.budget = budget
        self.text = text
        self.crowded = _CROWDED // (size + 1)
        self.diagnostics = diagnostics
        self.anchors: dict[str, _Anchored] = {}
        self.decoded = 1
        """Steps of go-yaml's decoder: one for the document and for each node, and an alias's with its target's."""
        self.aliased = 0
        """The steps among them that aliases cause."""

    def document(self) -> Node | None:
        event = self.next_event()
        while type(event) is not DocumentStartEvent:
            if type(event) is StreamEndEvent:
                return None
            event = self.next_event()
        node = self._tree()
        self.budget.left -= self.decoded
        self._look_behind()
        return node

    def _tree(self) -> Node:
        text = self.text
        new_entry = partial(tuple.__new__, Entry)  # half the time of Entry(key, value)
        frame: _Frame | None = None
        outer: list[_Frame | None] = []
        node: Node = Scalar(text, "", Place(0, 0, 0), Place(0, 0, 0))
        events = islice(iter(self.next_event, None), max(self.budget.left, 0))
        for event in events:
            kind = type(event)
            if kind is ScalarEvent:
                node = Scalar(text, event.value, event.start_mark, event.end_mark, event.style, event.ctag)
                self.decoded += 1
                if event.ctag or event.anchor:
                    self._note_properties(event, node)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                outer.append(frame)
                frame = self._begin(event, len(outer))
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                assert frame is not None
                node = self._end(event, frame)
                frame = outer.pop()
            elif kind is AliasEvent:
                node = self._alias(event, len(outer))
            else:
                return node
            if frame is None:
                continue
            if frame.items is not None:
                frame.items.append(node)
            elif frame.key is None:
                self._take_key(frame, node, kind)
            elif frame.name is None or frame.name in frame.entries:
                self._overwrite(frame, frame.key, node, kind)
            else:
                frame.entries[frame.name] = new_entry((frame.key, node))
                frame.key = None
        raise hostile(node.span, "the file holds more values than are read")

    def _note_properties(self, event: Event, scalar: Scalar) -> None:
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(scalar)
        try:
            scalars.decoded(scalar.raw, scalar.tag)
        except ScalarError as error:
            raise unparsable(scalar.span, str(error)) from None

    def _begin(self, event: Event, depth: int) -> _Frame:
        if depth > MAX_DEPTH:
            raise hostile(at(self.text, event.start_mark), f"nesting goes deeper than {MAX_DEPTH} levels")
        if depth > self.crowded and event.flow_style:
            raise hostile(at(self.text, event.start_mark), "nesting is too deep for a text of this size")
        collection = Mapping if type(event) is MappingStartEvent else Sequence
        node = collection(self.text, event.start_mark, event.end_mark)
        anchored = None
        if event.anchor is not None:
            anchored = self.anchors[event.anchor] = _Anchored(node, complete=False)
        frame = _Frame(node, self.decoded, anchored)
        self.decoded += 1
        return frame

    def _end(self, event: Event, frame: _Frame) -> Node:
        frame.node.end = event.end_mark
        if frame.anchored is not None:
            frame.anchored.cost = self.decoded - frame.start
            frame.anchored.complete = True
        return frame.node

    def _take_key(self, frame: _Frame, node: Node, kind: type[Event]) -> None:
        if not isinstance(node, Scalar):
            raise unparsable(node.span, "a mapping or sequence cannot be a key: JSON has only string keys")
        frame.key = node
        raw = node.raw
        if raw == "<<" and kind is ScalarEvent and (node.plain or node.tag in ("!", _MERGE_TAG)):
            frame.name = None
            self.decoded -= 1
        elif node.tag or (not node.style and (raw in scalars.WORDS or raw[0] in scalars.NUMERIC_STARTS)):
            frame.name = _key_name(node)
        else:
            frame.name = raw

    def _overwrite(self, frame: _Frame, key: Scalar, value: Node, kind: type[Event]) -> None:
        """Insert the value of ``<<``, or of a key that is there already."""
        frame.key = None
        if frame.name is None:
            self._merge(frame, key, value, kind)
            return
        name = frame.name
        if frame.merged and name in frame.merged:
            frame.merged.remove(name)
        else:
            message = f"the key {quoted(name)} is given twice in one mapping, and only this last one counts"
            line = frame.entries[name].key.span.line
            self.diagnostics.append(
                Diagnostic(
                    code="CNI124", span=key.span, message=message, hint=f"it is first given in line {line}"
                )
            )
        frame.entries[name] = Entry(key, value)

    def _merge(self, frame: _Frame, merge: Scalar, value: Node, kind: type[Event]) -> None:
        """go-yaml v2: a merge overwrites what stands before it; in a list the earlier mapping wins."""
        in_place = isinstance(value, Sequence) and kind is not AliasEvent
        sources = value.items[::-1] if isinstance(value, Sequence) and in_place else [value]
        merged: dict[str, Entry] = {}
        for source in sources:
            if not isinstance(source, Mapping):
                raise unparsable(source.span, "a merge (<<) takes a mapping or a list of mappings")
            merged.update(source.entries)
        frame.merged = frame.merged or set()
        for name, entry in merged.items():
            if name in frame.entries and name not in frame.merged:
                self._lost_to_merge(merge, frame.entries[name], name, entry)
        frame.entries.update(merged)
        frame.merged.update(merged)

    def _lost_to_merge(self, merge: Scalar, lost: Entry, name: str, winner: Entry) -> None:
        if not (
            isinstance(lost.value, Scalar)
            and isinstance(winner.value, Scalar)
            and lost.value.data == winner.value.data
        ):
            line = merge.span.line
            message = f"the merge in line {line} overwrites the key {quoted(name)}, since it stands below it"
            self.diagnostics.append(
                Diagnostic(
                    code="CNI124", span=lost.key.span, message=message, hint="put the merge (<<) first"
                )
            )

    def _alias(self, event: Event, depth: int) -> Node:
        anchored = self.anchors.get(event.anchor)
        start, end = event.start_mark, event.end_mark
        if anchored is None:
            message = f"the alias {quoted(event.anchor)} names no anchor of this document"
            raise unparsable(self.text.span(start, end), message)
        if not anchored.complete:
            raise unparsable(self.text.span(start, end), f"the anchor {quoted(event.anchor)} contains itself")
        self.decoded += 1 + anchored.cost
        self.aliased += anchored.cost
        if (
            self.aliased > 100
            and self.decoded > 1000
            and self.aliased / self.decoded > _allowed_ratio(self.decoded)
        ):
            message = "aliases expand to far more than the document holds (alias bomb)"
            raise hostile(self.text.span(start, end), message)
        copy = _copied(anchored.node, self.text, start, end, MAX_DEPTH - depth)
        if copy is None:
            raise hostile(self.text.span(start, end), f"nesting goes deeper than {MAX_DEPTH} levels")
        return copy

    def _look_behind(self) -> None:
        """kubectl reads one document per chunk and forgets what follows ``...`` without a ``---``."""
        try:
            event = self.next_event()
        except MarkedYAMLError as error:
            mark = error.context_mark or error.problem_mark or Place(0, 0, 0)
            message = "what follows the end of the document is never read"
            self.diagnostics.append(Diagnostic(code="CNI125", span=at(self.text, mark), message=message))
            return
        if type(event) is not StreamEndEvent:
            message = "this document is lost: kubectl stops reading at the '...' above it"
            self.diagnostics.append(
                Diagnostic(
                    code="CNI125",
                    span=at(self.text, event.start_mark),
                    message=message,
                    hint="start it with '---'",
                )
            )


def _copied(node: Node, text: Text, start: Mark, end: Mark, depth: int) -> Node | None:
    """A copy of the tree that stands at the place of the alias; None when it is deeper than ``depth``."""

    def leaf(original: Scalar) -> Scalar:
        quote = (
            '"' if original.style else ""
        )  # the span of a block scalar is its indicator, of this the alias
        return Scalar(text, original.raw, start, end, quote, original.tag)

    def shell(original: Node) -> Node:
        return leaf(original) if isinstance(original, Scalar) else type(original)(text, start, end)

    root = shell(node)
    pending = [(node, root, 0)]
    while pending:
        original, copy, level = pending.pop()
        if isinstance(original, Scalar):
            continue
        if level == depth:
            return None
        if isinstance(original, Mapping) and isinstance(copy, Mapping):
            for name, (key, value) in original.entries.items():
                entry = Entry(leaf(key), shell(value))
                copy.entries[name] = entry
                pending.append((value, entry.value, level + 1))
        elif isinstance(original, Sequence) and isinstance(copy, Sequence):
            copy.items.extend(map(shell, original.items))
            pending.extend(
                (item, twin, level + 1) for item, twin in zip(original.items, copy.items, strict=True)
            )
    return root


def _allowed_ratio(decoded: int) -> float:
    """The share of alias expansion that go-yaml v2 allows: 0.99 to 400,000 steps, falling to 0.10 at 4 million."""
    low, high = 400_000, 4_000_000
    if decoded <= low:
        return 0.99
    if decoded >= high:
        return 0.10
    return 0.99 - 0.89 * (decoded - low) / (high - low)


def _key_name(key: Scalar) -> str:
    name = scalars.key_text(key.raw, key.tag)
    if name is None:
        raise unparsable(key.span, "null or so large a number cannot be a key: JSON has only string keys")
    return name
