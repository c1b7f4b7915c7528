"""The HTML format: one self-contained page without scripts, every text escaped, light and dark."""

from collections.abc import Iterator, Sequence
from html import escape

from cnilint.diagnostics.wording import quantity
from cnilint.packs.links import is_address
from cnilint.report.excerpt import Excerpts
from cnilint.report.group import FindingGroup, active, grouped, worst_first
from cnilint.report.model import Report
from cnilint.report.ownership_plan import cause_title, field_groups, label_of, outcome_text
from cnilint.report.ownership_text import LEGEND
from cnilint.report.ownership_view import Ownership, OwnershipView, Step, TreeRow
from cnilint.report.place import environments_text, introduced_text, object_text, workload_text
from cnilint.report.summary import not_checked_line, read_line, verdict
from cnilint.report.terminal import printable
from cnilint.report.view import View

_SIGNS = {"same": "", "added": "+", "changed": "~", "pruned": "-", "left": "!", "unowned": "?"}
_STYLE = """
:root { color-scheme: light dark; --line: #d0d7de; --dim: #656d76; --back: #f6f8fa; --error: #cf222e;
  --warning: #9a6700; --note: #0969da; --good: #1a7f37; --b: #8250df; --c: #0550ae; --d: #953800; --e: #116329; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --dim: #9198a1; --back: #151b23; --error: #ff7b72;
  --warning: #d29922; --note: #58a6ff; --good: #3fb950; --b: #d2a8ff; --c: #79c0ff; --d: #ffa657; --e: #7ee787; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
code, pre, .tree { font: 13px/1.5 ui-monospace, monospace; }
pre { background: var(--back); border: 1px solid var(--line); border-radius: 6px; padding: .6rem; overflow-x: auto; }
.finding { border: 1px solid var(--line); border-left-width: 4px; border-radius: 6px; padding: .5rem .8rem;
  margin: .6rem 0; }
.error { border-left-color: var(--error); } .warning { border-left-color: var(--warning); }
.note { border-left-color: var(--note); } .dim { color: var(--dim); }
b.error { color: var(--error); } b.warning { color: var(--warning); } b.note { color: var(--note); } b.ok { color: var(--good); }
table.tree { border-collapse: collapse; }
.tree td, .tree th { padding: 0 .8rem 0 0; text-align: left; white-space: pre; vertical-align: top; }
.tree td:last-child { white-space: pre-wrap; }
mark { background: color-mix(in srgb, var(--warning) 25%, transparent); color: inherit; border-radius: 3px; }
.left td { font-weight: 600; } .left.error td { color: var(--error); } .left.warning td { color: var(--warning); }
.left.note td { color: var(--note); font-weight: 400; } .added td:last-child { color: var(--good); }
.changed td:last-child { color: var(--note); } .pruned td:last-child { color: var(--dim); text-decoration: line-through; }
.unowned td { color: var(--warning); }
.w0 { color: var(--good); } .w1 { color: var(--b); } .w2 { color: var(--c); } .w3 { color: var(--d); } .w4 { color: var(--e); }
""".strip()
_COLOURS = 5


def render(report: Report, view: View) -> str:
    excerpts = Excerpts(view.lines, report.secret_files)
    shown = report.findings if view.show_suppressed else active(report.findings)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>cnilint</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_text(verdict(report))}</h1>",
        f'<p class="dim">{_text(read_line(report))}</p>',
        f"<p>{_text(missed)}</p>" if (missed := not_checked_line(report.coverage)) else "",
        *(f"<p>{_text(notice)}</p>" for notice in report.notices),
        *(_plan(report.ownership) if report.ownership else ()),
        *(_object(each) for each in (report.ownership.portraits if report.ownership else ())),
        "<h2>Findings</h2>" if shown else "",
        *(_finding(group, excerpts) for group in worst_first(grouped(shown))),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _finding(group: FindingGroup, excerpts: Excerpts) -> str:
    finding = group.finding
    span = finding.span
    where = [text for text in (workload_text(finding), environments_text(group.environments)) if text]
    parts = [
        f'<div class="finding {finding.severity}"><b class="{finding.severity}">{finding.severity} {finding.code}</b>',
        f" {_text(str(finding.message))}",
        f'<div class="dim"><code>{_text(span.file)}:{span.line}:{span.column}</code>',
        f" {_text(', '.join(where))}</div>",
    ]
    excerpt = excerpts.excerpt(finding)
    if excerpt is not None:
        line = f"{_text(excerpt.before)}<mark>{_text(excerpt.token)}</mark>{_text(excerpt.after)}"
        parts.append(f"<pre>{line}</pre>")
    if finding.hint:
        parts.append(f"<div>hint: {_text(finding.hint)}</div>")
    parts += [f'<div class="dim">note: {_text(reason)}</div>' for reason in finding.evidence]
    parts += [f'<div class="dim">source: {_source(source)}</div>' for source in finding.sources]
    for one in finding.related:
        parts.append(
            f'<div class="dim">see <code>{_text(one.span.file)}:{one.span.line}</code> {_text(one.message)}</div>'
        )
    if finding.introduced is not None:
        parts.append(f'<div class="dim">{_text(introduced_text(finding))}</div>')
    return "".join([*parts, "</div>"])


