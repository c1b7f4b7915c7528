"""A region of a file."""

from msgspec import Struct


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
