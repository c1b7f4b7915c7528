"""Where to begin with many findings: counts by code, cause, environment and folder, and what to run next."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from posixpath import dirname

from cnilint.diagnostics.model import SEVERITIES, Severity
from cnilint.diagnostics.wording import quantity
from cnilint.findings.model import Finding
from cnilint.report.group import FindingGroup, worst_first
from cnilint.report.place import ROOT
from cnilint.report.terminal import fold, paint, printable
from cnilint.report.view import View

MOST_SHOWN = 100
"""Findings that text shows one by one; of more, only the worst."""
WORST_SHOWN = 10
_TOP = 5
"""Causes, environments and folders that are named."""
_DEPTH = 2
"""Segments of a folder by which findings are counted."""


def statistics(groups: Sequence[FindingGroup], view: View) -> Iterator[str]:
    """How many findings each code has, by severity: the worst first, then the most."""
    rows = Counter((group.finding.severity, group.finding.code, group.finding.name) for group in groups)
    ordered = sorted(rows.items(), key=lambda row: (SEVERITIES.index(row[0][0]), -row[1], row[0]))
    most = max((len(f"{count:,}") for count in rows.values()), default=0)
    names = max((len(name) for _, _, name in rows), default=0)
    for (severity, code, name), count in ordered:
        label = paint(f"{_noun(severity, count):<8}", severity, view.colour)
        text = f"{count:>{most},} {label} {code} {name:<{names}}"
        yield text.rstrip()


def examples(groups: Sequence[FindingGroup], most: int) -> list[FindingGroup]:
    """The first finding of each cause, the worst causes first and of these the most frequent; then the worst of the rest."""
    causes: dict[str, list[FindingGroup]] = {}
    for group in worst_first(groups):
        causes.setdefault(_cause(group), []).append(group)
    ordered = sorted(
        causes.values(), key=lambda alike: (SEVERITIES.index(alike[0].finding.severity), -len(alike))
    )
    rest = worst_first(group for _, *others in ordered for group in others)
    return [*(alike[0] for alike in ordered), *rest][:most]


def overview(groups: Sequence[FindingGroup], shown: int, view: View, *, is_change: bool) -> Iterator[str]:
    """What an owner of many findings wants to know first; ``shown`` are printed one by one above it. Those of a change are
    told by the options to run it again with."""
    chosen = "one of each of the worst causes" if view.limit is None else "the worst"
    said = f"{len(groups):,} findings, {shown} of them shown: {chosen}. Where to begin:"
    yield from (paint(part, "strong", view.colour) for part in fold(said, view.width, "  "))
    yield ""
    yield "By code:"
    yield from (f"  {row}" for row in statistics(groups, view))
    yield from _table("By cause, each of which one change may fix:", _top(map(_cause, groups)), view)
    yield from _table("By environment:", _top(_environments(groups)), view)
    yield from _table("By folder:", _top(_folder(group.finding, view) for group in groups), view)
    yield ""
    yield "Next:"
    worst = min((group.finding for group in groups), key=lambda one: SEVERITIES.index(one.severity))
    again = "the same with" if is_change else "cnilint check"
    accepted = "accept what is there; then `check --baseline` reports only what is new"
    commands = {
        f"{again} --select {worst.code}": "one code, the worst first",
        f"cnilint explain {worst.code}": "what it means and how to fix it",
        **({} if is_change else {"cnilint baseline": accepted}),
        f"{again} --max-findings 0": "all findings",
    }
    column = max(map(len, commands))
    yield from (f"  {command:<{column}}  # {remark}" for command, remark in commands.items())
    yield ""


def _top(keys: Iterable[str]) -> list[tuple[str, int]]:
    """Each text and how often it occurs, the most frequent first."""
    counted = Counter(key for key in keys if key)
    return sorted(counted.items(), key=lambda row: (-row[1], row[0]))


def _table(title: str, rows: Sequence[tuple[str, int]], view: View) -> Iterator[str]:
    if len(rows) < 2:
        return
    yield ""
    yield title
    most = len(f"{rows[0][1]:,}")
    for text, count in islice(rows, _TOP):
        yield from fold(f"  {count:>{most},}  {printable(text)}", view.width, " " * (most + 4))
    if len(rows) > _TOP:
        rest = sum(count for _, count in rows[_TOP:])
        yield f"  {rest:>{most},}  in {len(rows) - _TOP:,} others"


def _cause(group: FindingGroup) -> str:
    """What findings have in common that one change fixes: the object that is missing or lacks a key, or the rule."""
    finding = group.finding
    target = finding.target
    if target is not None:
        name = f"{target.namespace}/{target.name}" if target.namespace else target.name
        return f"{finding.code} {target.kind} {name}"
    if finding.rule is not None:
        return f"{finding.code} rule {finding.rule}"
    return f"{finding.code} {finding.name}"


def _environments(groups: Iterable[FindingGroup]) -> Iterator[str]:
    return (ROOT if name == "." else name for group in groups for name in group.environments)


def _folder(finding: Finding, view: View) -> str:
    parts = dirname(finding.span.file).split("/")
    return view.shown("/".join(parts[:_DEPTH]) or ".")


def _noun(severity: Severity, count: int) -> str:
    return quantity(count, severity).partition(" ")[2]
