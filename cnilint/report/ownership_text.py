"""Live objects for people: the tree of fields with their owners before and after, why leftovers stay, the repair."""

from collections.abc import Iterator, Mapping, Sequence

from cnilint.diagnostics.wording import quantity
from cnilint.report.ownership_view import Ownership, OwnershipView, Step, TreeRow
from cnilint.report.place import object_text
from cnilint.report.terminal import Style, fold, paint, printable, width
from cnilint.report.view import View

_MARKS: Mapping[str, tuple[str, Style]] = {
    "same": (" ", "faint"),
    "added": ("+", "good"),
    "changed": ("~", "note"),
    "pruned": ("-", "faint"),
    "left": ("!", "error"),
    "unowned": ("?", "warning"),
}
"""The sign of each state, and its style."""

LEGEND = "Legend: + added, ~ changed, - removed, ! left behind, ? without an owner; letters are the owners of a field"

_OWNERS: tuple[str, ...] = ("32", "35", "36", "33", "34", "31")
"""Colours of the letters A, B, C and so on, which repeat; the applier's comes first."""


def ownership_lines(ownership: Ownership, view: View) -> Iterator[str]:
    """The objects of a run, in lines."""
    if any(one.rows for one in ownership.portraits):
        yield paint(LEGEND, "faint", view.colour)
        yield ""
    for one in ownership.portraits:
        yield from _object(one, view)
        yield ""


def _object(one: OwnershipView, view: View) -> Iterator[str]:
    yield paint(printable(_title(one)), "strong", view.colour)
    for writer in one.writers:
        since = f", since {writer.since}" if writer.since else ""
        yield f"  {_letters(writer.letter, view)} {printable(f'{writer.name} ({writer.role}{since})')}"
    if one.rows:
        yield from _tree(one, view)
    uncovered = (f"not covered: {note}" for note in one.uncovered)
    for sentence in filter(None, (*one.causes, one.diagnosis, *uncovered)):
        yield from _sentence(sentence, view)
    yield from _repair("repair", (*one.before, *one.after), view)
    for trap in one.traps:
        yield from _sentence(f"caution: {trap}", view)


def _title(one: OwnershipView) -> str:
    applied = f", applied by {one.applier}" if one.applier else ""
    return f"{object_text(one.owner)}{applied}"


def _tree(one: OwnershipView, view: View) -> Iterator[str]:
    rows = one.rows
    before = max(6, *(width(row.before) for row in rows))
    after = max(5, *(width(row.after) for row in rows)) if one.predicted else 0
    titles = f"{'before':<{before}} after" if one.predicted else "owners"
    yield paint(f"    {titles}", "faint", view.colour)
    for row in rows:
        yield _row(row, before, after, view)
    if one.unchanged:
        unchanged = quantity(one.unchanged, "unchanged field")
        yield paint(f"    {' ' * (before + after)}  ({unchanged} not shown)", "faint", view.colour)


def _row(row: TreeRow, before: int, after: int, view: View) -> str:
    sign, style = _MARKS[row.state]
    if row.severity is not None:
        style = row.severity
    owners = _column(row.before, before, view)
    if after:
        owners += " " + _column(row.after, after, view)
    label = printable(f"{'  ' * row.depth}{row.label}")
    if row.state != "same":
        label = paint(label, style, view.colour)
    note = f"  <- {printable(row.note)}" if row.note else ""
    return f"  {paint(sign, style, view.colour)} {owners} {label}{note}".rstrip()


def _column(letters: str, columns: int, view: View) -> str:
    return _letters(letters, view) + " " * (columns - len(letters))


def _letters(letters: str, view: View) -> str:
    """Each owner in a colour of its own."""
    if not view.colour:
        return letters
    return "".join(
        f"\x1b[{_OWNERS[(ord(one) - ord('A')) % len(_OWNERS)]}m{one}\x1b[0m" if one.isalpha() else one
        for one in letters
    )


def _repair(title: str, steps: Sequence[Step], view: View) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        yield from _sentence(f"{title} {number}: {step.purpose}", view)
        yield from (f"      {printable(command)}" for command in step.commands)


def _sentence(text: str, view: View) -> Iterator[str]:
    return (f"  {line}" for line in fold(printable(text), max(view.width - 2, 0), "  "))
