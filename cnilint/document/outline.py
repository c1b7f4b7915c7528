"""The outline of a document in block style: which line holds which key and item.

An outline takes a tenth of the time of the nodes, of which a run wants few. A document with anything that its lines do not
say by themselves, or with anything wrong in it, has none: it is left to the parser (``yaml``).
"""

from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from cnilint.document.lines import (
    BLANK,
    BLOCK,
    ITEM,
    ITEM_KEY,
    LONG,
    OPEN_KEY,
    OPEN_QUOTE,
    PLAIN,
    QUOTED,
    TEXT,
    LineReader,
    LineTokens,
    closes,
    continues,
    is_regular,
)

OutlineMap: TypeAlias = dict[str, "OutlineValue"]
OutlineList: TypeAlias = list["OutlineValue"]
OutlineValue: TypeAlias = OutlineMap | OutlineList | int
"""Keys and items by their lines, from 0: the line of a scalar, of an empty value or of a flow collection."""

_Level: TypeAlias = tuple[int, OutlineMap, OutlineList]
"""The column of a collection; the collection, and the innermost one of the other type around it."""

_TOP = -1
"""The column of what holds the root. That of a list is ``_LIST`` less that of its dashes, so that no key is there."""
_LIST = -2


class OutlineError(Exception):
    """A document that the parser has to read."""


def outlined(lines: list[str], reader: LineReader) -> tuple[OutlineMap | OutlineList, dict[int, int]]:
    """The outline of a document's lines, and the last line of each scalar that has several. Raises OutlineError."""
    long: dict[int, int] = {}
    root: OutlineMap = {}
    keys: OutlineMap = root
    items: OutlineList = []
    levels: list[_Level] = []
    column, last, opened = _TOP, "", True
    texts, numbers = iter(lines), iter(range(len(lines)))
    for number, (form, at, name, tokens) in zip(numbers, map(reader.__getitem__, texts), strict=False):
        if form >= LONG:
            end = long[number] = _end_of_value(lines, number, at, tokens)
            _skip(texts, numbers, end - number)
            form -= LONG
        if form <= OPEN_KEY:
            if at != column:
                column, keys, items = _level_of_key(levels, (column, keys, items), at, last, opened)
            if name in keys:
                raise OutlineError
            keys[name] = number
            last, opened = name, form == OPEN_KEY
        elif form == BLANK:
            continue
        elif form <= ITEM:
            column, keys, items = _level_of_item(levels, (column, keys, items), tokens.dash, last, opened)
            if form == ITEM:
                items.append(number)
                opened = False
                continue
            levels.append((column, keys, items))
            keys = {name: number}
            items.append(keys)
            column, last, opened = at, name, form != ITEM_KEY
        else:
            first = keys.get(last) if opened else None
            outer = column if column >= 0 else _LIST - column
            end = _end_of_text(lines, number, first, outer, reader=reader, long=long)
            _skip(texts, numbers, end - number)
            opened = False
    return _root(root), long


def _root(holder: OutlineMap) -> OutlineMap | OutlineList:
    root = holder.get("")
    if root is None or isinstance(root, int):
        raise OutlineError
    return root


def _level_of_key(levels: list[_Level], level: _Level, at: int, last: str, opened: bool) -> _Level:
    """The map of keys at a column: a new one below the last key if that is ``opened``, or one that is there."""
    column, keys, items = level
    if opened and at > column:
        levels.append(level)
        inner: OutlineMap = {}
        keys[last] = inner
        return at, inner, items
    while column != at:
        if _TOP <= column < at or not levels:
            raise OutlineError
        column, keys, items = levels.pop()
    return column, keys, items


def _level_of_item(levels: list[_Level], level: _Level, dash: int, last: str, opened: bool) -> _Level:
    """As ``_level_of_key``, for a list of dashes at a column. It may be at the column of the key that it belongs to."""
    column, keys, items = level
    if opened and dash >= column:
        levels.append(level)
        inner: OutlineList = []
        keys[last] = inner
        return _LIST - dash, keys, inner
    while column != _LIST - dash:
        if (column if column >= _TOP else _LIST - column) <= dash or not levels:
            raise OutlineError
        column, keys, items = levels.pop()
    return column, keys, items


def _skip(texts: Iterator[str], numbers: Iterator[int], count: int) -> None:
    if count:
        next(islice(texts, count - 1, None))
        next(islice(numbers, count - 1, None))


def _end_of_value(lines: list[str], number: int, column: int, tokens: LineTokens) -> int:
    """The last line of a value that begins on a line. ``column`` is that of its key."""
    outer = column if tokens.dash < 0 or tokens.key.end else tokens.dash
    if tokens.style == BLOCK:
        return _end_of_block(lines, number, outer)
    for end in range(number + 1, len(lines)):
        line = lines[end]
        text = line.lstrip(" ")
        closed = closes(line, tokens.value.raw) if not text or len(line) - len(text) > outer else None
        if closed is None:
            break
        if closed:
            return end
    raise OutlineError


def _end_of_block(lines: list[str], number: int, outer: int) -> int:
    """The last line of a literal or folded scalar. Its first line with text sets the indentation."""
    last = len(lines) - 1
    first = number + 1
    while first < last and not lines[first]:
        first += 1
    text = lines[first] if first <= last else ""
    indent = len(text) - len(text.lstrip(" "))
    if indent == len(text):
        raise OutlineError
    margin = " " * max(indent, outer + 1)
    end = number
    while end < last:
        line = lines[end + 1]
        if not line.startswith(margin) and line.strip(" "):
            break
        if not is_regular(line):
            raise OutlineError
        end += 1
    return end


def _end_of_text(
    lines: list[str],
    number: int,
    first: OutlineValue | None,
    outer: int,
    *,
    reader: LineReader,
    long: dict[int, int],
) -> int:
    """The last line of a scalar that goes on, or below its key ``first`` begins, on a line. Adds it to ``long``."""
    form, column, _, tokens = reader[lines[number]]
    if form != TEXT or column <= outer:
        raise OutlineError
    if first == number - 1:
        style = tokens.style
    else:
        first, style = _continued(lines, number, reader, long), PLAIN
    if style == OPEN_QUOTE:
        end = _end_of_value(lines, number, outer, tokens)
    elif style == QUOTED:
        end = number
    elif style == PLAIN and continues(lines[number]):
        end = _end_of_plain(lines, number, outer, reader)
    else:
        raise OutlineError
    long[first] = end
    return end


def _end_of_plain(lines: list[str], number: int, outer: int, reader: LineReader) -> int:
    last = len(lines) - 1
    end = number
    while end < last:
        line = lines[end + 1]
        form, column, _, _ = reader[line]
        if form != TEXT or column <= outer or not continues(line):
            break
        end += 1
    return end


def _continued(lines: list[str], number: int, reader: LineReader, long: dict[int, int]) -> int:
    """The line of the plain scalar that ends on the line before. Raises OutlineError where there is none."""
    first = number - 1
    form, _, _, tokens = reader[lines[first]]
    if first < 0 or form == TEXT or tokens.style != PLAIN or first in long:
        raise OutlineError
    return first
