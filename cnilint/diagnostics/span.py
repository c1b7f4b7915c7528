"""A region of a file."""

from typing import NamedTuple


class Span(NamedTuple):
    """A region of a file. Lines and columns count from 1, columns in code points; the end is exclusive.

    A tuple, since callers take it apart, compare and sort it.
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
