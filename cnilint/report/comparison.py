"""A comparison of two releases as text, Markdown, HTML and plain data."""

from collections.abc import Iterable, Sequence
from html import escape

from cnilint.document import Span
from cnilint.packs.changes import Change, ChangeRow, ReleaseComparison
from cnilint.packs.model import Rule, UpgradeNote


def as_text(comparison: ReleaseComparison) -> str:
    """For a terminal: one block for each kind of change."""
    lines = [_title(comparison), *_sentences(comparison)]
    for change, rows in _by_change(comparison.rows):
        lines += ["", f"{change.value} ({len(rows)})"]
        width = max(len(_name(row)) for row in rows)
        for row in rows:
            effect = f"  [{row.effect}]" if row.effect else ""
            lines.append(f"  {_name(row):<{width}}  {_what(row)}{effect}")
            lines += [f"      {_place(place)}" for place in row.places]
    for title, items in _notes(comparison):
        lines += ["", title, *(f"  - {item}" for item in items)]
    return "\n".join(lines) + "\n"


def as_markdown(comparison: ReleaseComparison) -> str:
    """For a review: one table for each kind of change."""
    lines = [f"# {_title(comparison)}", "", *_sentences(comparison)]
    for change, rows in _by_change(comparison.rows):
        lines += [
            "",
            f"## {change.value.capitalize()}",
            "",
            "| Setting | Scope | Change | Effect | Used at |",
        ]
        lines.append("| --- | --- | --- | --- | --- |")
        for row in rows:
            cells = [f"`{row.name}`", row.scope, _what(row), row.effect, "<br>".join(map(_place, row.places))]
            lines.append(
                "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
            )
    for title, items in _notes(comparison):
        lines += ["", f"## {title}", "", *(f"- {item}" for item in items)]
    return "\n".join(lines) + "\n"


def as_html(comparison: ReleaseComparison) -> str:
    """For a browser: one self-contained page."""
    title = escape(_title(comparison))
    body = [f"<h1>{title}</h1>", *(f"<p>{escape(line)}</p>" for line in _sentences(comparison))]
    for change, rows in _by_change(comparison.rows):
        body.append(f"<h2>{escape(change.value.capitalize())}</h2>")
        body.append("<table><tr><th>Setting<th>Scope<th>Change<th>Effect<th>Used at</tr>")
        body += [f"<tr>{''.join(f'<td>{cell}</td>' for cell in _html_cells(row))}</tr>" for row in rows]
        body.append("</table>")
    for heading, items in _notes(comparison):
        body.append(
            f"<h2>{escape(heading)}</h2><ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"
        )
    head = f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    return f"{head}<style>{_STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"


def as_data(comparison: ReleaseComparison) -> dict[str, object]:
    """For JSON."""
    return {
        "schema": "cnilint-changes/1",
        "component": comparison.component,
        "from": str(comparison.before),
        "to": str(comparison.after),
        "compared": [str(version) for version in comparison.compared or ()],
        "steps": list(comparison.steps),
        "changes": [_row_data(row) for row in comparison.rows],
        "bugsEntered": [rule.id for rule in comparison.bugs_entered],
        "bugsLeft": [rule.id for rule in comparison.bugs_left],
        "notes": [_note_data(note) for note in comparison.notes],
    }


def _row_data(row: ChangeRow) -> dict[str, object]:
    return {
        "change": row.change.value,
        "setting": row.setting,
        "scope": row.scope,
        "name": row.name,
        "before": row.before,
        "after": row.after,
        "effect": row.effect or None,
        "replacement": row.remark or None,
        "rule": row.rule or None,
        "places": [{"file": span.file, "line": span.line, "column": span.column} for span in row.places],
    }


def _note_data(note: UpgradeNote) -> dict[str, object]:
    return {
        "id": note.id,
        "version": str(note.version),
        "title": note.title,
        "why": note.why,
        "action": note.action,
    }


_STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2em;max-width:80em}table{border-collapse:collapse}"
    "td,th{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}"
)


def _html_cells(row: ChangeRow) -> list[str]:
    places = "<br>".join(escape(_place(place)) for place in row.places)
    name = f"<code>{escape(row.name)}</code>"
    return [
        f"{escape(row.setting)} {name}",
        escape(row.scope),
        escape(_what(row)),
        escape(row.effect),
        places,
    ]


def _title(comparison: ReleaseComparison) -> str:
    return f"{comparison.component} {comparison.before} to {comparison.after}"


def _sentences(comparison: ReleaseComparison) -> list[str]:
    lines = []
    if comparison.compared is None:
        lines.append("No catalogue of this component: only the changes in rules are shown.")
    else:
        old, new = comparison.compared
        lines.append(f"Compared the manifests of {old} and {new}.")
    if comparison.steps:
        lines.append(f"Upgrade one minor at a time, through {', '.join(comparison.steps)}.")
    if not comparison.rows:
        lines.append("No known differences.")
    return lines


def _by_change(rows: Sequence[ChangeRow]) -> Iterable[tuple[Change, list[ChangeRow]]]:
    groups = ((change, [row for row in rows if row.change is change]) for change in Change)
    return [(change, group) for change, group in groups if group]


def _name(row: ChangeRow) -> str:
    return f"{row.setting} {row.name}" + (f" ({row.scope})" if row.scope else "")


def _what(row: ChangeRow) -> str:
    change = f"{row.before} -> {row.after}"
    if not row.rule:
        return change
    has_moved = row.change in (Change.MOVED, Change.RENAMED)
    return f"{change if has_moved else row.after}; {row.remark or 'remove it'}"


def _place(span: Span) -> str:
    return f"{span.file}:{span.line}"


def _notes(comparison: ReleaseComparison) -> list[tuple[str, list[str]]]:
    notes = [f"{note.version}: {note.title}. {note.why} {note.action}" for note in comparison.notes]
    sections = [
        ("New known bugs", [_bug(rule) for rule in comparison.bugs_entered]),
        ("Fixed known bugs", [_bug(rule) for rule in comparison.bugs_left]),
        ("Upgrade notes", notes),
    ]
    return [(title, items) for title, items in sections if items]


def _bug(rule: Rule) -> str:
    return f"{', '.join(rule.match.names)} {rule.title} ({rule.id})"
