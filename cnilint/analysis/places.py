"""Where in the later revision something of the earlier one was: the places of removals."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from cnilint.document import Span
from cnilint.reading import Unreadable
from cnilint.source.base import Source

_MOST_LINES = 4000
"""Of changed parts with more lines only the start is compared: the time grows with their square."""


class RemovalPlaces:
    """Maps places of one revision to the next. ``moved`` is the new path of each moved file."""

    def __init__(self, before: Source, after: Source, moved: Mapping[str, str]) -> None:
        self._before, self._after, self._moved = before, after, moved
        self._blocks = lru_cache(maxsize=64)(self._compared)

    def path(self, file: str) -> str:
        """The path that a file has now; its old one where it is gone."""
        return self._moved.get(file, file)

    def __call__(self, span: Span) -> Span:
        """The line in the later revision where a place of the earlier one was; that place itself where its file is gone."""
        file = self.path(span.file)
        lines = _lines(self._after, file)
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
        old, new = _lines(self._before, span.file), _lines(self._after, self.path(span.file))
        if old is None or new is None or span.line > len(old):
            return None
        line = self._line(span.file, span.line - 1)
        return line + 1 if line < len(new) and new[line] == old[span.line - 1] else None

    def text(self, path: str) -> bytes | None:
        """The content of a file now; that of the earlier revision where it is gone. Raises Unreadable."""
        data = self._after.read(path)
        return self._before.read(path) if data is None else data

    def _line(self, file: str, line: int) -> int:
        """The line, from 0, that takes the place of one; of a removed line the one before it."""
        for old_start, old_end, new_start, new_end in self._blocks(file):
            if old_start <= line < old_end:
                kept = new_end - new_start == old_end - old_start
                return new_start + line - old_start if kept else max(min(new_start, new_end) - 1, 0)
        return line

    def _compared(self, file: str) -> Sequence[tuple[int, int, int, int]]:
        """The parts of a file: where they were, and where they are."""
        old, new = _lines(self._before, file) or [], _lines(self._after, self.path(file)) or []
        return list(_parts(old, new))


def _parts(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Equal and changed parts, as start and end in both. Equal lines at both ends are not compared again."""
    shortest = min(len(old), len(new))
    head = next((n for n in range(shortest) if old[n] != new[n]), shortest)
    most = shortest - head
    tail = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    yield 0, head, 0, head
    yield len(old) - tail, len(old), len(new) - tail, len(new)
    one, other = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(len(one), len(other)) > _MOST_LINES:
        yield head, len(old) - tail, head, head
        return
    for _, old_start, old_end, new_start, new_end in SequenceMatcher(None, one, other, False).get_opcodes():
        yield head + old_start, head + old_end, head + new_start, head + new_end


def _lines(source: Source, path: str) -> list[str] | None:
    try:
        data = source.read(path)
    except Unreadable:
        return None
    return None if data is None else data.decode("utf-8", "replace").split("\n")
