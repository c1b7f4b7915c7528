"""A comparison of two releases for a terminal."""

from collections.abc import Sequence

from cnilint.packs.changes import Change, ChangeRow, ReleaseComparison
from cnilint.report import comparison as words
from cnilint.report.comparison import Item
from cnilint.report.terminal import Style, fold, line, paint, printable, width

_COLUMNS = 80
_STYLES: dict[str, Style] = {
    "fatal": "error",
    "error": "error",
    **dict.fromkeys(("silent-override", "degraded", "insecure", "lost", "warning"), "warning"),
}


def as_text(
    comparison: ReleaseComparison, *, details: bool = False, columns: int = 0, colour: bool = False
) -> str:
    """Actions, then what is different on the way, then the table of differences. What is only new is counted, or listed
    with ``details``; ``columns`` are those of a terminal, 0 for none."""
    page = _Page(columns or _COLUMNS, colour)
    page.write(paint(printable(words.title(comparison)), "strong", colour))
    for sentence in words.sentences(comparison):
        page.fold(sentence, "")
    page.items(words.actions_heading(comparison), words.actions(comparison), is_numbered=True)
    for heading, items in words.notes(comparison):
        page.items(heading, items, is_numbered=False)
    for change, rows in words.differences(comparison):
        page.rows(change, rows, is_folded=words.is_folded(change, rows) and not details)
    return "\n".join(page.lines) + "\n"


class _Page:
    """Lines of a width."""

    def __init__(self, columns: int, colour: bool) -> None:
        self.lines: list[str] = []
        self._columns, self._colour = columns, colour

    def write(self, text: str) -> None:
        self.lines.append(line(text))

    def fold(self, text: str, indent: str) -> None:
        """A paragraph."""
        self.lines += self._folded(printable(text), indent, indent)

    def _folded(self, text: str, first: str, indent: str) -> list[str]:
        """A printable text in lines that begin with ``first``, then with ``indent``, of the same width."""
        head, *rest = fold(text, self._columns - width(indent), "")
        return [line(first + head), *(line(indent + each) for each in rest)]

    def items(self, heading: str, items: Sequence[Item], *, is_numbered: bool) -> None:
        if items:
            self._heading(heading)
        for number, item in enumerate(items, 1):
            mark = f"{number:>3}. " if is_numbered else "  - "
            self._item(item, mark)

    def rows(self, change: Change, rows: Sequence[ChangeRow], *, is_folded: bool) -> None:
        self._heading(f"{change.value} ({len(rows)})")
        if is_folded:
            self.fold(f"{words.counts(rows)}: --details lists them", "  ")
            return
        names = [printable(words.name(row)) for row in rows]
        column = max(width(each) for each in names) + 2
        is_table = column <= self._columns // 2
        for row, text in zip(rows, names, strict=True):
            self.lines += self._row(text, column if is_table else 0, printable(words.what(row)))
            self.lines += [line(f"      {printable(words.place(place))}") for place in row.places]

    def _heading(self, text: str) -> None:
        self.lines += ["", paint(printable(text), "strong", self._colour)]

    def _item(self, item: Item, mark: str) -> None:
        indent = " " * len(mark)
        level = f"[{item.level}] " if item.level else ""
        head = self._folded(printable(level + item.head), mark, indent)
        if item.level in _STYLES:
            shown = f"[{item.level}]"
            head[0] = head[0].replace(shown, paint(shown, _STYLES[item.level], self._colour), 1)
        self.lines += head
        for text in item.lines:
            self.fold(text, indent)
        for where in item.places:
            self.write(f"{indent}{printable(where)}")
        if item.link:
            self.write(f"{indent}{printable(item.link)}")

    def _row(self, name: str, column: int, what: str) -> list[str]:
        """A row in two columns; the second is below the first where that is wide."""
        if not what:
            return self._folded(name, "  ", "      ")
        if column:
            indent = " " * (column + 2)
            return self._folded(what, f"  {name}{' ' * (column - width(name))}", indent)
        return [*self._folded(name, "  ", "      "), *self._folded(what, "      ", "      ")]
