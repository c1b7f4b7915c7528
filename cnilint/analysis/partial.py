"""A comparison of two revisions that analyzes only what the change can affect.

The later revision was analyzed before, and its record says on what each environment depends. Environments that depend on
nothing that changed have the same findings in both revisions, so they add nothing to the comparison. Those that do are
analyzed in both revisions, together with all that they depend on in turn. At any doubt the whole is analyzed: the findings of
the later revision have to be the very ones that its record has.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from posixpath import basename, dirname
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cnilint.analysis.check import Analysis, analyze_facts, library_of
from cnilint.analysis.record import (
    CODES,
    EnvironmentRecord,
    RevisionRecord,
    Spent,
    found_in,
    left_before,
    names_in,
    owners_in,
    spaces_in,
    token,
)
from cnilint.analysis.settings import AnalysisSettings
from cnilint.cache.messages import encode_message
from cnilint.checks import of_families
from cnilint.environment.groups import FOLDER, holds_variants
from cnilint.environment.namespace import settled
from cnilint.environment.words import is_sample
from cnilint.extract.chartfiles import ChartFiles
from cnilint.extract.listing import are_plain_paths
from cnilint.extract.model import FileFacts, Gathered, ObjectFacts, ScannedObjects
from cnilint.extract.parallel import read_apart
from cnilint.extract.remembered import FactMemory
from cnilint.extract.scanned import Scanned
from cnilint.resolve.holders import known_namespace
from cnilint.resolve.search import MOST, Comparisons, NameSearch, PartlyKnown
from cnilint.source.moves import VersionedSource

_MOST_CHANGED = 64
"""Changed files; with more of them the whole is analyzed."""
_Place = TypeVar("_Place", str, tuple[str, str])
_SHARE = 4
"""The whole is analyzed where more than one in so many files would have to be."""


class PartialRevisions(Struct, frozen=True, kw_only=True):
    """The analyses of the affected environments in two revisions, and the record of the later one as a whole."""

    before: Analysis
    after: Analysis
    record: RevisionRecord


class _Doubt(Exception):
    """The change may affect more than the record tells."""


def partial_revisions(
    before: VersionedSource,
    after: VersionedSource,
    settings: AnalysisSettings,
    memories: tuple[FactMemory, FactMemory],
    *,
    record: RevisionRecord,
    changed: Sequence[str],
) -> PartialRevisions | None:
    """The analyses of what some ``changed`` files affect; None where the whole has to be analyzed."""
    try:
        return _Comparison(before, after, settings, memories, record).of(changed)
    except (_Doubt, PartlyKnown):
        return None


class _Comparison:
    """Two revisions, and the settings of both."""

    def __init__(
        self,
        before: VersionedSource,
        after: VersionedSource,
        settings: AnalysisSettings,
        memories: tuple[FactMemory, FactMemory],
        record: RevisionRecord,
    ) -> None:
        self._sources, self._memories = (before, after), memories
        self._settings, self._record = settings, record
        self._paths = after.files
        self._fresh: frozenset[str] = frozenset()
        self._gone: dict[int, list[str]] = {}
        self._old: dict[str, Scanned] = {}
        self._new: dict[str, Scanned] = {}
        self._known: dict[int, EnvironmentRecord] = {}
        self._settled: dict[tuple[int, int], tuple[ObjectFacts, ...]] = {}

    def of(self, changed: Sequence[str]) -> PartialRevisions:
        """The analyses. Raises _Doubt, and PartlyKnown."""
        _require(0 < len(changed) <= _MOST_CHANGED)
        earlier, later = (frozenset(source.files) for source in self._sources)
        self._fresh = frozenset(changed) - earlier
        gone = [path for path in changed if path not in later]
        moved = [*self._fresh, *gone]
        _require(not moved or (self._record.selects_objects and are_plain_paths(moved, self._paths)))
        _require(not (moved and self._settings.config.exclude))
        self._read_changed([path for path in changed if path in earlier and path in later], gone)
        homes = self._homes(path for path in changed if path in later)
        homes |= {self._home_of_gone(path) for path in gone}
        self._read(homes)
        touched = [fact for position in homes for fact in self._differences(position)]
        for position in homes:
            self._require_same_form(position)
        affected = homes | self._affected_by(touched)
        self._read(affected)
        needed = affected | self._needed_by(affected)
        self._read(needed)
        before, after = (self._analysis(number, needed, affected) for number in (0, 1))
        self._require_known(after, affected)
        _require(_compare_as_much(before.search, after.search, self._record))
        return PartialRevisions(before=before, after=after, record=self._record)

    def _read_changed(self, changed: Sequence[str], gone: Sequence[str]) -> None:
        """Reads the changed files in both revisions, in the one that has them those that only one has."""
        source, memory = self._sources[0], self._memories[0]
        self._new = self._memories[1].find((*changed, *self._fresh), ())
        self._old = memory.find((*changed, *gone), ())
        library = library_of(self._settings)
        charts = ChartFiles(lambda _: None, ())
        for path in (*changed, *gone):
            if path not in self._old:
                self._old[path] = read_apart(source, path, library, charts)
                memory.add(self._old[path])
        memory.flush()
        _require(all(map(_is_plain, (*self._old.values(), *self._new.values()))))
        _require(all(path in self._new for path in (*changed, *self._fresh)))
        _require(all(_sources_of(self._old[path]) == _sources_of(self._new[path]) for path in changed))

    def _home_of_gone(self, path: str) -> int:
        """The environment that holds a file that only the earlier revision has: the one of its folder."""
        _require(_folder(path) in self._record.names and not is_sample(basename(path)))
        position = self._record.names.index(_folder(path))
        self._gone.setdefault(position, []).append(path)
        return position

    def _homes(self, changed: Iterable[str]) -> set[int]:
        """The environments that hold some files of the later revision."""
        wanted = frozenset(changed)
        folders = {_folder(path) for path in wanted}
        left = {position for position, path in enumerate(self._paths) if path in wanted}
        found: set[int] = set()
        for position, name in enumerate(self._record.names):
            # Most environments are named after a folder around their files.
            if not left:
                break
            if name in folders:
                left -= self._take(position, left, found)
        for position in range(len(self._record.names)) if left else ():
            left -= self._take(position, left, found)
        _require(not left)
        return found

    def _take(self, position: int, wanted: Set[int], found: set[int]) -> set[int]:
        """The wanted files that an environment holds."""
        files = self._of(position).files
        here = {each for each in files or () if each in wanted}
        if here:
            found.add(position)
        return here

    def _of(self, position: int) -> EnvironmentRecord:
        if position not in self._known:
            self._known[position] = self._record.environment(position)
        return self._known[position]

    def _files(self, number: int, positions: Iterable[int]) -> Iterator[str]:
        """The files of some environments in one of the revisions."""
        for position in positions:
            files = self._of(position).files
            _require(files is not None)
            paths = [self._paths[each] for each in files or ()]
            if number == 0 and (position in self._gone or not self._fresh.isdisjoint(paths)):
                paths = sorted(
                    (*self._gone.get(position, ()), *(each for each in paths if each not in self._fresh))
                )
            yield from paths

    def _read(self, positions: Iterable[int]) -> None:
        """Reads the files of some environments. A file that did not change has the same facts in both revisions."""
        wanted = [path for path in dict.fromkeys(self._files(1, positions)) if path not in self._new]
        _require(_SHARE * len(wanted) <= len(self._paths) + _SHARE * _MOST_CHANGED)
        found = self._memories[1].find(wanted, ())
        _require(len(found) == len(wanted))
        self._new.update(found)
        self._old.update(found)

    def _objects(self, number: int, position: int) -> tuple[ObjectFacts, ...]:
        """The objects of an environment in one of the revisions; the very same in both where no file of it changed."""
        scanned, paths = (self._old, self._new)[number], list(self._files(number, (position,)))
        later = paths if number else self._files(1, (position,))
        is_changed = any(self._old.get(path) is not self._new.get(path) for path in later)
        place = number if is_changed or position in self._gone else 1, position
        if place not in self._settled:
            facts = (fact for path in paths for fact in _facts(scanned[path]).objects)
            self._settled[place] = settled(facts, default=self._of(position).environment.namespace)
        return self._settled[place]

    def _differences(self, position: int) -> Iterator[ObjectFacts]:
        """The objects of an environment that only one of the revisions has, as they are."""
        one, other = self._objects(0, position), self._objects(1, position)
        first, second = ({_encoded(fact): fact for fact in some} for some in (one, other))
        counts = Counter(map(_encoded, one)), Counter(map(_encoded, other))
        for own, here, there in ((first, *counts), (second, *counts[::-1])):
            yield from (fact for key, fact in own.items() if here[key] != there[key])

    def _require_same_form(self, position: int) -> None:
        """Raises _Doubt where the environments may be others, because the objects of this one are."""
        own = self._of(position)
        old, new = (owners_in(self._objects(number, position)) for number in (0, 1))
        identities = [
            sorted((fact.owner.kind, fact.owner.namespace or "", fact.owner.name) for fact in some)
            for some in (self._objects(0, position), self._objects(1, position))
        ]
        paths = [list(self._files(number, (position,))) for number in (0, 1)]
        if identities[0] == identities[1] and paths[0] == paths[1]:
            return
        _require(
            own.lone and own.environment.standing == "applied" and bool({*paths[0]}.intersection(paths[1]))
        )
        self._require_apart(position, old ^ new)
        folder = "" if own.environment.roots[0] == "." else own.environment.roots[0]
        _require(own.environment.reason == FOLDER and folder not in self._record.variants)
        for scanned, some in zip((self._old, self._new), paths, strict=True):
            _require(not holds_variants(folder, [_facts(scanned[path]) for path in some]))

    def _require_apart(self, position: int, owners: Set[int]) -> None:
        """Raises _Doubt where another environment may have an object of some kind and name."""
        for number, others in enumerate(self._record.owners):
            _require(number == position or owners.isdisjoint(others))

    def _affected_by(self, touched: Sequence[ObjectFacts]) -> set[int]:
        """The environments with names of changed objects, or that asked what these tell."""
        names = names_in(touched)
        definitions = [each for fact in touched for each in fact.definitions]
        told = spaces_in(touched) | {
            token("key", each.kind, key) for each in definitions for key in each.keys
        }
        found = {number for number, words in enumerate(self._record.words) if not names.isdisjoint(words)}
        return found | {number for number, asked in self._record.asked.items() if not told.isdisjoint(asked)}

    def _needed_by(self, affected: Iterable[int]) -> set[int]:
        """The environments that share names with some, or define something in the namespaces that those refer to."""
        facts = [
            fact for position in affected for number in (0, 1) for fact in self._objects(number, position)
        ]
        names, spaces = names_in(facts), set(_wanted_spaces(facts))
        return {
            number
            for number, (words, there) in enumerate(zip(self._record.words, self._record.spaces, strict=True))
            if not (names.isdisjoint(words) and spaces.isdisjoint(there))
        }

    def _analysis(self, number: int, needed: Set[int], affected: Set[int]) -> Analysis:
        """The analysis of some environments in one of the revisions, with the findings of the affected ones only."""
        environments = tuple(
            replace(self._of(position).environment, objects=self._objects(number, position))
            for position in sorted(needed)
        )
        names = frozenset(self._record.names[position] for position in affected)
        found = analyze_facts(
            self._gathered(number, needed),
            self._settings,
            environments=environments,
            search=self._search(needed, names),
            families=self._record.all_families(),
        )
        return replace(
            found,
            resolutions=tuple(each for each in found.resolutions if each.environment.name in names),
            diagnostics=tuple(each for each in found.diagnostics if each.environment in names),
        )

    def _gathered(self, number: int, needed: Iterable[int]) -> Gathered:
        source, scanned = self._sources[number], (self._old, self._new)[number]
        paths = sorted(set(self._files(number, needed)))
        files = [_facts(scanned[path]) for path in paths]
        return Gathered(
            source=source,
            base=source.base,
            files=files,
            kustomized=frozenset(),
            hydrated=frozenset(),
            diagnostics=[each for file in files for each in file.diagnostics],
            skipped={},
            scanned={
                path: ScannedObjects(scanned[path].content, file.objects)
                for path, file in zip(paths, files, strict=True)
            },
        )

    def _search(self, needed: Iterable[int], affected: Set[str]) -> NameSearch:
        """A search in which each environment compares as many names as in the whole revision."""
        known = self._record
        codes = [CODES[code] for code in of_families("references")]
        by_number = {number: code for code, number in CODES.items()}
        return NameSearch(
            near=Comparisons({known.names[each]: left_before(known.near, 0, each) for each in needed}),
            elsewhere=Comparisons(
                {known.names[each]: left_before(known.elsewhere, 0, each) for each in needed}
            ),
            keys=Comparisons(
                {
                    (by_number[code], known.names[each]): left_before(known.keys, code, each)
                    for each in needed
                    for code in codes
                }
            ),
            partial=affected,
        )

    def _require_known(self, after: Analysis, affected: Iterable[int]) -> None:
        """Raises _Doubt where the later revision has other findings than its record says."""
        found = found_in(after.diagnostics, after.resolutions)
        for position in affected:
            _require(found.get(self._record.names[position], b"") == self._of(position).found)


def _compare_as_much(one: NameSearch, other: NameSearch, known: RevisionRecord) -> bool:
    """Whether other environments can compare as many names in both revisions."""
    return (
        _leave_as_much(one.near, other.near, known.near)
        and _leave_as_much(one.elsewhere, other.elsewhere, known.elsewhere)
        and _leave_as_much(one.keys, other.keys, known.keys)
    )


def _require(holds: bool) -> None:
    if not holds:
        raise _Doubt


def _leave_as_much(one: Comparisons[_Place], other: Comparisons[_Place], known: Spent) -> bool:
    """Whether all places have as many comparisons left in both revisions, or more than they make."""
    first, second = one.spent(), other.spent()
    if first == second:
        return True
    made = sum(each.before - each.after for each in known)
    return made + sum(first.values()) + sum(second.values()) < MOST


def _is_plain(scanned: Scanned) -> bool:
    """Whether a file has objects, and nothing of it has an effect on other files but what its objects define and refer to."""
    facts = scanned.facts
    if facts is None or scanned.comments or scanned.created or scanned.refused or not scanned.is_alone:
        return False
    special = facts.gaps or facts.carried or facts.kept
    return bool(facts.objects) and not special and all(map(_is_plain_object, facts.objects))


def _is_plain_object(fact: ObjectFacts) -> bool:
    special = (fact.deployments, fact.address, fact.releases, fact.chart, fact.mentions, fact.values)
    return not any(special) and not fact.stated.volume_attributes and not fact.owner.ignore


def _sources_of(scanned: Scanned) -> tuple[str, ...]:
    return _facts(scanned).sources


def _facts(scanned: Scanned) -> FileFacts:
    assert scanned.facts is not None
    return scanned.facts


def _folder(path: str) -> str:
    return dirname(path) or "."


def _encoded(fact: ObjectFacts) -> bytes:
    return msgspec.json.encode(fact, enc_hook=encode_message)


def _wanted_spaces(facts: Iterable[ObjectFacts]) -> Iterator[int]:
    """The tokens of the kinds and namespaces of what objects refer to, as far as these are known."""
    for fact in facts:
        for each in fact.stated.references:
            namespace = known_namespace(each.namespace or each.owner.namespace)
            if namespace is not None:
                yield token("namespace", each.kind, namespace)
