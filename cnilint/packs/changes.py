"""The differences between two releases of a component, for a person before an upgrade.

The catalogue gives what manifests set on both sides, the rules what the programs do with it. With the parts of a
repository, only the settings that it uses are compared, at their own lines.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cnilint.diagnostics.suggest import closest
from cnilint.document import Span
from cnilint.packs.catalogue import Catalogue, Run, SettingKey, key_of
from cnilint.packs.library import Library
from cnilint.packs.match import matches
from cnilint.packs.model import Effect, Rule, UpgradeNote
from cnilint.packs.parts import Part
from cnilint.packs.settings import Setting
from cnilint.versions import Version

_LIKE = 0.85
"""From this similarity on, a removed and an added name of one kind in one place are a renaming."""

_KEY_OF = "key of ConfigMap {}"


class Change(StrEnum):
    """The kind of a difference, in the order of the tables."""

    REJECTED = "rejected"
    GONE = "gone"
    RENAMED = "renamed"
    MOVED = "moved"
    DEFAULT = "new default"
    ADDED = "added"


@dataclass(kw_only=True, frozen=True, slots=True)
class ChangeRow:
    """One difference. ``places`` are the affected lines of a repository."""

    change: Change
    setting: str
    scope: str
    name: str
    before: str
    after: str
    effect: str = ""
    remark: str = ""
    rule: str = ""
    places: tuple[Span, ...] = ()


@dataclass(kw_only=True, frozen=True, slots=True)
class ReleaseComparison:
    """All changes from one release to another. ``compared`` are the releases of the catalogue that were used."""

    component: str
    before: Version
    after: Version
    compared: tuple[Version, Version] | None
    rows: tuple[ChangeRow, ...]
    bugs_entered: tuple[Rule, ...]
    bugs_left: tuple[Rule, ...]
    notes: tuple[UpgradeNote, ...]
    steps: tuple[str, ...] = field(default=())
    """The minors in between, if the component limits the step of an upgrade."""


def compare(
    component: str, before: Version, after: Version, library: Library, parts: Sequence[Part] | None = None
) -> ReleaseComparison:
    """The differences between two releases; with ``parts``, only in the settings that they use."""
    catalogue = library.catalogue(component)
    rules = library.rules(component)
    rows = [*_rule_rows(rules, before, after), *_catalogue_rows(catalogue, before, after)]
    if parts is not None:
        rows = [located for row in rows if (located := _located(row, component, parts, rules)).places]
    return ReleaseComparison(
        component=component,
        before=before,
        after=after,
        compared=_compared(catalogue, before, after),
        rows=tuple(_merged(rows)),
        bugs_entered=_bugs(rules, before, after),
        bugs_left=_bugs(rules, after, before),
        notes=_notes_between(library.upgrades(component), before, after),
        steps=_steps(library, component, before, after),
    )


def _bugs(rules: Iterable[Rule], before: Version, after: Version) -> tuple[Rule, ...]:
    """The known bugs that ``after`` has and ``before`` has not."""
    return tuple(rule for rule in rules if rule.code == "CNI207" and _enters(rule, before, after))


def _notes_between(notes: Iterable[UpgradeNote], one: Version, other: Version) -> tuple[UpgradeNote, ...]:
    low, high = sorted((one, other), key=lambda version: version.key)
    return tuple(note for note in notes if low < note.version and note.version <= high)


def _enters(rule: Rule, before: Version, after: Version) -> bool:
    return rule.versions.contains(after) is True and rule.versions.contains(before) is not True


def _rule_rows(rules: Iterable[Rule], before: Version, after: Version) -> Iterator[ChangeRow]:
    """Settings that a rule is about in the release after and not in the one before."""
    for rule in rules:
        if rule.code == "CNI207" or not _enters(rule, before, after):
            continue
        values = rule.match.value_texts
        suffix = f" = {', '.join(values)}" if rule.code == "CNI203" else ""
        for name in rule.match.names:
            yield ChangeRow(
                change=Change.REJECTED if rule.code in ("CNI202", "CNI203") else Change.GONE,
                setting=rule.match.subject.value,
                scope=", ".join(rule.match.containers or rule.match.config_maps),
                name=name + suffix,
                before="set",
                after=rule.title,
                effect=rule.effect.value,
                remark=rule.replacement,
                rule=rule.id,
            )


def _nearest(catalogue: Catalogue, version: Version) -> int:
    """The release in the catalogue for a version: itself, one of its minor, the next older, the oldest."""
    releases = list(enumerate(catalogue.releases))
    exact = [position for position, release in releases if version.same_release(release)]
    same_minor = [position for position, release in releases if release.minor == version.minor]
    older = [position for position, release in releases if release < version]
    return (exact or same_minor or older or [0])[-1]


def _compared(catalogue: Catalogue | None, before: Version, after: Version) -> tuple[Version, Version] | None:
    if catalogue is None:
        return None
    return catalogue.releases[_nearest(catalogue, before)], catalogue.releases[_nearest(catalogue, after)]


def _catalogue_rows(catalogue: Catalogue | None, before: Version, after: Version) -> Iterator[ChangeRow]:
    if catalogue is None:
        return
    old, new = _nearest(catalogue, before), _nearest(catalogue, after)
    rows = [
        row
        for key in sorted(catalogue.entries)
        if (row := _row(catalogue, key, catalogue.runs_at(key, old), catalogue.runs_at(key, new)))
    ]
    added = [(row.setting, row.scope, row.name) for row in rows if row.change is Change.ADDED]
    yield from (_renamed(row, added) for row in rows)


def _renamed(row: ChangeRow, added: list[SettingKey]) -> ChangeRow:
    """A removed setting with a similar added one, as a renaming; any other row as it is."""
    if row.change is not Change.GONE or row.setting == "object":
        return row
    here = (row.setting, row.scope)
    successor = closest(row.name, [name for setting, scope, name in added if (setting, scope) == here], _LIKE)
    return replace(row, change=Change.RENAMED, after=f"probably {successor}") if successor else row


def _row(catalogue: Catalogue, key: SettingKey, was: list[Run], now: list[Run]) -> ChangeRow | None:
    if not was and not now:
        return None
    moved = _moved_to(catalogue, key, was, now)
    before, after = (_way(was[0]) if was else "not set"), (_way(now[0]) if now else moved or "not set")
    change = _change(was[:1], now[:1], moved=bool(moved))
    if change is None:
        return None
    setting, scope, name = key
    return ChangeRow(change=change, setting=setting, scope=scope, name=name, before=before, after=after)


def _change(was: list[Run], now: list[Run], *, moved: bool) -> Change | None:
    """The change of a setting's first supply; at most one run on each side."""
    if not now:
        return Change.MOVED if moved else Change.GONE
    if not was:
        return Change.ADDED
    if was[0].supply != now[0].supply:
        return Change.MOVED
    values = (was[0].value, now[0].value)
    return Change.DEFAULT if values[0] != values[1] and None not in values else None


