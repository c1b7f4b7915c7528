"""Reads the ``fieldsV1`` blocks of a dump by line, before the YAML parser sees them.

They are more than half of a dump, and in the form in which kubectl prints them (a path element, a colon, ``{}`` or
deeper lines) a line says all of itself: no position in them is ever shown. A block in any other form is left to the
parser. What was taken out is replaced by ``{}`` and empty lines, so that no place in the dump moves; the caller must
hold the lines to what the parser then finds, because a text inside the dump may look the same.
"""

import re
from functools import lru_cache

from cnilint.ssa.typed.values import JsonObject

_KEY = re.compile(rb"fieldsV1:\n")
_BEFORE_KEY = re.compile(rb" *(?:- )?")
_LINE = re.compile(r"^( +)(\.|[fkvi]:[!-~]+):( \{\})?$", re.MULTILINE)
"""A plain scalar without blanks, which YAML reads as the text itself, and its value."""
_EMPTY = b" {}"


def extract_fields_blocks(data: bytes) -> tuple[bytes, dict[int, JsonObject]]:
    """The dump without its plain ``fieldsV1`` blocks, and their values by the line (from 1) of their key.

    Blocks with the same text have the same value, which nobody changes.
    """
    found: dict[int, JsonObject] = {}
    values: dict[bytes, JsonObject | None] = {}
    parts: list[bytes] = []
    copied = counted = 0
    line = 1
    for key in _KEY.finditer(data):
        start = data.rfind(b"\n", 0, key.start()) + 1
        if not _BEFORE_KEY.fullmatch(data, start, key.start()):
            continue
        block = _deeper_than(key.start() - start).match(data, key.end())
        text = b"" if block is None else block[0]
        if text not in values:
            values[text] = _parsed_block(text)
        value = values[text]
        if value is None:
            continue
        line += data.count(b"\n", counted, key.start())
        counted = key.start()
        found[line] = value
        parts += (data[copied : key.end() - 1], _EMPTY, b"\n" * (1 + text.count(b"\n")))
        copied = key.end() + len(text)
    parts.append(data[copied:])
    return b"".join(parts), found


@lru_cache(maxsize=64)
def _deeper_than(indent: int) -> re.Pattern[bytes]:
    """The lines from a place on that are indented more.

    A blank line or a comment ends them. If more of the block follows, the parser finds no map to put it in.
    """
    return re.compile(rb"(?:%s +[^\n]*\n)+" % (b" " * indent))


def _parsed_block(text: bytes) -> JsonObject | None:
    """The value of the lines of a block; None where one is in another form."""
    lines = _LINE.findall(text.decode("ascii", "replace"))
    if not lines or len(lines) != text.count(b"\n"):
        return None
    block = _Block()
    if (
        all(block.add(len(spaces), name, bool(empty)) for spaces, name, empty in lines)
        and block.opened is None
    ):
        return block.root
    return None


class _Block:
    """Nested maps, built line by line. ``opened`` is the map of a key whose value deeper lines have to give."""

    __slots__ = ("_depth", "_holder", "_holders", "opened", "root")

    def __init__(self) -> None:
        self.root: JsonObject = {}
        self.opened: JsonObject | None = self.root
        self._depth, self._holder = 0, self.root
        self._holders: list[tuple[int, JsonObject]] = []

    def add(self, indent: int, name: str, empty: bool) -> bool:
        """Adds a key; whether it is where a key may be."""
        if indent != self._depth and not self._move(indent):
            return False
        if self.opened is not None or name in self._holder:
            return False
        value: JsonObject = {}
        self._holder[name] = value
        if not empty:
            self.opened = value
        return True

    def _move(self, indent: int) -> bool:
        """Goes to the map of an indentation: a deeper one is that of the open key; whether there is one."""
        if indent > self._depth:
            if self.opened is None:
                return False
            self._holders.append((self._depth, self._holder))
            self._depth, self._holder, self.opened = indent, self.opened, None
            return True
        while indent < self._depth:
            self._depth, self._holder = self._holders.pop()
        return indent == self._depth
