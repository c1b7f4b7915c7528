"""One row for each setting: what rules, programs and manifests show of it, and where a repository has it."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec.structs import replace

from cnilint.packs.changes.model import Change, ChangeRow, FoundRow, any_of
from cnilint.packs.changes.programs import ProgramDifference
from cnilint.packs.model import Effect, Subject
from cnilint.packs.parts import Part

_REMOVALS = (Change.REJECTED, Change.GONE, Change.UNSET)
_GIVEN = (Subject.ENV, Subject.CONFIG_KEY, Subject.FLAG)
_EFFECTS = [effect.value for effect in Effect]
_TELLS_WHERE = (Change.MOVED, Change.RENAMED)


def united(
    ruled: Iterable[FoundRow],
    read: Iterable[FoundRow],
    manifests: Sequence[FoundRow],
    programs: Sequence[ProgramDifference],
) -> list[FoundRow]:
    """The rows of rules, then those of programs about other settings, then those of manifests about others still."""
    rules = [_with_move(each, manifests) for each in _worst(ruled)]
    sources = [each for each in read if not _has_rule(each.row, rules)]
    told = {(each.row.setting, each.row.name): each.row for each in sources}
    shown = [
        judged
        for each in manifests
        if (judged := _by_program(each, programs)) is not None
        and not _is_told(judged.row, told)
        and (judged.row.change is Change.ADDED or not _has_rule(judged.row, rules))
    ]
    return _once([*rules, *sources, *shown])


def located(candidate: FoundRow, component: str, parts: Sequence[Part]) -> ChangeRow | None:
    """The row with the places of its settings in a repository; None where there are none."""
    places = {
        setting.span
        for part in parts
        for membership in part.memberships
        if membership.component == component
        for setting in candidate.find(part, membership, parts)
    }
    return replace(candidate.row, places=tuple(sorted(places))) if places else None


def ordered(rows: Iterable[ChangeRow]) -> tuple[ChangeRow, ...]:
    order = list(Change)
    return tuple(sorted(rows, key=lambda row: (order.index(row.change), row.setting, row.scope, row.name)))


def _has_rule(row: ChangeRow, rules: Sequence[FoundRow]) -> bool:
    return any(_is_about(rule.row, row) for rule in rules)


def _is_about(rule: ChangeRow, row: ChangeRow) -> bool:
    """Whether a rule is about the whole setting of a row, and not only about some of its values."""
    if rule.setting != row.setting or not fnmatchcase(row.name, rule.name):
        return False
    return not rule.scope or not row.scope or _overlap(rule.scope, row.scope)


def _overlap(one: str, other: str) -> bool:
    return any(
        fnmatchcase(left, right) or fnmatchcase(right, left)
        for left in one.split(", ")
        for right in other.split(", ")
    )


def _with_move(rule: FoundRow, manifests: Sequence[FoundRow]) -> FoundRow:
    """A rule about a setting that the manifests show to move says where to."""
    for row in (each.row for each in manifests):
        if row.change in _TELLS_WHERE and _is_about(rule.row, row):
            moved = replace(
                rule.row, change=row.change, before=row.before, after=row.after, shown_by=row.shown_by
            )
            return replace(rule, row=moved)
    return rule


def _by_program(candidate: FoundRow, programs: Sequence[ProgramDifference]) -> FoundRow | None:
    """A row of the manifests, by what the program makes of the setting; None for a new one that does nothing new."""
    row = candidate.row
    if row.setting not in _GIVEN:
        return candidate
    for program in programs:
        runs = program.runs_of(row.setting, row.scope, row.name, "")
        now = runs[1] if runs else None
        if now is None:
            continue
        if row.change is Change.GONE:
            return replace(
                candidate, row=replace(row, change=Change.UNSET, remark="the program still reads it")
            )
        if row.change is Change.ADDED and "d" in now.marks:
            return None
    return candidate


def _is_told(row: ChangeRow, told: Mapping[tuple[str, str], ChangeRow]) -> bool:
    """Whether a program's row says what one of the manifests does: that the setting is gone, or new."""
    other = told.get((row.setting, row.name))
    if other is None or not _overlap(other.scope, row.scope):
        return False
    if row.change is Change.DEFAULT:
        return (row.change, row.before, row.after) == (other.change, other.before, other.after)
    return row.change in (Change.GONE, Change.UNSET, Change.ADDED)


def _worst(rules: Iterable[FoundRow]) -> list[FoundRow]:
    """One row of a setting that several rules are about in one place."""
    found: dict[tuple[str, str, str], FoundRow] = {}
    for each in rules:
        key = (each.row.setting, each.row.scope, each.row.name)
        found[key] = min(found[key], each, key=_rank) if key in found else each
    return list(found.values())


def _rank(candidate: FoundRow) -> int:
    return _EFFECTS.index(candidate.row.effect)


def _once(candidates: Sequence[FoundRow]) -> list[FoundRow]:
    """A variable and the key of the same name that go, or come, together are one setting, which is told once."""
    kept: list[FoundRow] = []
    seen: dict[tuple[str, bool], int] = {}
    for each in candidates:
        key = _spelling(each.row)
        at = seen.get(key) if key is not None else None
        if at is None or kept[at].row.setting == each.row.setting:
            if key is not None:
                seen.setdefault(key, len(kept))
            kept.append(each)
        else:
            kept[at] = _both(kept[at], each)
    return kept


def _both(first: FoundRow, other: FoundRow) -> FoundRow:
    if first.row.change is Change.MOVED:
        first, other = other, first
    also = dict.fromkeys((*first.row.also, f"{other.row.setting} {other.row.name}"))
    return FoundRow(replace(first.row, also=tuple(also)), any_of((first.find, other.find)))


def _spelling(row: ChangeRow) -> tuple[str, bool] | None:
    """The name of a setting that comes or goes, however variables, keys and flags spell it."""
    is_gone = row.change in (*_REMOVALS, Change.MOVED)
    if row.setting not in _GIVEN or not (is_gone or row.change is Change.ADDED):
        return None
    return row.name.lower().replace("_", "-").replace(".", "-"), is_gone
