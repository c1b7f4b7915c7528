"""One YAML document to nodes: composes the events of the C parser as go-yaml v2 decodes them.

The composer is a loop, not a recursion: nesting may go deeper than Python's stack. An alias becomes a copy of its
anchor's value with the position of the alias, since that is where a diagnostic must point. Source: decode.go of
go.yaml.in/yaml/v2 and yaml.go of sigs.k8s.io/yaml, verified against kubectl by the differential test.
"""

from collections.abc import Callable
from functools import partial
from itertools import islice

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.document import scalars
from cnilint.document.aliases import Anchored, copied, is_alias_bomb
from cnilint.document.errors import (
    duplicate_key,
    hostile,
    shown,
    span_at,
    too_deep,
    too_many_values,
    unparsable,
)
from cnilint.document.events import Event, MaskedText
from cnilint.document.limits import MAX_DEPTH, Budget
from cnilint.document.node import Entry, Mapping, Node, Place, Scalar, Sequence, Text
from cnilint.document.ondemand import walk_composed
from cnilint.document.scalars import ScalarError

_MAX_FLOW_WORK = 2_000_000_000
"""Depth of flow collections times size of the text.

libyaml visits every open flow collection at every token (``yaml_parser_stale_simple_keys`` in scanner.c), so above
this it takes minutes.
"""
_MAX_PASSES = 10
"""Attempts at one document. The first repair masks all colons of the usual forms, each later one a rare form."""

_OTHER_BREAKS = ("\x85", "\u2028", "\u2029")
_STARTS = frozenset((MappingStartEvent, SequenceStartEvent))
_NO_ENTRIES: dict[str, Entry] = {}
_MERGE_TAG = "tag:yaml.org,2002:merge"


def compose(
    source: str, text: Text, diagnostics: list[Diagnostic], budget: Budget | None = None
) -> Node | None:
    """The first document in ``source``, or None when there is none.

    Adds to ``diagnostics`` what kubectl ignores silently: duplicate keys, content after the end of the document.
    Raises Broken for what kubectl refuses. The ``data`` of a scalar in the result never raises.
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
    raise hostile(
        span_at(text, Place(0, 0, 0)),
        Message("too many kinds of colons in plain scalars of flow collections"),
    )


def require_json(node: Node) -> None:
    """Raises Broken when JSON cannot represent a value at or below ``node``, such as ``.inf``; of values that are nodes."""
    for value in walk_composed(node):
        if isinstance(value, Scalar):
            try:
                _ = value.data
            except ScalarError as error:
                raise unparsable(value.span, error.message) from None


def _line_starts(source: str) -> list[int] | None:
    """The offset of every line that an editor shows; None when the parser counts the same lines (``Text.breaks``)."""
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

    __slots__ = (
        "anchored",
        "entries",
        "is_merge",
        "is_new",
        "items",
        "key",
        "merged",
        "name",
        "node",
        "start",
    )

    def __init__(self, node: Mapping | Sequence, start: int, anchored: Anchored | None) -> None:
        self.node = node
        self.start = start
        """The step of go-yaml's decoder at which it began."""
        self.anchored = anchored
        self.items: list[Node] | None = None
        self.entries: dict[str, Entry] = _NO_ENTRIES
        if isinstance(node, Mapping):
            self.entries = node.entries
        else:
            self.items = node.items
        self.key: Scalar | None = None
        """The key whose value comes next."""
        self.name = ""
        """The text of that key in JSON, unless it is a merge key."""
        self.is_merge = False
        """Whether it is a merge key (``<<``)."""
        self.is_new = False
        """Whether it is neither a merge key nor a duplicate."""
        self.merged: set[str] | None = None
        """The keys that came from a merge and that the mapping itself has not overridden."""


