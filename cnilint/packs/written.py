"""Texts of manifests that can locate any part of themselves."""

from msgspec import Struct

from cnilint.document import Scalar, Span


class WrittenText(Struct, frozen=True, kw_only=True):
    """A text in a manifest that can locate any part of it.

    ``columns`` is the indentation of a literal block, None for any other scalar; ``quote`` counts the
    characters of the token before the text, None when the token does not spell the text out.
    """

    text: str
    span: Span
    columns: int | None = None
    quote: int | None = None

    def within(self, start: int, end: int) -> Span:
        """The place of ``text[start:end]``, or of the whole token when that is all that is known."""
        if self.columns is not None:
            before = self.text[:start]
            line = self.span.line + 1 + before.count("\n")
            column = self.columns + start - before.rfind("\n")
            return Span(
                file=self.span.file, line=line, column=column, end_line=line, end_column=column + end - start
            )
        return self.span if self.quote is None else self.span.shifted(self.quote + start, self.quote + end)

    def part(self, start: int, end: int) -> "WrittenText":
        """``text[start:end]`` as a text of its own."""
        span = self.within(start, end)
        is_located = self.columns is None and self.quote is not None
        return WrittenText(text=self.text[start:end], span=span, quote=0 if is_located else None)


def written(scalar: Scalar) -> WrittenText:
    """The text of a scalar with the means to find its parts."""
    token = scalar.span
    if scalar.style == "|":
        return WrittenText(text=scalar.raw, span=token, columns=_indentation(scalar))
    quote = 0 if scalar.plain else 1
    one_line = token.line == token.end_line
    spelt_out = one_line and token.end_column - token.column == len(scalar.raw) + 2 * quote
    return WrittenText(text=scalar.raw, span=token, columns=None, quote=quote if spelt_out else None)


def _indentation(scalar: Scalar) -> int:
    """Columns before each line of a literal block, worked out from its size; 0 when that is ambiguous.

    In the source the block holds its header, its text, and the indentation once for each line with text.
    """
    header = len("|\n") if scalar.raw.endswith("\n") else len("|-\n") + len("\n")
    filled = sum(1 for line in scalar.raw.split("\n") if line)
    surplus = scalar.end.index - scalar.start.index - header - len(scalar.raw)
    columns, ambiguous = divmod(surplus, filled) if filled and surplus > 0 else (0, 1)
    return 0 if ambiguous else columns
