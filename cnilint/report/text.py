"""The text format: each finding with its line, the token underlined, then a summary of the run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from cnilint.diagnostics.wording import quantity
from cnilint.findings.codes import url_of
from cnilint.findings.model import Finding
from cnilint.packs.links import is_address
from cnilint.report.baseline_summary import known_line
from cnilint.report.excerpt import Excerpt, Excerpts
from cnilint.report.group import FindingGroup, active, grouped, worst_first
from cnilint.report.model import Coverage, Report
from cnilint.report.overview import MOST_SHOWN, WORST_SHOWN, examples, overview, statistics
from cnilint.report.ownership_plan import plan_lines
from cnilint.report.ownership_text import ownership_lines
from cnilint.report.ownership_view import Ownership
from cnilint.report.place import environments_text, introduced_text, suppression_line, workload_text
from cnilint.report.summary import (
    counts,
    explain_line,
    not_checked_line,
    read_line,
    references_line,
    unverified,
    verdict,
)
from cnilint.report.sync_view import sync_lines
from cnilint.report.terminal import Style, cell, fold, line, link, paint, printable, width
from cnilint.report.view import View

_DEFAULT_WIDTH = 120
_SCREEN_WIDTH = 80
"""The width of a plan where there is no terminal: that of an old one."""
_ELLIPSIS = "..."
_MOST_SOURCES = 2
"""Sources of a rule below a finding; its page has all."""


def render(report: Report, view: View) -> str:
    if report.ownership is None or view.quiet:
        lines = [*_findings(report, view), *_summary(report, view)]
    else:
        lines = [*_live_objects(report, report.ownership, view)]
    return "".join(f"{line(text)}\n" for text in lines)


def _findings(report: Report, view: View) -> Iterator[str]:
    excerpts = Excerpts(view.lines, report.secret_files)
    shown = report.findings if view.show_suppressed else active(report.findings)
    groups = grouped(shown)
    if view.statistics:
        yield from (*statistics(groups, view), "")
        return
    most = len(groups) if report.ownership is not None else _most(len(groups), view.limit)
    every = groups
    if most < len(groups):
        groups = worst_first(groups)[:most] if view.limit is not None else examples(groups, most)
    for alike in [[group] for group in groups] if report.ownership is None else _by_object(groups):
        yield from _finding(alike[0], excerpts.excerpt(alike[0].finding), view)
        yield from (text for group in alike[1:] for text in _header(group.finding, view))
        yield ""
    if len(groups) < len(every):
        yield from overview(every, len(groups), view, is_change=report.base is not None)


def _most(number: int, limit: int | None) -> int:
    """How many findings are shown; ``limit`` is what the user said, 0 for all."""
    if limit is None:
        return number if number <= MOST_SHOWN else WORST_SHOWN
    return limit or number


def _by_object(groups: Sequence[FindingGroup]) -> list[list[FindingGroup]]:
    """The findings of live objects worst first, those of one code and object together: they have one cause."""
    alike: dict[tuple[object, ...], list[FindingGroup]] = {}
    for group in worst_first(groups):
        finding = group.finding
        key = (finding.severity, finding.code, finding.owner or finding.span, finding.suppressed)
        alike.setdefault(key, []).append(group)
    return list(alike.values())


def _live_objects(report: Report, ownership: Ownership, view: View) -> Iterator[str]:
    """The plan on one screen; on request all findings, and the objects field by field."""
    screen = replace(view, width=view.width or _SCREEN_WIDTH)
    if report.sync is not None:
        yield from sync_lines(report.sync, screen)
    yield from plan_lines(ownership, screen)
    if view.details or view.show_suppressed:
        yield from _findings(report, view)
    yield from ownership_lines(ownership, view)
    yield from _summary(report, view)


def _finding(group: FindingGroup, excerpt: Excerpt | None, view: View) -> Iterator[str]:
    finding = group.finding
    margin = " " * len(str(finding.span.line))
    yield from _header(finding, view)
    if excerpt is not None and excerpt.is_telling:
        yield from _picture(finding, excerpt, margin, view)
    for remark in _remarks(group, view):
        first, *rest = fold(remark, max(view.width - len(margin) - 3, 0), "  ")
        yield f"{_bar(margin, '=', view)} {first}"
        yield from (f"{margin}   {text}" for text in rest)


def _header(finding: Finding, view: View) -> list[str]:
    place = f"{printable(view.shown(finding.span.file))}:{finding.span.line}:{finding.span.column}:"
    label = f"{finding.severity}[{finding.code}]"
    lines = fold(f"{place} {label} {printable(str(finding.message))}", view.width, "    ")
    marked = paint(label, finding.severity, view.colour)
    text = "\n".join(lines).replace(
        label, marked if view.links is None else link(marked, url_of(finding.code)), 1
    )
    named = paint(place, "strong", view.colour)
    if view.links is not None:
        named = link(named, Path(view.links, finding.span.file).as_uri())
    return text.replace(place, named, 1).split("\n")


def _source(source: str, view: View) -> str:
    """The source of a rule, as a link where the terminal has them."""
    return link(source, source) if view.links is not None and is_address(source) else printable(source)


def _picture(finding: Finding, excerpt: Excerpt, margin: str, view: View) -> Iterator[str]:
    """The line with its number, and carets below the token."""
    room = (view.width or _DEFAULT_WIDTH) - len(margin) - 3
    before, token, after = _clip(excerpt, room)
    carets = "^" * max(1, width(token))
    yield _bar(margin, "|", view)
    yield f"{_bar(str(finding.span.line), '|', view)} {before}{token}{after}".rstrip()
    yield f"{_bar(margin, '|', view)} {' ' * width(before)}{paint(carets, finding.severity, view.colour)}"


def _bar(margin: str, sign: str, view: View) -> str:
    return paint(f"{margin} {sign}", "faint", view.colour)


def _clip(excerpt: Excerpt, room: int) -> tuple[str, str, str]:
    """The part of the line that fits into ``room`` columns: the token, then as much as possible on either side."""
    before, token, after = (list(map(cell, part)) for part in (excerpt.before, excerpt.token, excerpt.after))
    if not any(excerpt.cut) and sum(map(width, before + token + after)) <= room:
        return "".join(before), "".join(token), "".join(after)
    room -= 2 * len(_ELLIPSIS)
    middle = _fitting(token, room)
    room -= sum(map(width, middle))
    right = _fitting(after, max(room // 2, room - sum(map(width, before))))
    left = _fitting(before[::-1], room - sum(map(width, right)))[::-1]
    starts_late = excerpt.cut[0] or len(left) < len(before)
    ends_early = excerpt.cut[1] or len(middle) + len(right) < len(token) + len(after)
    return (
        (_ELLIPSIS if starts_late else "") + "".join(left),
        "".join(middle),
        "".join(right) + (_ELLIPSIS if ends_early else ""),
    )


def _fitting(cells: list[str], room: int) -> list[str]:
    for number, one in enumerate(cells):
        room -= width(one)
        if room < 0:
            return cells[:number]
    return cells


def _remarks(group: FindingGroup, view: View) -> Iterator[str]:
    """What is shown below the line: hint, evidence, the rule with its sources, object, related places, suppression."""
    finding = group.finding
    if finding.hint:
        yield f"hint: {printable(finding.hint)}"
    yield from (f"note: {printable(reason)}" for reason in finding.evidence)
    if finding.rule is not None:
        yield f"rule {printable(finding.rule)}"
    yield from (f"source: {_source(source, view)}" for source in finding.sources[:_MOST_SOURCES])
    where = [text for text in (workload_text(finding), environments_text(group.environments)) if text]
    if where:
        yield f"in {printable(', '.join(where))}"
    if finding.owner is not None and finding.owner.origin:
        yield f"rendered from {printable(finding.owner.origin)}"
    for related in finding.related:
        span = related.span
        yield f"see {printable(view.shown(span.file))}:{span.line}:{span.column}: {printable(related.message)}"
    if finding.introduced is not None:
        yield printable(introduced_text(finding))
    if finding.suppressed is not None:
        yield f"suppressed: {printable(finding.suppressed.reason)}"
    elif view.verbose and finding.owner is not None:
        yield f"suppress it with `{printable(suppression_line(finding))}` under suppressions: in .cnilint.yaml"


def _summary(report: Report, view: View) -> Iterator[str]:
    without = unverified(report)
    for notice in report.notices:
        yield from _sentence(f"notice: {printable(notice)}", "note", view)
    if not view.quiet:
        yield from _coverage(report, view)
    if counts(report):
        if not view.quiet and report.ownership is None:
            yield from fold(explain_line(report, view.fail_on), view.width, "  ")
        yield from _sentence(verdict(report), "strong", view)
        if without:
            yield from _sentence(without, "warning", view)
    elif without or not view.quiet:
        yield from _sentence(verdict(report), "warning" if without else "good", view)


def _sentence(text: str, style: Style, view: View) -> Iterator[str]:
    return (paint(part, style, view.colour) for part in fold(text, view.width, "  "))


def _coverage(report: Report, view: View) -> Iterator[str]:
    coverage = report.coverage
    if coverage.objects and (report.ownership is None or report.sync is not None):
        yield from fold(printable(references_line(coverage)), view.width, "  ")
    yield from fold(read_line(report), view.width, "  ")
    if view.verbose:
        for environment in report.environments:
            roots = ", ".join(environment.roots)
            where = f" in {roots}" if roots != environment.name else ""
            yield printable(f"  {environment.name}: {quantity(environment.objects, 'object')}{where}")
    missed = not_checked_line(coverage)
    if missed:
        yield from fold(printable(missed), view.width, "  ")
    yield from _skipped(coverage, view)
    known = known_line(report.baseline)
    if known:
        yield from fold(printable(known), view.width, "  ")
    suppressed = len(report.findings) - len(active(report.findings))
    if suppressed:
        yield f"Suppressed {quantity(suppressed, 'finding')}."


def _skipped(coverage: Coverage, view: View) -> Iterator[str]:
    if coverage.skipped:
        more = "" if view.verbose else "; --verbose lists them"
        yield from fold(f"Skipped {quantity(len(coverage.skipped), 'file')}{more}.", view.width, "  ")
    if view.verbose:
        yield from (printable(f"  {file}: {reason}") for file, reason in coverage.skipped)
