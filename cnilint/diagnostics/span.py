"""A region of a file."""

from typing import TypeAlias

from msgspec import Struct

_WIDTH_BITS, _COLUMN_BITS, _LINE_BITS = 19, 20, 24
_WIDTH, _COLUMN, _LINE = 1 << _WIDTH_BITS, 1 << _COLUMN_BITS, 1 << _LINE_BITS
"""What a packed place has room for. Together it fits in 63 bits, which is what is stored as a number."""


class Span(Struct, frozen=True, order=True, gc=False):
    """A region of a file. Lines and columns count from 1, columns in code points; the end is exclusive.

    Thousands are made for each file. It holds nothing that the garbage collector has to follow.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def shifted(self, start: int, end: int) -> "Span":
        """The part of a one-line span between two offsets, in code points from its start."""
        return Span(
            file=self.file,
            line=self.line,
            column=self.column + start,
            end_line=self.line,
            end_column=self.column + end,
        )


PackedSpan: TypeAlias = int | Span
"""A region: as a number where it is on one line, since a number takes a quarter of the memory; elsewhere as it is."""


def packed(span: Span) -> PackedSpan:
    """A region of a file that is known elsewhere."""
    if span.end_line != span.line:
        return span
    return packed_line(span.file, span.line, span.column, span.end_column)


def packed_line(file: str, line: int, column: int, end_column: int) -> PackedSpan:
    """A region on one line of a file that is known elsewhere."""
    width = end_column - column
    if line < _LINE and column < _COLUMN and 0 <= width < _WIDTH:
        return (line << _COLUMN_BITS | column) << _WIDTH_BITS | width
    return Span(file=file, line=line, column=column, end_line=line, end_column=end_column)


def unpacked(file: str, place: PackedSpan) -> Span:
    """The region of a place in a file."""
    if isinstance(place, Span):
        return place
    rest, width = divmod(place, _WIDTH)
    line, column = divmod(rest, _COLUMN)
    return Span(file=file, line=line, column=column, end_line=line, end_column=column + width)
