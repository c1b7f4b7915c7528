"""JSON values to nodes with positions: a loop over tokens, so that nesting costs no stack.

A YAML parser would do for most JSON, but not for all: surrogate pairs and tabs are where they part.
"""

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from cnilint.diagnostics.model import Diagnostic
from cnilint.document.fault import Broken, Budget, at, hostile, quoted
from cnilint.document.node import Entry, Mapping, Node, Place, Scalar, Sequence, Text
from cnilint.document.scalars import FLOAT_TAG
from cnilint.document.yaml import MAX_DEPTH

_SPACE = re.compile(r"[ \t\r\n]*")
_LITERAL = re.compile(r"true|false|null|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def next_value(source: str, offset: int) -> int:
    """The offset at which the next JSON value starts, or the end of the text."""
    match = _SPACE.match(source, offset)
    return offset if match is None else match.end()


def compose_json(
    source: str, text: Text, start: int, diagnostics: list[Diagnostic], budget: Budget
) -> tuple[Node, int]:
    """The JSON value at or after ``start`` and the offset behind it.

    ``text.breaks`` must hold the line starts of ``source``. Keys given twice go to ``diagnostics``. Raises Broken.
    """
    return _Reader(source, text, diagnostics, budget).value(start)


class _Frame:
    """A collection under construction; ``key`` is set between a key and its value."""

    __slots__ = ("key", "node")

    def __init__(self, node: Mapping | Sequence) -> None:
        self.node = node
        self.key: Scalar | None = None


class _Reader:
    def __init__(self, source: str, text: Text, diagnostics: list[Diagnostic], budget: Budget) -> None:
        self.source = source
        self.text = text
        self.diagnostics = diagnostics
        self.budget = budget

    def value(self, offset: int) -> tuple[Node, int]:
        stack: list[_Frame] = []
        while True:
            offset = next_value(self.source, offset)
            frame = stack[-1] if stack else None
            if frame is not None and isinstance(frame.node, Mapping) and frame.key is None:
                frame.key, offset = self._key(offset)
                continue
            opener = self.source[offset : offset + 1]
            if opener in ("{", "["):
                node, offset, closed = self._open(opener, offset, len(stack))
                if not closed:
                    stack.append(_Frame(node))
                    continue
                done: Node = node
            else:
                done, offset = self._scalar(offset)
            while stack:
                self._attach(stack[-1], done)
                offset, closed = self._after_item(stack[-1].node, offset)
                if not closed:
                    break
                done = stack.pop().node
            else:
                return done, offset

    def _open(self, opener: str, offset: int, depth: int) -> tuple[Mapping | Sequence, int, bool]:
        if depth >= MAX_DEPTH:
            raise self._broken(offset, f"nesting goes deeper than {MAX_DEPTH} levels", code="CNI902")
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
        offset = next_value(self.source, offset)
        character = self.source[offset : offset + 1]
        if character == ",":
            return offset + 1, False
        if character == ("}" if isinstance(node, Mapping) else "]"):
            node.end = Place(0, 0, offset + 1)
            return offset + 1, True
        raise self._broken(offset, f"expected a comma or the end, not {character!r}")

    def _attach(self, frame: _Frame, node: Node) -> None:
        if isinstance(frame.node, Sequence):
            frame.node.items.append(node)
            return
        key = frame.key
        assert key is not None
        known = frame.node.entries.get(key.raw)
        if known is not None:
            message = f"the key {quoted(key.raw)} is given twice in one object, and only this last one counts"
            self.diagnostics.append(
                Diagnostic(
                    code="CNI124",
                    span=key.span,
                    message=message,
                    hint=f"it is first given in line {known.key.span.line}",
                )
            )
        frame.node.entries[key.raw] = Entry(key, node)
        frame.key = None

    def _key(self, offset: int) -> tuple[Scalar, int]:
        if not self.source.startswith('"', offset):
            raise self._broken(offset, "expected a key in double quotes")
        key, offset = self._scalar(offset)
        offset = next_value(self.source, offset)
        if not self.source.startswith(":", offset):
            raise self._broken(offset, "expected a colon behind the key")
        return key, offset + 1

    def _scalar(self, offset: int) -> tuple[Scalar, int]:
        self._spend(offset)
        if self.source.startswith('"', offset):
            try:
                raw, end = scanstring(self.source, offset + 1, True)
            except JSONDecodeError as error:
                raise self._broken(error.pos, error.msg) from None
            raw = _LONE_SURROGATE.sub("\ufffd", raw)
            return Scalar(self.text, raw, Place(0, 0, offset), Place(0, 0, end)), end
        match = _LITERAL.match(self.source, offset)
        if match is None:
            found = self.source[offset : offset + 1]
            raise self._broken(offset, f"unexpected {found!r}" if found else "the text ends too early")
        end = match.end()
        too_large = match[1] is not None and float(match[1]) - float(match[1]) != 0
        tag = FLOAT_TAG if too_large else None
        return Scalar(self.text, match[0], Place(0, 0, offset), Place(0, 0, end), "", tag), end

    def _spend(self, offset: int) -> None:
        self.budget.left -= 1
        if self.budget.left < 0:
            raise hostile(at(self.text, Place(0, 0, offset)), "the file holds more values than are read")

    def _broken(self, offset: int, message: str, code: str = "CNI901") -> Broken:
        return Broken(
            Diagnostic(
                code=code, span=at(self.text, Place(0, 0, offset)), message=f"the text is not JSON: {message}"
            )
        )
