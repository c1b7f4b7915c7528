"""What to change before an upgrade: in a repository by its own settings, else wherever the settings are set."""

from collections.abc import Iterable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic, Severity
from cnilint.document import Span
from cnilint.packs.changes.model import Action, Change, ChangeRow
from cnilint.packs.evaluate import evaluate
from cnilint.packs.library import Library
from cnilint.packs.model import NOUNS, SEVERITY, Effect, Subject
from cnilint.packs.parts import Part
from cnilint.versions import Version

_ORDER: tuple[Severity, ...] = ("error", "warning", "note")


class _Group(Struct):
    """Settings with one problem and one fix."""

    first: Action
    settings: list[str] = field(default_factory=list)
    places: list[Span] = field(default_factory=list)


def of_repository(
    component: str, before: Version, after: Version, parts: Sequence[Part], library: Library
) -> tuple[Action, ...]:
    """The problems that a check finds at the release after, and not at the one before, each at its places."""
    old, new = (evaluate(parts, library, {component: release}).problems for release in (before, after))
    known = {(problem.code, problem.span, problem.rule) for problem in old}
    groups: dict[object, _Group] = {}
    for problem in new:
        if (problem.code, problem.span, problem.rule) not in known:
            action = _of_problem(problem)
            arguments = {**problem.message.arguments, "name": "", "value": ""}
            key = (problem.message.template, frozenset(arguments.items()), action.fix, action.severity)
            group = groups.setdefault(key, _Group(action))
            group.settings.append(problem.message.arguments.get("name", ""))
            group.places.append(problem.span)
    return _sorted(groups.values())


def of_rows(rows: Iterable[ChangeRow]) -> tuple[tuple[Action, ...], frozenset[ChangeRow]]:
    """What to change wherever it is set, and the rows that say so; what only loses its effect is no action."""
    groups: dict[object, _Group] = {}
    told: set[ChangeRow] = set()
    for row in rows:
        severity = SEVERITY[Effect(row.effect)] if row.effect else "note"
        if severity != "note":
            told.add(row)
            key = (row.setting, row.scope, row.statement or row.after, row.remark, row.effect, row.only_in)
            group = groups.setdefault(key, _Group(_of_row(row, severity)))
            group.settings.append(row.name)
    return _sorted(groups.values()), frozenset(told)


def _of_problem(problem: Diagnostic) -> Action:
    return Action(
        severity=problem.severity or "error",
        effect=problem.effect or "",
        problem=str(problem.message),
        fix=problem.hint,
        settings=(),
        rule=problem.rule or "",
        evidence=next(iter(problem.sources), ""),
    )


def _of_row(row: ChangeRow, severity: Severity) -> Action:
    return Action(
        severity=severity,
        effect=row.effect,
        problem=f"{noun_of(row)} `{row.name}`{within(row)} {row.statement or _plain_problem(row)}",
        fix=row.remark or _plain_fix(row),
        settings=(),
        rule=row.rule,
        evidence=row.evidence,
    )


def _plain_problem(row: ChangeRow) -> str:
    return f"takes {row.after}, not {row.before}" if row.change is Change.TYPE else row.after


def _plain_fix(row: ChangeRow) -> str:
    return {"required": "set it", "new type": f"use {row.after}"}.get(row.change.value, "remove it")


def noun_of(row: ChangeRow) -> str:
    """What a setting is called, by all ways to give it under its name: ``key or flag``."""
    kinds = [row.setting, *(kind for kind, _, name in map(_split, row.also) if name == row.name)]
    return " or ".join(NOUNS[Subject(kind)] if kind in set(Subject) else kind for kind in kinds)


def _split(text: str) -> tuple[str, str, str]:
    return text.partition(" ")


def within(row: ChangeRow) -> str:
    """Where a setting is, in parentheses: container or ConfigMap, and the variant if it is only in one."""
    places = "; ".join(filter(None, (row.scope, ", ".join(row.only_in))))
    return f" ({places})" if places else ""


def _sorted(groups: Iterable[_Group]) -> tuple[Action, ...]:
    actions = [
        replace(group.first, settings=tuple(group.settings), places=tuple(group.places)) for group in groups
    ]
    return tuple(sorted(actions, key=lambda action: _ORDER.index(action.severity)))
