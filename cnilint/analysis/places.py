"""Where in the later revision something of the earlier one was: the places of removals."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache, partial
from typing import NamedTuple

from cnilint.document import Span
from cnilint.reading import Unreadable
from cnilint.source.base import Source, latest_content

_MOST_PAIRS = 10_000
"""Pairs of lines of a changed part that are compared: the time grows faster than their number."""
_CACHED_FILES = 16
_Part = tuple[int, int, int, int]
"""Where a part of a file was, and where it is: start and end in both."""


class RemovalPlaces:
    """Maps places of one revision to the next. ``moved`` is the new path of each moved file."""

    def __init__(self, before: Source, after: Source, moved: Mapping[str, str]) -> None:
        self._before, self._after, self._moved = before, after, moved
        self._old = lru_cache(maxsize=_CACHED_FILES)(partial(_lines, before))
        self._new = lru_cache(maxsize=_CACHED_FILES)(partial(_lines, after))
        self._blocks = lru_cache(maxsize=_CACHED_FILES)(self._compared)

    def path(self, file: str) -> str:
        """The path that a file has now; its old one where it is gone."""
        return self._moved.get(file, file)

    def __call__(self, span: Span) -> Span:
        """The line in the later revision where a place of the earlier one was; that place itself where its file is gone."""
        file = self.path(span.file)
        lines = self._new(file)
        if lines is None:
            return span
        number = min(self._line(span.file, span.line - 1), max(len(lines) - 1, 0))
        text = lines[number] if lines else ""
        start = len(text) - len(text.lstrip()) + 1
        return Span(
            file=file,
            line=number + 1,
            column=start,
            end_line=number + 1,
            end_column=max(len(text.rstrip()) + 1, start + 1),
        )

    def same_line(self, span: Span) -> int | None:
        """The number, from 1, of a line that is the same in the later revision; None for one that is not."""
        old, new = self._old(span.file), self._new(self.path(span.file))
        if old is None or new is None or span.line > len(old):
            return None
        line = self._line(span.file, span.line - 1)
        return line + 1 if line < len(new) and new[line] == old[span.line - 1] else None

    def text(self, path: str) -> bytes | None:
        """As ``latest_content``. Raises Unreadable."""
        return latest_content(self._before, self._after, path)

    def _line(self, file: str, line: int) -> int:
        """The line, from 0, that takes the place of one; of a removed line the one before it."""
        for old_start, old_end, new_start, new_end in self._blocks(file):
            if old_start <= line < old_end:
                kept = new_end - new_start == old_end - old_start
                return new_start + line - old_start if kept else max(min(new_start, new_end) - 1, 0)
        return line

    def _compared(self, file: str) -> Sequence[_Part]:
        """The equal and the changed parts of a file."""
        old, new = self._old(file) or [], self._new(self.path(file)) or []
        return list(_parts(old, new))


def _parts(old: Sequence[str], new: Sequence[str]) -> Iterator[_Part]:
    """Equal and changed parts. Large files are split first, at lines that are only once in each version."""
    one, other = 0, 0
    splits = _splits(old, new) if len(old) * len(new) > _MOST_PAIRS else []
    for next_one, next_other in (*splits, (len(old), len(new))):
        for part in _small_parts(old[one:next_one], new[other:next_other]):
            yield one + part[0], one + part[1], other + part[2], other + part[3]
        one, other = next_one, next_other


def _splits(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The lines that are once in both versions and in the same order, by their numbers: a patience diff."""
    places, later = _single(old), _single(new)
    tails: list[int] = []
    ends: list[_Chain] = []
    for line, one in places.items():
        other = later.get(line)
        if other is not None:
            at = bisect_left(tails, other)
            chain = _Chain(one, other, ends[at - 1] if at else None)
            tails[at : at + 1] = [other]
            ends[at : at + 1] = [chain]
    found: list[tuple[int, int]] = []
    last = ends[-1] if ends else None
    while last is not None:
        found.append((last.one, last.other))
        last = last.before
    return found[::-1]


class _Chain(NamedTuple):
    """A line of both versions, and the one before it in the longest sequence that ends with it."""

    one: int
    other: int
    before: "_Chain | None"


def _single(lines: Sequence[str]) -> dict[str, int]:
    """The numbers, from 0, of the lines that are there once, in order."""
    counts = Counter(lines)
    return {line: number for number, line in enumerate(lines) if counts[line] == 1}


def _small_parts(old: Sequence[str], new: Sequence[str]) -> Iterator[_Part]:
    """Equal and changed parts. Equal lines at both ends are not compared again; what is too large is one changed part."""
    shortest = min(len(old), len(new))
    head = next((n for n in range(shortest) if old[n] != new[n]), shortest)
    most = shortest - head
    tail = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    yield 0, head, 0, head
    yield len(old) - tail, len(old), len(new) - tail, len(new)
    one, other = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(one) * len(other) > _MOST_PAIRS:
        yield head, len(old) - tail, head, len(new) - tail
        return
    for _, old_start, old_end, new_start, new_end in SequenceMatcher(None, one, other, False).get_opcodes():
        yield head + old_start, head + old_end, head + new_start, head + new_end


def _lines(source: Source, path: str) -> list[str] | None:
    try:
        data = source.read(path)
    except Unreadable:
        return None
    return None if data is None else data.decode("utf-8", "replace").split("\n")
