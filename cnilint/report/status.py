"""How new the rules are, as text, Markdown and plain data."""

from collections.abc import Sequence
from datetime import date

from cnilint.diagnostics.wording import quantity
from cnilint.packs.newest import ComponentStatus
from cnilint.report.terminal import paint, printable

_COLUMNS = ("component", "newest", "released", "age", "releases", "programs", "rules", "notes")
_LASTING = ("component", "newest", "released", "releases")
_NONE = "-"


def as_text(statuses: Sequence[ComponentStatus], today: date, *, colour: bool = False) -> str:
    """A table, and how old the newest knowledge is."""
    rows = [_COLUMNS, *(_cells(status, today) for status in statuses)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines[0] = paint(lines[0], "strong", colour)
    return "\n".join([*lines, "", *_summary(statuses, today)]) + "\n"


def as_markdown(statuses: Sequence[ComponentStatus], today: date | None = None) -> str:
    """A table with links; without a day it has only what new releases change."""
    columns = _COLUMNS if today is not None else _LASTING
    lines = [
        "| " + " | ".join(column.capitalize() for column in columns) + " |",
        "|" + " --- |" * len(columns),
    ]
    for status in statuses:
        cells = dict(zip(_COLUMNS, _cells(status, today), strict=True))
        if status.made is not None:
            cells["newest"] = f"[{cells['newest']}]({status.made.link})"
        lines.append("| " + " | ".join(cells[column] for column in columns) + " |")
    return "\n".join(lines) + "\n"


def as_data(statuses: Sequence[ComponentStatus], today: date) -> dict[str, object]:
    """For JSON."""
    return {
        "schema": "cnilint-status/1",
        "asOf": today.isoformat(),
        "components": [_data(status, today) for status in statuses],
    }


def _data(status: ComponentStatus, today: date) -> dict[str, object]:
    return {
        "component": status.component,
        "newest": None if status.newest is None else str(status.newest),
        "released": None if status.made is None else status.made.made.isoformat(),
        "ageInDays": None if status.made is None else (today - status.made.made).days,
        "link": None if status.made is None else status.made.link,
        "releases": status.releases,
        "programs": status.programs,
        "rules": status.rules,
        "notes": status.notes,
    }


def _cells(status: ComponentStatus, today: date | None) -> tuple[str, ...]:
    made = None if status.made is None else status.made.made
    age = _NONE if made is None or today is None else quantity((today - made).days, "day")
    return (
        printable(status.component),
        _NONE if status.newest is None else str(status.newest),
        _NONE if made is None else made.isoformat(),
        age,
        *map(str, (status.releases, status.programs, status.rules, status.notes)),
    )


def _summary(statuses: Sequence[ComponentStatus], today: date) -> list[str]:
    days = [status.made.made for status in statuses if status.made is not None]
    if not days:
        return ["No date of a release is known."]
    age = quantity((today - max(days)).days, "day")
    return [f"The newest release that the rules know is of {max(days)}, {age} before {today}."]
