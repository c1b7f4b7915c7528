"""A comparison of two releases as Markdown, for a review, and as HTML, for a browser."""

from html import escape

from cnilint.packs.changes import ChangeRow, ReleaseComparison
from cnilint.packs.links import is_address
from cnilint.report import comparison as words
from cnilint.report.comparison import Item

_COLUMNS = ("Setting", "Change", "Effect", "Used at")
_STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2em;max-width:80em}table{border-collapse:collapse}"
    "td,th{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}"
)


def as_markdown(comparison: ReleaseComparison) -> str:
    """Lists of actions and notes, and one table for each kind of change; what is only new is closed."""
    blocks = [f"# {words.title(comparison)}", *words.sentences(comparison)]
    for heading, items in _lists(comparison):
        blocks += [f"## {heading}", "\n".join(f"- {_markdown_item(item)}" for item in items)]
    for change, rows in words.differences(comparison):
        heading = f"{change.value.capitalize()} ({len(rows)})"
        table = _markdown_table(rows)
        if words.is_folded(change, rows):
            blocks.append(f"<details><summary>{heading}</summary>\n\n{table}\n\n</details>")
        else:
            blocks += [f"## {heading}", table]
    return "\n\n".join(blocks) + "\n"


def as_html(comparison: ReleaseComparison) -> str:
    """One self-contained page."""
    title = escape(words.title(comparison))
    body = [f"<h1>{title}</h1>", *(f"<p>{escape(each)}</p>" for each in words.sentences(comparison))]
    for heading, items in _lists(comparison):
        body.append(f"<h2>{escape(heading)}</h2>\n<ul>{''.join(map(_html_item, items))}</ul>")
    for change, rows in words.differences(comparison):
        heading = escape(f"{change.value.capitalize()} ({len(rows)})")
        table = _html_table(rows)
        is_closed = words.is_folded(change, rows)
        body.append(
            f"<details><summary>{heading}</summary>{table}</details>"
            if is_closed
            else f"<h2>{heading}</h2>\n{table}"
        )
    head = f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    return f"{head}<style>{_STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"


def _lists(comparison: ReleaseComparison) -> list[tuple[str, list[Item]]]:
    todo = words.actions(comparison)
    first = [(words.actions_heading(comparison), todo)] if todo else []
    return [*first, *words.notes(comparison)]


def _markdown_item(item: Item) -> str:
    level = f"**{item.level}**: " if item.level else ""
    texts = [
        level + _markdown(item.head),
        *map(_markdown, item.lines),
        *(f"`{each}`" for each in item.places),
    ]
    if item.link:
        texts.append(f"<{item.link}>" if is_address(item.link) else _markdown(item.link))
    return "<br>".join(texts)


def _markdown_table(rows: list[ChangeRow]) -> str:
    lines = [f"| {' | '.join(_COLUMNS)} |", f"|{' --- |' * len(_COLUMNS)}"]
    for row in rows:
        cells = [f"`{_name(row)}`", _markdown(words.what(row)), row.effect]
        cells.append("<br>".join(map(words.place, row.places)))
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines)


def _name(row: ChangeRow) -> str:
    return words.name(row).replace("`", "'")


def _markdown(text: str) -> str:
    """Text in which Markdown sees no HTML; names in backticks stay code."""
    return text.replace("<", "&lt;").replace("\n", " ")


def _html_item(item: Item) -> str:
    level = f"<strong>{escape(item.level)}</strong>: " if item.level else ""
    texts = [level + escape(item.head), *map(escape, item.lines)]
    texts += [f"<code>{escape(each)}</code>" for each in item.places]
    if item.link:
        link = escape(item.link)
        texts.append(f'<a href="{link}">{link}</a>' if is_address(item.link) else link)
    return f"<li>{'<br>'.join(texts)}</li>\n"


def _html_table(rows: list[ChangeRow]) -> str:
    head = "".join(f"<th>{column}</th>" for column in _COLUMNS)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _html_cells(row))}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>\n{body}\n</table>"


def _html_cells(row: ChangeRow) -> list[str]:
    places = "<br>".join(escape(words.place(place)) for place in row.places)
    return [f"<code>{escape(words.name(row))}</code>", escape(words.what(row)), escape(row.effect), places]