class _Composer:
    """The state while one document is composed."""

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
        self.max_flow_depth = _MAX_FLOW_WORK // (size + 1)
        self.diagnostics = diagnostics
        self.anchors: dict[str, Anchored] = {}
        self.decoded = 1
        """Steps of go-yaml's decoder: one for the document and for each node; those of its target for an alias."""
        self.aliased = 0
        """The steps among them for targets of aliases."""

    def document(self) -> Node | None:
        event = self.next_event()
        while type(event) is not DocumentStartEvent:
            if type(event) is StreamEndEvent:
                return None
            event = self.next_event()
        node = self._tree()
        self.next_event()
        self.budget.left -= self.decoded
        self._check_end()
        return node

    def _tree(self) -> Node:
        """The root node. The hot loop of the program: what is rare is in methods, what is frequent is not."""
        text = self.text
        new_entry = partial(tuple.__new__, Entry)  # half the time of Entry(key, value)
        frame: _Frame | None = None
        outer: list[_Frame | None] = []
        node: Node = Scalar(text, "", Place(0, 0, 0), Place(0, 0, 0))
        events = islice(iter(self.next_event, None), max(self.budget.left, 0))
        for event in events:
            kind = type(event)
            if kind is ScalarEvent:
                node = Scalar(text, event.value, event.start_mark, event.end_mark, event.style)
                self.decoded += 1
                if event.ctag or event.anchor:
                    self._note_properties(event, node)
            elif kind in _STARTS:
                outer.append(frame)
                frame = self._begin(event, len(outer))
                continue
            elif kind is AliasEvent:
                node = self._alias(event, len(outer))
            else:
                node = self._end(event, frame)
                frame = outer.pop()
            if frame is None:
                return node
            if frame.items is not None:
                frame.items.append(node)
            elif frame.key is None:
                self._take_key(frame, node, kind)
            elif frame.is_new:
                frame.entries[frame.name] = new_entry((frame.key, node))
                frame.key = None
            else:
                self._override(frame, frame.key, node, kind)
        raise too_many_values(node.span)

    def _note_properties(self, event: Event, scalar: Scalar) -> None:
        scalar.tag = event.ctag
        if event.anchor is not None:
            self.anchors[event.anchor] = Anchored(scalar)
        try:
            scalars.decoded(scalar.raw, scalar.tag)
        except ScalarError as error:
            raise unparsable(scalar.span, error.message) from None

    def _begin(self, event: Event, depth: int) -> _Frame:
        if depth > MAX_DEPTH:
            raise too_deep(span_at(self.text, event.start_mark))
        if depth > self.max_flow_depth and event.flow_style:
            message = Message("flow collections are nested too deep for a document of this size")
            raise hostile(span_at(self.text, event.start_mark), message)
        collection = Mapping if type(event) is MappingStartEvent else Sequence
        node = collection(self.text, event.start_mark, event.end_mark)
        anchored = None
        if event.anchor is not None:
            anchored = self.anchors[event.anchor] = Anchored(node, complete=False)
        frame = _Frame(node, self.decoded, anchored)
        self.decoded += 1
        return frame

    def _end(self, event: Event, frame: _Frame | None) -> Node:
        assert frame is not None
        frame.node.end = event.end_mark
        if frame.anchored is not None:
            frame.anchored.cost = self.decoded - frame.start
            frame.anchored.complete = True
        return frame.node

    def _take_key(self, frame: _Frame, node: Node, kind: type[Event]) -> None:
        if not isinstance(node, Scalar):
            raise unparsable(
                node.span, Message("expected a string as key, found a {found}", found=_kind(node))
            )
        frame.key = node
        raw = node.raw
        if raw == "<<" and kind is ScalarEvent and (node.plain or node.tag in ("!", _MERGE_TAG)):
            frame.is_merge, frame.is_new = True, False
            self.decoded -= 1
            return
        if node.tag or (not node.style and (raw in scalars.WORDS or raw[0] in scalars.NUMERIC_STARTS)):
            frame.name = _key_name(node)
        else:
            frame.name = raw
        frame.is_new = frame.name not in frame.entries

    def _override(self, frame: _Frame, key: Scalar, value: Node, kind: type[Event]) -> None:
        """Set the value of a merge key, or of a key that the mapping has already."""
        frame.key = None
        if frame.is_merge:
            frame.is_merge = False
            self._merge(frame, key, value, kind)
            return
        name = frame.name
        if frame.merged and name in frame.merged:
            frame.merged.remove(name)
        else:
            self.diagnostics.append(duplicate_key(key, name, frame.entries[name].key))
        frame.entries[name] = Entry(key, value)

    def _merge(self, frame: _Frame, merge: Scalar, value: Node, kind: type[Event]) -> None:
        """Merge mappings into the one around ``<<`` (https://yaml.org/type/merge.html).

        go-yaml v2 deviates: a merge overrides the keys before it, since ``d.merge`` in decode.go sets them at once.
        In a list the earlier mapping wins, as specified. An alias to a list is refused there, too.
        """
        in_place = isinstance(value, Sequence) and kind is not AliasEvent
        sources = value.items[::-1] if isinstance(value, Sequence) and in_place else [value]
        merged: dict[str, Entry] = {}
        for source in sources:
            if not isinstance(source, Mapping):
                raise unparsable(
                    source.span,
                    Message("expected a mapping to merge (`<<`), found a {found}", found=_kind(source)),
                )
            merged.update(source.entries)
        frame.merged = frame.merged or set()
        for name, entry in merged.items():
            if name in frame.entries and name not in frame.merged:
                self._report_overridden(merge, frame.entries[name], name, entry)
        frame.entries.update(merged)
        frame.merged.update(merged)

    def _report_overridden(self, merge: Scalar, lost: Entry, name: str, winner: Entry) -> None:
        old, new = lost.value, winner.value
        if isinstance(old, Scalar) and isinstance(new, Scalar) and old.data == new.data:
            return
        message = Message(
            "key `{key}` is overridden by the merge in line {line}",
            key=shown(name),
            line=str(merge.span.line),
        )
        hint = "put the merge (`<<`) before the keys that override it"
        self.diagnostics.append(Diagnostic(code="CNI124", span=lost.key.span, message=message, hint=hint))

    def _alias(self, event: Event, depth: int) -> Node:
        anchored = self.anchors.get(event.anchor)
        start, end = event.start_mark, event.end_mark
        if anchored is None:
            # The name is not quoted: it may be a password that starts with an asterisk.
            message = Message("alias has no anchor in this document")
            raise unparsable(self.text.span(start, end), message)
        if not anchored.complete:
            message = Message("anchor contains itself")
            raise unparsable(self.text.span(start, end), message)
        self.decoded += 1 + anchored.cost
        self.aliased += anchored.cost
        if is_alias_bomb(self.decoded, self.aliased):
            message = Message("aliases expand far beyond the size of the document (alias bomb)")
            raise hostile(self.text.span(start, end), message)
        copy = copied(anchored.node, self.text, start, end, MAX_DEPTH - depth)
        if copy is None:
            raise too_deep(self.text.span(start, end))
        return copy

    def _check_end(self) -> None:
        """Report content after the document.

        kubectl decodes one document of each piece between ``---`` lines (``yaml.Unmarshal`` reads no second one) and
        ignores what follows an end marker ``...``.
        """
        try:
            event = self.next_event()
            mark = None if type(event) is StreamEndEvent else event.start_mark
        except MarkedYAMLError as error:
            mark = error.context_mark or error.problem_mark or Place(0, 0, 0)
        if mark is not None:
            span = span_at(self.text, mark)
            message = Message("content after the end of the document is ignored by kubectl")
            hint = "start the next document with a line `---`"
            self.diagnostics.append(Diagnostic(code="CNI125", span=span, message=message, hint=hint))


def _key_name(key: Scalar) -> str:
    name = scalars.key_text(key.raw, key.tag)
    if name is None:
        raise unparsable(key.span, Message("expected a string as key, found null or too large a number"))
    return name


def _kind(node: Node) -> str:
    return type(node).__name__.lower()
