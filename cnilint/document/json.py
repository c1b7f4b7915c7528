"""JSON values to nodes with positions.

A YAML parser reads most JSON, but not all of it: surrogate pairs (``"\\ud83d\\ude00"``) and tabs differ. A loop over
tokens, so that nesting needs no stack.
"""

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.document.errors import (
    Broken,
    duplicate_key,
    shown,
    span_at,
    too_deep,
    too_many_values,
    unparsable,
)
from cnilint.document.limits import MAX_DEPTH, Budget
from cnilint.document.node import Entry, Mapping, Node, Place, Scalar, Sequence, Text
from cnilint.document.scalars import FLOAT_TAG
from cnilint.regex import regex

_SPACE = regex(r"[ \t\r\n]*")
_LITERAL = regex(r"true|false|null|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_TEXT = r'"([^"\\\x00-\x1f\ud800-\udfff]*)"[ \t\r\n]*'
_STRING_MEMBER = regex(rf"[ \t\r\n]*{_TEXT}:[ \t\r\n]*{_TEXT}([,}}])")
"""A member of an object, with what follows it, whose value is a string; neither text has an escape. Most members are."""
_LONE_SURROGATE = regex("[\ud800-\udfff]")


def next_value(source: str, offset: int) -> int:
    """The offset at which the next JSON value starts, or the end of the text."""
    match = _SPACE.match(source, offset)
    return offset if match is None else match.end()


class Frame:
    """A collection under construction; ``key`` is set between a key and its value."""

    __slots__ = ("is_mapping", "key", "node")

    def __init__(self, node: Mapping | Sequence) -> None:
        self.node = node
        self.is_mapping = isinstance(node, Mapping)
        self.key: Scalar | None = None


class JsonReader:
    """Reads values of a text. ``text.breaks`` must hold the line starts of ``source``. Duplicate keys are added to
    ``diagnostics``."""

    def __init__(self, source: str, text: Text, diagnostics: list[Diagnostic], budget: Budget) -> None:
        self.source = source
        self.text = text
        self.diagnostics = diagnostics
        self.budget = budget

    def value(self, offset: int) -> tuple[Node, int]:
        """The value at or after an offset, and the offset of its end. Raises Broken."""
        stack: list[Frame] = []
        while True:
            offset = next_value(self.source, offset)
            node: Node | None
            if stack and stack[-1].key is None and stack[-1].is_mapping:
                node, offset = self._members(stack[-1], offset)
                if node is None:
                    continue
                stack.pop()
            else:
                node, offset, complete = self._start(offset, stack)
                if not complete:
                    assert not isinstance(node, Scalar)
                    stack.append(Frame(node))
                    continue
            node, offset, complete = self._attach_and_close(stack, node, offset)
            if complete:
                return node, offset

    def _members(self, frame: Frame, offset: int) -> tuple[Mapping | Sequence | None, int]:
        """Adds members that are plain strings to a mapping, as far as there are any; then the mapping, where it ends with
        them. Else None, and the key of the next member is read."""
        member = _STRING_MEMBER.match
        while (found := member(self.source, offset)) is not None:
            frame.key = self._plain(found, 1)
            self._attach(frame, self._plain(found, 2))
            offset = found.end()
            if found[3] == "}":
                frame.node.end = Place(0, 0, offset)
                return frame.node, offset
        frame.key, offset = self._key(next_value(self.source, offset))
        return None, offset

    def _plain(self, found: re.Match[str], group: int) -> Scalar:
        """A string without escapes: what is between its quotes."""
        start, end = found.span(group)
        self._spend(start - 1)
        return Scalar(self.text, found[group], Place(0, 0, start - 1), Place(0, 0, end + 1))

    def _start(self, offset: int, stack: list[Frame]) -> tuple[Node, int, bool]:
        """A scalar, an empty collection, or the beginning of one; and whether it is complete."""
        opener = self.source[offset : offset + 1]
        if opener in ("{", "["):
            return self._open(opener, offset, len(stack))
        scalar, offset = self._scalar(offset)
        return scalar, offset, True

    def _attach_and_close(self, stack: list[Frame], node: Node, offset: int) -> tuple[Node, int, bool]:
        """Add a complete value to the collection around it, and close what ends there; True when all is closed."""
        while stack:
            frame = stack[-1]
            self._attach(frame, node)
            offset, closed = self._after_item(frame.node, offset)
            if not closed:
                return node, offset, False
            node = stack.pop().node
        return node, offset, True

    def _open(self, opener: str, offset: int, depth: int) -> tuple[Mapping | Sequence, int, bool]:
        if depth >= MAX_DEPTH:
            raise too_deep(span_at(self.text, Place(0, 0, offset)))
        self._spend(offset)
        start = Place(0, 0, offset)
        node = Mapping(self.text, start, start) if opener == "{" else Sequence(self.text, start, start)
        inside = next_value(self.source, offset + 1)
        closed = self.source.startswith("}" if opener == "{" else "]", inside)
        if closed:
            node.end = Place(0, 0, inside + 1)
            return node, inside + 1, True
        return node, offset + 1, False

    def _after_item(self, node: Mapping | Sequence, offset: int) -> tuple[int, bool]:
        """The offset after a comma or a closing bracket; and whether it is the bracket."""
        offset = next_value(self.source, offset)
        character = self.source[offset : offset + 1]
        if character == ",":
            return offset + 1, False
        closing = "}" if isinstance(node, Mapping) else "]"
        if character == closing:
            node.end = Place(0, 0, offset + 1)
            return offset + 1, True
        expected = Message(
            "not valid JSON: expected `,` or `{closing}`, found {found}",
            closing=closing,
            found=self._found(offset),
        )
        raise self._broken(offset, expected)

    def _attach(self, frame: Frame, node: Node) -> None:
        if isinstance(frame.node, Sequence):
            frame.node.items.append(node)
            return
        key = frame.key
        assert key is not None
        known = frame.node.entries.get(key.raw)
        if known is not None:
            self.diagnostics.append(duplicate_key(key, key.raw, known.key))
        frame.node.entries[key.raw] = Entry(key, node)
        frame.key = None

    def _key(self, offset: int) -> tuple[Scalar, int]:
        if not self.source.startswith('"', offset):
            expected = Message(
                "not valid JSON: expected a key in double quotes, found {found}", found=self._found(offset)
            )
            raise self._broken(offset, expected)
        key, offset = self._scalar(offset)
        offset = next_value(self.source, offset)
        if not self.source.startswith(":", offset):
            expected = Message(
                "not valid JSON: expected `:` after the key, found {found}", found=self._found(offset)
            )
            raise self._broken(offset, expected)
        return key, offset + 1

    def _scalar(self, offset: int) -> tuple[Scalar, int]:
        self._spend(offset)
        if self.source.startswith('"', offset):
            return self._string(offset)
        match = _LITERAL.match(self.source, offset)
        if match is None:
            expected = Message("not valid JSON: expected a value, found {found}", found=self._found(offset))
            raise self._broken(offset, expected)
        end = match.end()
        too_large = match[1] is not None and float(match[1]) - float(match[1]) != 0
        tag = FLOAT_TAG if too_large else None
        return Scalar(self.text, match[0], Place(0, 0, offset), Place(0, 0, end), style="", tag=tag), end

    def _string(self, offset: int) -> tuple[Scalar, int]:
        try:
            raw, end = scanstring(self.source, offset + 1, True)
        except JSONDecodeError as error:
            problem = error.msg[:1].lower() + error.msg[1:].removesuffix(" at").removesuffix(" starting")
            raise self._broken(error.pos, Message("not valid JSON: {problem}", problem=problem)) from None
        # Go replaces a lone surrogate in a string by U+FFFD (unquoteBytes in encoding/json decode.go).
        raw = _LONE_SURROGATE.sub("\ufffd", raw)
        return Scalar(self.text, raw, Place(0, 0, offset), Place(0, 0, end)), end

    def _spend(self, offset: int) -> None:
        self.budget.left -= 1
        if self.budget.left < 0:
            raise too_many_values(span_at(self.text, Place(0, 0, offset)))

    def _found(self, offset: int) -> str:
        """What is at an offset, for a message."""
        character = self.source[offset : offset + 1]
        return f"`{shown(character)}`" if character else "the end of the text"

    def _broken(self, offset: int, message: Message) -> Broken:
        return unparsable(span_at(self.text, Place(0, 0, offset)), message)
