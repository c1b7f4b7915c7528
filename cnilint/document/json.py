"""JSON values to nodes with positions: a loop over tokens, so that nesting costs no stack.

A YAML parser would do for most JSON, but not for all: surrogate pairs and tabs are where they part.
"""

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from cnilint.document.node import Entry, Mapping, Node, Place, Scalar, Sequence, Text
from cnilint.document.yaml import MAX_DEPTH, Broken, Fault

_SPACE = re.compile(r"[ \t\r\n]*")
_LITERAL = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


def compose_json(source: str, text: Text, start: int, faults: list[Fault]) -> tuple[Node, int]:
    """The JSON value at or after ``start`` and the offset behind it.

    ``text.breaks`` must hold the line starts of ``source``. Keys given twice go to ``faults``. Raises Broken.
    """
    return _Reader(source, text, faults).value(start)


class _Frame:
    """A collection under construction; ``key`` is set between a key and its value."""

    __slots__ = ("key", "node")

    def __init__(self, node: Mapping | Sequence) -> None:
        self.node = node
        self.key: Scalar | None = None


class _Reader:
    def __init__(self, source: str, text: Text, faults: list[Fault]) -> None:
        self.source = source
        self.text = text
        self.faults = faults

    def value(self, offset: int) -> tuple[Node, int]:
        stack: list[_Frame] = []
        while True:
            offset = self._skip(offset)
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
        start = Place(0, 0, offset)
        node = Mapping(self.text, start, start) if opener == "{" else Sequence(self.text, start, start)
        inside = self._skip(offset + 1)
        closed = self.source.startswith("}" if opener == "{" else "]", inside)
        if closed:
            node.end = Place(0, 0, inside + 1)
            return node, inside + 1, True
        return node, offset + 1, False

    def _after_item(self, node: Mapping | Sequence, offset: int) -> tuple[int, bool]:
        offset = self._skip(offset)
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
            message = f"the key {key.raw!r} is given twice in one object, and only this last one counts"
            self.faults.append(
                Fault("CNI124", key.span, message, f"it is first given in line {known.key.span.line}")
            )
        frame.node.entries[key.raw] = Entry(key, node)
        frame.key = None

    def _key(self, offset: int) -> tuple[Scalar, int]:
        if not self.source.startswith('"', offset):
            raise self._broken(offset, "expected a key in double quotes")
        key, offset = self._scalar(offset)
        offset = self._skip(offset)
        if not self.source.startswith(":", offset):
            raise self._broken(offset, "expected a colon behind the key")
        return key, offset + 1

    def _scalar(self, offset: int) -> tuple[Scalar, int]:
        if self.source.startswith('"', offset):
            try:
                raw, end = scanstring(self.source, offset + 1, True)
            except JSONDecodeError as error:
                raise self._broken(error.pos, error.msg) from None
            return Scalar(self.text, raw, Place(0, 0, offset), Place(0, 0, end)), end
        match = _LITERAL.match(self.source, offset)
        if match is None:
            found = self.source[offset : offset + 1]
            raise self._broken(offset, f"unexpected {found!r}" if found else "the text ends too early")
        end = match.end()
        return Scalar(self.text, match.group(), Place(0, 0, offset), Place(0, 0, end), plain=True), end

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self.source, offset)
        return offset if match is None else match.end()

    def _broken(self, offset: int, message: str, code: str = "CNI901") -> Broken:
        place = Place(0, 0, offset)
        return Broken(
            Fault(code, self.text.span(place, Place(0, 0, offset + 1)), f"the text is not JSON: {message}")
        )