def _way(run: Run) -> str:
    value = "" if run.value is None else repr(run.value)
    supply = "" if run.supply == "literal" else run.supply
    return " ".join(part for part in (supply, value) if part) or "set"


def _moved_to(catalogue: Catalogue, key: SettingKey, was: list[Run], now: list[Run]) -> str:
    """The ConfigMap that has a key of the same name in the release in which a variable is gone."""
    if key[0] != "env" or not was or now:
        return ""
    end = max(run.last for run in was) + 1
    for other in catalogue.entries:
        if other[0] == "config-key" and other[2] == key[2] and catalogue.runs_at(other, end):
            return _KEY_OF.format(other[1])
    return ""


def _located(row: ChangeRow, component: str, parts: Sequence[Part], rules: Sequence[Rule]) -> ChangeRow:
    rule = next((rule for rule in rules if rule.id == row.rule), None)
    found = {
        setting.span
        for part in parts
        for membership in part.memberships
        if membership.component == component
        for setting in (
            _settings_of_row(row, part) if rule is None else matches(rule, part, membership, parts)
        )
        if rule is None or _is_named(row, setting)
    }
    return replace(row, places=tuple(sorted(found)))


def _settings_of_row(row: ChangeRow, part: Part) -> Iterator[Setting]:
    """The settings that a row of the catalogue is about; an added one is not used yet."""
    if row.change is not Change.ADDED:
        key = (row.setting, row.scope, row.name)
        yield from (setting for setting in part.settings if key_of(setting, part.owner.name) == key)


def _is_named(row: ChangeRow, setting: Setting) -> bool:
    """Whether a row of a rule is about a setting that the rule matches: its name may be a pattern or have values."""
    return setting.name == row.name or row.name.startswith(f"{setting.name} = ") or "*" in row.name


def _merged(rows: Iterable[ChangeRow]) -> list[ChangeRow]:
    """One row for each setting: what a rule says, and where the catalogue shows that it moved."""
    of_setting: dict[tuple[str, str], ChangeRow] = {}
    for row in rows:
        key = (
            row.setting,
            f"{row.scope}/{row.name}" if not row.rule and row.change is Change.ADDED else row.name,
        )
        of_setting[key] = _both(of_setting[key], row) if key in of_setting else row
    arrived = {(row.name, row.after) for row in of_setting.values() if row.change is Change.MOVED}
    order = list(Change)
    return sorted(
        (row for row in of_setting.values() if (row.name, _KEY_OF.format(row.scope)) not in arrived),
        key=lambda row: (order.index(row.change), row.setting, row.scope, row.name),
    )


def _both(first: ChangeRow, second: ChangeRow) -> ChangeRow:
    """Two rows about one setting: the worse rule wins, and a move wins over a removal."""
    ranks = [effect.value for effect in Effect] + [""]
    ruled = min(first, second, key=lambda row: ranks.index(row.effect))
    moved = next((row for row in (first, second) if row.change in (Change.MOVED, Change.RENAMED)), None)
    places = tuple(sorted({*first.places, *second.places}))
    if moved is None or ruled is moved:
        return replace(ruled, places=places)
    return replace(ruled, change=moved.change, before=moved.before, after=moved.after, places=places)


def _steps(library: Library, component: str, before: Version, after: Version) -> tuple[str, ...]:
    known = library.components.get(component)
    catalogue = library.catalogue(component)
    if known is None or known.max_minor_step is None or catalogue is None or not before < after:
        return ()
    minors = sorted(
        {release.minor for release in catalogue.releases if before.minor < release.minor < after.minor}
    )
    return tuple(
        f"{major}.{minor}" for major, minor in minors[known.max_minor_step - 1 :: known.max_minor_step]
    )
