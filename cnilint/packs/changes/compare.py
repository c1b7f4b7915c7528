"""Two releases of a component compared: what to change, what behaves differently, and all differences."""

from collections.abc import Iterable, Sequence

from cnilint.document import Span
from cnilint.packs.changes import actions, merge, programs, rules
from cnilint.packs.changes.manifests import ManifestDifference, merged
from cnilint.packs.changes.model import Compared, KnownBug, ReleaseComparison
from cnilint.packs.library import Library
from cnilint.packs.match import matches
from cnilint.packs.model import Rule, Subject, UpgradeNote
from cnilint.packs.parts import Part
from cnilint.versions import Version


def compare(
    component: str, before: Version, after: Version, library: Library, parts: Sequence[Part] | None = None
) -> ReleaseComparison:
    """The differences between two releases; with ``parts``, only in the settings that they use, at their places."""
    known = library.component(component)
    # Those about the values of a chart have the chart's versions.
    ruled = [rule for rule in library.rules(component) if rule.match.subject is not Subject.VALUE]
    sources = programs.differences(library, component, before, after)
    sets = [
        difference
        for each in library.manifests(component)
        if (difference := ManifestDifference(each, before, after, known)).is_covered
    ]
    candidates = merge.united(
        rules.candidates(ruled, before, after),
        [each for source in sources for each in source.candidates(library.kept(component))],
        list(merged((each for one in sets for each in one.candidates()), sets)),
        sources,
    )
    if parts is None:
        rows = merge.ordered(each.row for each in candidates)
        todo, told = actions.of_rows(rows)
    else:
        found = (merge.located(each, component, parts) for each in candidates)
        rows = merge.ordered(row for row in found if row is not None)
        todo = actions.of_repository(component, before, after, parts, library)
        places = {place for action in todo for place in action.places}
        told = frozenset(row for row in rows if places.issuperset(row.places))
    return ReleaseComparison(
        component=component,
        before=before,
        after=after,
        compared=(*_distinct(each.compared() for each in sets), *(each.compared() for each in sources)),
        actions=todo,
        rows=rows,
        bugs_entered=_bugs(rules.bugs(ruled, before, after), component, parts),
        bugs_left=_bugs(rules.bugs(ruled, after, before), component, parts),
        notes=notes_between(library.upgrades(component), before, after),
        steps=steps_between(library, component, before, after),
        most=known.max_minor_step,
        tool=known.tool.replace("{version}", str(after)),
        is_of_repository=parts is not None,
        of_actions=told,
    )


def notes_between(notes: Iterable[UpgradeNote], one: Version, other: Version) -> tuple[UpgradeNote, ...]:
    """The upgrade notes of the releases after one and up to the other, in order."""
    low, high = sorted((one, other), key=lambda version: version.key)
    end = high.next if high.is_line else None
    between = [
        note
        for note in notes
        if low < note.version and (note.version < end if end is not None else note.version <= high)
    ]
    return tuple(sorted(between, key=lambda note: note.version.key))


def steps_between(library: Library, component: str, before: Version, after: Version) -> tuple[str, ...]:
    """The minors to install on the way up, where the component limits how many one upgrade may cross."""
    most = library.component(component).max_minor_step
    if most is None or not before < after:
        return ()
    minors = sorted(minor for minor in library.minors(component) if before.minor < minor < after.minor)
    return tuple(f"{major}.{minor}" for major, minor in minors[most - 1 :: most])


def _bugs(found: Iterable[Rule], component: str, parts: Sequence[Part] | None) -> tuple[KnownBug, ...]:
    return tuple(KnownBug(rule, () if parts is None else _places(rule, component, parts)) for rule in found)


def _places(rule: Rule, component: str, parts: Sequence[Part]) -> tuple[Span, ...]:
    found = {
        setting.span
        for part in parts
        for membership in part.memberships
        if membership.component == component
        for setting in matches(rule, part, membership, parts)
    }
    return tuple(sorted(found))


def _distinct(compared: Iterable[Compared]) -> list[Compared]:
    """What was compared, sets of manifests at the same releases once."""
    found: dict[object, Compared] = {}
    for each in compared:
        found.setdefault(each.releases, each)
    return list(found.values())
