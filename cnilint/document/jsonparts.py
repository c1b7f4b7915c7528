"""Live objects in JSON, with their parts as plain values, which Python's own scanner reads.

What that scanner refuses, or reads in another way than the API server, is left to the exact reader.
"""

from collections.abc import Callable
from functools import partial
from json import JSONDecoder
from typing import NamedTuple, TypeAlias

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import scalars
from cnilint.document.json import Frame, JsonReader
from cnilint.document.limits import MAX_VALUES, Budget
from cnilint.document.node import Mapping, Node, Plain, Sequence, Text
from cnilint.document.ondemand import ITEMS, METADATA, RECORD, SET, on_demand
from cnilint.regex import regex

_MAX_LEVELS = 100
"""Parts with deeper nesting are left to the exact reader. An object that an API server stores has fewer levels."""
_SURROGATE = regex(r"\\u[dD][89a-fA-F]")
_MOST_MARKS = 4 * MAX_VALUES
"""Commas, colons and brackets of a text, above which values are counted while they are read."""
_EXACT_DIGITS = 18
"""Digits that every 64-bit integer can have."""

_DEEPEST_PART = 4
"""Collections around the record of an item of a List."""

_Scan: TypeAlias = Callable[[str, int], tuple[Plain, int]]


def part_reader(source: str, text: Text, diagnostics: list[Diagnostic], budget: Budget) -> JsonReader:
    """A reader that makes the parts of objects on demand."""
    marks = sum(source.count(mark) for mark in ",:[{")
    reader = _PartReader if marks <= _MOST_MARKS else JsonReader
    return reader(source, text, diagnostics, budget)


class _PartReader(JsonReader):
    def __init__(self, source: str, text: Text, diagnostics: list[Diagnostic], budget: Budget) -> None:
        super().__init__(source, text, diagnostics, budget)
        self._scan = _scanner(None)
        self._scan_with_care = _scanner(_members)

    def _start(self, offset: int, stack: list[Frame]) -> tuple[Node, int, bool]:
        if self.source[offset : offset + 1] in ("{", "[") and self._is_part(stack):
            part = self._part(offset, is_record=self._is_record(stack))
            if part is not None:
                return *part, True
        return super()._start(offset, stack)

    def _is_part(self, stack: list[Frame]) -> bool:
        """Whether the value that comes next is a part of an object: of the text itself, or of an item of a List."""
        if len(stack) > _DEEPEST_PART:
            return False
        names = _names(stack)
        if len(names) == 2:
            return names == [METADATA, RECORD]
        return len(names) == 1 and names[0] not in (None, METADATA, ITEMS)

    def _is_record(self, stack: list[Frame]) -> bool:
        """Whether a part is ``managedFields``."""
        return len(_names(stack)) == 2

    def _part(self, start: int, *, is_record: bool) -> tuple[Node, int] | None:
        """The part of an object at an offset, and the offset of its end; None where the exact reader has to read it."""
        try:
            value, end = self._scan(self.source, start)
            counts = _counts(value, _MAX_LEVELS)
            if counts is None or not _has_all_keys(self.source, start, end, counts.keys):
                value, end = self._scan_with_care(self.source, start)
        except (ValueError, StopIteration, RecursionError):
            return None
        if counts is None or not isinstance(value, dict | list) or _SURROGATE.search(self.source, start, end):
            return None
        size = len(value) if is_record else counts.values
        if size > self.budget.left:
            return None
        self.budget.left -= size
        compose = partial(_composed, self.source, self.text, start, is_record=is_record)
        return on_demand(value, compose), end


def _names(stack: list[Frame]) -> list[str | None]:
    """The keys that lead to a value, in its object; None for an item of a list."""
    names = [None if frame.key is None else frame.key.raw for frame in stack]
    return names[2:] if len(names) > 2 and names[0] == ITEMS and names[1] is None else names


class _RecordReader(_PartReader):
    """Reads ``managedFields`` without the nodes of its sets, in which hardly any place is ever wanted."""

    def _is_record(self, stack: list[Frame]) -> bool:
        return False

    def _is_part(self, stack: list[Frame]) -> bool:
        key = stack[1].key if len(stack) == 2 else None
        return key is not None and key.raw == SET and stack[0].key is None


def _composed(source: str, text: Text, start: int, *, is_record: bool) -> Mapping | Sequence:
    """The nodes of a part. It has been read once, so that nothing is reported."""
    reader = _RecordReader if is_record else JsonReader
    node, _ = reader(source, text, [], Budget()).value(start)
    assert isinstance(node, Mapping | Sequence)
    return node


class _Counts(NamedTuple):
    """How many values there are in a part, keys included, and how many of them are keys."""

    values: int
    keys: int


def _counts(value: Plain, levels: int) -> _Counts | None:
    """What there is in a value; None where it is nested deeper than some levels."""
    keys = items = 0
    level = [value]
    for _ in range(levels):
        below: list[Plain] = []
        for each in level:
            if isinstance(each, dict):
                keys += len(each)
                below += [member for member in each.values() if member and type(member) in _COLLECTIONS]
            elif isinstance(each, list):
                items += len(each)
                below += [item for item in each if item and type(item) in _COLLECTIONS]
        if not below:
            return _Counts(values=1 + 2 * keys + items, keys=keys)
        level = below
    return None


_COLLECTIONS = frozenset((dict, list))


def _has_all_keys(source: str, start: int, end: int, keys: int) -> bool:
    """Whether a value surely has as many keys as the text that it was read from, so that no key is there twice.

    A quote with a colon behind it ends a key, unless it is in a string, and then a backslash is before it. A string that
    begins with a colon is one more: then it is not sure.
    """
    if source.find(_ENDS_IN_BACKSLASH, start, end) >= 0 or _SPACE_BEFORE_COLON.search(source, start, end):
        return False
    return source.count('":', start, end) - source.count('\\":', start, end) == keys


_ENDS_IN_BACKSLASH = '\\\\":'
_SPACE_BEFORE_COLON = regex(r'"[ \t\r\n]+:')


def _scanner(members: Callable[[list[tuple[str, Plain]]], Plain] | None) -> _Scan:
    """Reads the value at an offset of a text. ``members`` makes its objects; they are made faster without.

    Raises ValueError, StopIteration or RecursionError for what the exact reader has to read.
    """
    decoder = JSONDecoder(
        object_pairs_hook=members, parse_int=_number, parse_float=_number, parse_constant=_refused
    )
    scan: _Scan = decoder.scan_once  # type: ignore[attr-defined]
    return scan


def _members(pairs: list[tuple[str, Plain]]) -> Plain:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _number(text: str) -> Plain:
    """The number that a text is for the API server. Raises ValueError for one that JSON readers take for infinite."""
    if len(text) <= _EXACT_DIGITS and text.lstrip("-").isdigit():
        return int(text)
    value = scalars.resolve(text)
    if isinstance(value, str):
        raise ValueError("too large a number")
    return value


def _refused(text: str) -> Plain:
    raise ValueError(f"{text} is not JSON")
