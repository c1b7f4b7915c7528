"""GitHub's Markdown, for the summary of a job or a comment: the result, a table, and a picture of broken references.

It has all findings, also those in files that a pull request does not change, where its view shows no annotation.
GitHub shows no summary of more than 1 MiB: docs.github.com, "Workflow commands", "Adding a job summary".
"""

from collections.abc import Iterator, Sequence
from html import escape

from cnilint.diagnostics.model import SEVERITIES, Severity
from cnilint.diagnostics.wording import quantity
from cnilint.packs.links import is_address
from cnilint.regex import regex
from cnilint.report.group import FindingGroup, active, grouped, worst_first
from cnilint.report.mermaid import MOST_REFERENCES, broken_references, picture
from cnilint.report.model import Report
from cnilint.report.place import environments_text, workload_text
from cnilint.report.summary import (
    counts,
    not_checked_line,
    read_line,
    references_line,
    total,
    unverified,
    verdict,
)
from cnilint.report.terminal import printable
from cnilint.report.view import View

MOST_BYTES = 900 * 1024
"""Room for what others append to the summary."""

_MOST_IN_CELL = 2000
_MARKS: dict[Severity, str] = {"error": "🔴", "warning": "🟡", "note": "🔵"}
_SPECIAL = regex(r"(?i:(?<=www)\.)|:(?! )|[^A-Za-z0-9 ,.:;()/?=+\"'-]")
"""What could be a sign of Markdown or HTML, ``:emoji:``, or part of an address, which is linked."""
_AT = "<span>&#64;</span>"
"""GitHub links ``@name`` in the finished text, where a name and its sign are in one element."""


def render(report: Report, view: View) -> str:
    groups = worst_first(grouped(active(report.findings)))
    head = ["## cnilint", "", _plain(verdict(report)), ""]
    tail = [*_picture(groups), *_coverage(report)]
    room = MOST_BYTES - _size([*head, *tail])
    return "".join(f"{each}\n" for each in (*head, *_table(report, groups, room), *tail))


def _table(report: Report, groups: Sequence[FindingGroup], room: int) -> Iterator[str]:
    """As many rows as there is room for, the worst findings first."""
    if not groups:
        return
    found = counts(report)
    yield from ("| severity | findings |", "| --- | ---: |")
    yield from (f"| {_MARKS[each]} {each} | {found[each]} |" for each in SEVERITIES if found[each])
    yield from ("", "| | where | what | code |", "| --- | --- | --- | --- |")
    # The tables' heads, and the sentence about what is left out.
    room -= 1024
    for number, group in enumerate(groups):
        row = _row(group)
        room -= len(row.encode()) + 1
        if room < 0:
            more = quantity(len(groups) - number, "more finding")
            yield from ("", f"{more} not shown here: the log and the other formats have all of them.")
            break
        yield row
    yield ""


def _row(group: FindingGroup) -> str:
    finding = group.finding
    span = finding.span
    what = [_words(str(finding.message))]
    where = workload_text(finding)
    what += [f"in {_code(where)}"] if where else []
    what += [f"💡 {_words(finding.hint)}"] if finding.hint else []
    what += [_words(reason) for reason in finding.evidence]
    what += [_source(source) for source in finding.sources]
    what += [f"{_code(f'{one.span.file}:{one.span.line}')} {_words(one.message)}" for one in finding.related]
    what += [_words(environments_text(group.environments))] if group.environments else []
    cells = (
        _MARKS[finding.severity],
        _code(f"{span.file}:{span.line}"),
        "<br>".join(what),
        f"{finding.code} {_plain(finding.name)}",
    )
    return f"| {' | '.join(cells)} |"


def _picture(groups: Sequence[FindingGroup]) -> list[str]:
    findings = [group.finding for group in groups]
    drawn = picture(findings)
    if not drawn:
        return []
    more = len(broken_references(findings)) - MOST_REFERENCES
    said = [f"{quantity(more, 'more reference')} not in the picture.", ""] if more > 0 else []
    return ["### Broken references", "", "```mermaid", drawn, "```", "", *said]


def _coverage(report: Report) -> Iterator[str]:
    """What the run read, and what it could not check."""
    without = unverified(report)
    said = [without if without != verdict(report) else "", not_checked_line(report.coverage)]
    yield from (line for text in said if text for line in (f"⚠️ {_words(text)}", ""))
    parts = [read_line(report), references_line(report.coverage) if total(report.coverage) else ""]
    yield f"<sub>{_plain(' '.join(filter(None, parts)))}</sub>"
    notices = [f"<li>{_words(notice)}</li>" for notice in report.notices[:20]]
    if notices:
        yield f"\n<details><summary>{quantity(len(report.notices), 'notice')}</summary><ul>{''.join(notices)}</ul></details>"


def _source(source: str) -> str:
    """The source of a rule as a link, whose address cannot end the cell."""
    if not is_address(source):
        return _plain(source)
    return f'<a href="{escape(source).replace("|", "%7C")}">{_plain(source.partition("://")[2])}</a>'


def _words(text: str) -> str:
    """A sentence; what it has in backticks is code."""
    parts = text.split("`")
    # A name can have a backtick itself. Then nothing tells names and words apart.
    if len(parts) % 2 == 0:
        return _code(text)
    return "".join(_code(part) if index % 2 else _plain(part) for index, part in enumerate(parts))


def _code(text: str) -> str:
    return f"<code>{_plain(text)}</code>" if text else ""


def _plain(text: str) -> str:
    """Text in which nothing is Markdown, HTML, a link or a mention.

    A character reference cannot stand for a sign of structure: spec.commonmark.org, "Entity and numeric character
    references". Letters of other alphabets are safe as they are.
    """
    text = printable(text)
    text = text if len(text) <= _MOST_IN_CELL else f"{text[: _MOST_IN_CELL - 3]}..."
    return _SPECIAL.sub(lambda match: _reference(match.group()), text)


def _reference(character: str) -> str:
    if character == "@":
        return _AT
    return f"&#{ord(character)};" if character.isascii() else character


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)