def _source(source: str) -> str:
    text = _text(source)
    return f'<a href="{text}">{text}</a>' if is_address(source) else text


def _plan(ownership: Ownership) -> Iterator[str]:
    """A row for each object, then what it has in common with others, as on the one screen of the text format."""
    if ownership.plan:
        yield "<h2>Plan</h2><table>"
        for one in ownership.plan:
            label = label_of(one)
            yield f'<tr><td><b class="{label}">{label}</b></td><td>{_text(object_text(one.owner))}</td>'
            yield f"<td>{_text(outcome_text(one))}</td></tr>"
        yield "</table>"
    for cause in ownership.causes:
        codes = ", ".join(cause.codes)
        yield f'<div class="finding {cause.severity}"><b class="{cause.severity}">{cause.severity} {codes}</b>'
        yield f" {_text(cause_title(cause))}"
        yield from (f"<div>{_text(group)}</div>" for group in field_groups(cause))
        yield f"<div>then: {_text(cause.effect)}</div>" if cause.effect else ""
        yield f"<div>fix: {_text(cause.fix)}</div>" if cause.fix else ""
        yield "</div>"
    if any(one.rows for one in ownership.portraits):
        yield f'<p class="dim">{_text(LEGEND)}</p>'


def _object(one: OwnershipView) -> str:
    applied = f", applied by {one.applier}" if one.applier else ""
    parts = [f"<section><h2>{_text(object_text(one.owner) + applied)}</h2>"]
    for writer in one.writers:
        since = f", since {writer.since}" if writer.since else ""
        parts.append(f"<div>{_letters(writer.letter)} {_text(f'{writer.name} ({writer.role}{since})')}</div>")
    if one.rows:
        parts.append(_tree(one))
    uncovered = (f"not covered: {each}" for each in one.uncovered)
    sentences = (*one.causes, one.diagnosis, *uncovered)
    parts += [f"<p>{_text(each)}</p>" for each in sentences if each]
    parts += _repair((*one.before, *one.after))
    parts += [f"<p>caution: {_text(trap)}</p>" for trap in one.traps]
    return "".join([*parts, "</section>"])


def _tree(one: OwnershipView) -> str:
    titles = ("", "before", "after", "field") if one.predicted else ("", "owners", "field")
    head = "".join(f"<th>{title}</th>" for title in titles)
    rows = "\n".join(_row(row, one.predicted) for row in one.rows)
    more = (
        f'<p class="dim">{quantity(one.unchanged, "unchanged field")} not shown</p>' if one.unchanged else ""
    )
    return f'<table class="tree"><tr>{head}</tr>\n{rows}</table>{more}'


def _row(row: TreeRow, predicted: bool) -> str:
    cells = [_SIGNS[row.state], _letters(row.before)]
    if predicted:
        cells.append(_letters(row.after))
    note = f'  <span class="dim">{_text(row.note)}</span>' if row.note else ""
    cells.append(f"{'  ' * row.depth}{_text(row.label)}{note}")
    kind = f"{row.state} {row.severity}" if row.severity is not None else row.state
    return f'<tr class="{kind}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _letters(letters: str) -> str:
    return "".join(
        f'<b class="w{(ord(one) - ord("A")) % _COLOURS}">{one}</b>' if one.isalpha() else one
        for one in letters
    )


def _repair(steps: Sequence[Step]) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        commands = "\n".join(_text(command) for command in step.commands)
        yield f"<p>repair {number}: {_text(step.purpose)}</p><pre>{commands}</pre>"


def _text(text: str) -> str:
    return escape(printable(text))
