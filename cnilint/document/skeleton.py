"""Live objects in YAML, with their parts as plain values: the parser gets a text in which the parts are empty.

In that skeleton no line moves, so that every node has its place in the whole text. What was taken out must be where the
parser then finds its key: a text inside of an object may look the same.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeAlias

from msgspec import Struct

from cnilint.diagnostics.model import Diagnostic
from cnilint.document.blocks import MAX_COLUMN, BlockReader, Holder, is_regular
from cnilint.document.errors import Broken
from cnilint.document.limits import Budget
from cnilint.document.node import (
    Entry,
    Mapping,
    Node,
    Place,
    Plain,
    Scalar,
    Sequence,
    Text,
    child,
    entries,
    items,
)
from cnilint.document.ondemand import ITEMS, METADATA, RECORD, SET, on_demand
from cnilint.document.yaml import compose
from cnilint.regex import regex

_LIST = regex(rf"^{ITEMS}:\n( {{0,{MAX_COLUMN}}})- ", re.MULTILINE)
_SPACES = regex(" *")
_KnownSets: TypeAlias = dict[str, Holder | None]
"""The sets of fields by their blocks; None for one that the parser has to read."""
_EMPTY = {dict: " {}", list: " []"}


def part_composer() -> Callable[[str, Text, list[Diagnostic], Budget], Node | None]:
    """As ``yaml.compose``, with the parts of the objects made on demand. For all documents of a file, which share what is
    equal in them."""
    return partial(_compose_parts, BlockReader(), {})


def _compose_parts(
    reader: BlockReader,
    sets: _KnownSets,
    source: str,
    text: Text,
    diagnostics: list[Diagnostic],
    budget: Budget,
) -> Node | None:
    skeleton = _Skeleton(source, text, budget.left, reader, sets) if is_regular(source) else None
    if skeleton is not None and skeleton.parts:
        found: list[Diagnostic] = []
        left = Budget(budget.left - skeleton.size)
        try:
            root = compose(skeleton.source, text, found, left)
        except Broken:
            root = None
        if skeleton.put_back(root):
            diagnostics += found
            budget.left = left.left
            return root
    return compose(source, text, diagnostics, budget)


class _Part(Struct, frozen=True, kw_only=True):
    """A part of an object: its key, and the lines below that, up to ``end`` in the whole text."""

    name: str
    value: Holder
    line: int
    start: int
    end: int


class _Skeleton:
    """A text without the parts of its objects. ``parts`` are by the line of their key, from 0; ``size`` is the number of
    values in them, without those of ``fieldsV1``."""

    def __init__(self, whole: str, text: Text, most: int, reader: BlockReader, sets: _KnownSets) -> None:
        self.parts: dict[int, _Part] = {}
        self.size = 0
        self._whole = whole
        self._text = text
        self._reader = reader
        self._known = sets
        self.source = self._cut(most)

    def put_back(self, root: Node | None) -> bool:
        """Puts the parts into the nodes of their objects; whether all of them belong there."""
        found = 0
        for obj in [root, *items(root, ITEMS)]:
            for holder in (obj, child(obj, METADATA)):
                if isinstance(holder, Mapping):
                    found += self._put_into(holder)
        return found == len(self.parts)

    def _put_into(self, holder: Mapping) -> int:
        found = 0
        for name, entry in holder.entries.items():
            part = self.parts.get(entry.key.start.line)
            if part is not None and part.name == name:
                node = on_demand(part.value, partial(_composed, self._whole, self._text, part))
                holder.entries[name] = Entry(entry.key, node)
                found += 1
        return found

    def _cut(self, most: int) -> str:
        """The text with the parts cut out, as long as they hold not more values than may be read."""
        listed = _LIST.search(self._whole)
        depth = 0 if listed is None else len(listed[1]) + 2
        pieces: list[str] = []
        copied = counted = line = place = 0
        member = _members(depth)
        while (key := member.search(self._whole, place)) is not None:
            place = key.end()
            name = key[1] or RECORD
            if name in (METADATA, ITEMS):
                continue
            column = depth if key[1] else depth + 2
            end = _block_end(self._whole, place, column)
            read = self._read(name, self._whole[place:end], column) if end > place else None
            if read is None or self.size + read[1] > most:
                place = max(end, place)
                continue
            value, size = read
            self.size += size
            line += self._whole.count("\n", counted, key.start())
            counted = key.start()
            self.parts[line] = _Part(name=name, value=value, line=line, start=place, end=end)
            pieces += (
                self._whole[copied : place - 1],
                _EMPTY[type(value)],
                "\n" * (1 + self._whole.count("\n", place, end)),
            )
            copied = place = end
        pieces.append(self._whole[copied:])
        return "".join(pieces)

    def _read(self, name: str, block: str, depth: int) -> tuple[Holder, int] | None:
        return self._record(block, depth) if name == RECORD else self._reader.read(block)

    def _record(self, block: str, depth: int) -> tuple[Holder, int] | None:
        """The value of ``managedFields``. Its sets are more than half of a dump, and many are equal: each is read once."""
        sets: list[Holder | None] = []

        def emptied(found: re.Match[str]) -> str:
            sets.append(self._set(found[2]))
            return f"{found[1]} {{}}\n"

        read = self._reader.read(_sets(depth).sub(emptied, block))
        entries = [entry for entry in (read[0] if read else ()) if isinstance(entry, dict) and SET in entry]
        if read is None or None in sets or len(entries) != len(sets):
            return self._reader.read(block)
        for entry, value in zip(entries, sets, strict=True):
            entry[SET] = value
        return read

    def _set(self, block: str) -> Holder | None:
        if block not in self._known:
            read = self._reader.read(block)
            self._known[block] = None if read is None else read[0]
        return self._known[block]


@lru_cache(maxsize=16)
def _members(depth: int) -> re.Pattern[str]:
    """The key of a member of an object whose keys are at a column, or of the record in its metadata; it has a block."""
    first = f"{' ' * (depth - 2)}- |" if depth else ""
    return re.compile(
        rf"^(?:{first}{' ' * depth})([A-Za-z]+):\n|^{' ' * (depth + 2)}{RECORD}:\n", re.MULTILINE
    )


@lru_cache(maxsize=16)
def _sets(depth: int) -> re.Pattern[str]:
    """The blocks of ``fieldsV1`` in a record whose dashes are at a column."""
    inner = " " * (depth + 2)
    return re.compile(rf"^((?:{' ' * depth}- |{inner}){SET}:)\n((?:\n*+{inner} [^\n]*\n)++)", re.MULTILINE)


@lru_cache(maxsize=16)
def _deeper(depth: int) -> re.Pattern[str]:
    """The lines that are deeper than a key, or items of its list as deep as it."""
    return re.compile(rf"(?:\n*+{' ' * depth}(?: |- )[^\n]*\n)++")


def _block_end(whole: str, start: int, depth: int) -> int:
    """The end of the block of a key at a column; ``start`` where there is none, or a comment or blank line behind it."""
    block = _deeper(depth).match(whole, start)
    if block is None or _NO_TOKEN.match(whole, block.end()):
        return start
    return block.end()


_NO_TOKEN = regex(r" *(?:#|\n)")


def _composed(whole: str, text: Text, part: _Part) -> Mapping | Sequence:
    """The nodes of a part, with the places that they have in the whole text."""
    column = _column(whole, part.end)
    if part.name != RECORD or not isinstance(part.value, list):
        return _block(whole[part.start : part.end], text, part.line + 1, column)
    block = whole[part.start : part.end]
    sets: dict[int, tuple[str, int]] = {}
    line = place = 0

    def emptied(found: re.Match[str]) -> str:
        nonlocal line, place
        line += block.count("\n", place, found.start())
        place = found.start()
        sets[line] = found[2], _column(whole, part.start + found.end())
        return f"{found[1]} {{}}\n" + "\n" * found[2].count("\n")

    # Hardly any place in a set is ever wanted, and they are more than half of a dump.
    record = _block(_sets(_column(block, 0)).sub(emptied, block), text, part.line + 1, column)
    for node, value in zip(items(record), part.value, strict=True):
        key, at = _set_key(node)
        if key is not None and at in sets and isinstance(node, Mapping) and isinstance(value, dict):
            below, end = sets[at]
            make = partial(_block, below, text, part.line + at + 2, end)
            node.entries[SET] = Entry(key, on_demand(_collection(value[SET]), make))
    return record


def _set_key(entry: Node) -> tuple[Scalar | None, int]:
    """The key of the set of an entry, and its line."""
    found = entries(entry).get(SET)
    return (None, -1) if found is None else (found.key, found.key.start.line)


def _collection(value: Plain) -> Holder:
    assert isinstance(value, dict | list)
    return value


def _block(block: str, text: Text, line: int, column: int) -> Mapping | Sequence:
    """The nodes of a block that begins at a line of the text. ``column`` is where the next token behind it begins."""
    node = compose(block, Text(text.file, text.first_line + line), [])
    assert isinstance(node, Mapping | Sequence)
    # Block collections end where the next token begins, which the block alone does not have.
    lines = block.count("\n")
    end = Place(lines, column, 0)
    last: Node | None = node
    while isinstance(last, Mapping | Sequence) and last.end.line == lines:
        last.end = end
        last = _last(last)
    return node


def _last(node: Mapping | Sequence) -> Node | None:
    """The last value of a collection."""
    if isinstance(node, Mapping):
        return next((entry.value for entry in reversed(node.entries.values())), None)
    return node.items[-1] if node.items else None


def _column(whole: str, start: int) -> int:
    """The column, from 0, of the first character of a line that is not a space; 0 at the end of the text."""
    spaces = _SPACES.match(whole, start)
    return 0 if spaces is None else len(spaces[0])
