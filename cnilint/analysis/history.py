"""The trip of ``cnilint history``: commits, changed blobs, their facts, what each commit changed; then the trail."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial
from itertools import filterfalse
from os.path import relpath
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnilint.analysis.check import Analysis, analyze, library_of
from cnilint.analysis.settings import AnalysisSettings
from cnilint.extract.exclude import Excluded
from cnilint.extract.listing import listing
from cnilint.extract.read import Progress
from cnilint.history.model import (
    BrokenPeriod,
    CommitChanges,
    ConfigChange,
    ConfigHistory,
    ObjectName,
    ReferenceName,
)
from cnilint.history.remembered import StateMemory
from cnilint.history.scopes import EnvironmentsOfFiles
from cnilint.history.trail import Trail
from cnilint.resolve.outcome import SETTLED, Resolution
from cnilint.source.base import under
from cnilint.source.commits import MOST_COMMITS, changed_paths, files_of, first_parents
from cnilint.source.revision import GitRevision

if TYPE_CHECKING:
    from cnilint.extract.remembered import FactMemory

BrokenKey = tuple[str, str, str, str, str, str]
"""The environment, kind and name of the reader, kind, name and key of what it reads: the same in every revision."""


class BrokenPlace(NamedTuple):
    """What tells references of one key apart: the namespaces of the reader and of what it reads, empty where the manifest
    names none, and the file."""

    reader: str
    target: str
    file: str

    def likeness(self, other: "BrokenPlace") -> int:
        """How surely both are one: 0 if they are not. An overlay may set any namespace, so that a file says more."""
        pairs = ((self.reader, other.reader), (self.target, other.target))
        if all(one == another for one, another in pairs):
            return 3
        if all(not one or not another or one == another for one, another in pairs):
            return 2
        return int(self.file == other.file)


_Opened = tuple[ReferenceName, str, str]
"""A reference, an environment, and the commit that broke it there, empty for one that was not read."""
_STEP = 64
"""Commits between two calls of a ``Progress``."""


class HistorySelection(Struct, frozen=True, kw_only=True):
    """Which changes are reported: of files, of an object as ``KIND/NAMESPACE/NAME`` with globs, of a component."""

    paths: tuple[str, ...] = ("",)
    object: str = ""
    component: str = ""

    def takes(self, change: ConfigChange) -> bool:
        """Whether a change is reported."""
        if not under(change.file, self.paths):
            return False
        moved = (change.detail,) if change.kind == "version-moved" else ()
        if self.component and self.component not in (*change.components, *moved):
            return False
        reference = change.reference
        names = (change.object,) if reference is None else (change.object, reference.target)
        return not self.object or any(map(self._fits, names))

    def covers(self, period: BrokenPeriod) -> bool:
        """Whether a broken reference is reported."""
        names = (period.reference.owner, period.reference.target)
        return under(period.file, self.paths) and (not self.object or any(map(self._fits, names)))

    def _fits(self, name: ObjectName) -> bool:
        return fnmatchcase("/".join(name).lower(), self.object.lower())


def history(
    source: GitRevision,
    since: str | None,
    settings: AnalysisSettings,
    selected: HistorySelection,
    progress: Progress | None = None,
    memory: "FactMemory | None" = None,
) -> ConfigHistory:
    """What the commits up to a revision changed in the configuration; ``memory`` has the facts of files that an earlier run
    read. Raises UsageError."""
    objects, end = source.objects, source.revision
    assert end is not None
    commits, base = first_parents(objects, end, since)
    analysis = analyze(source, settings, memory=memory)
    store = None if memory is None else memory.store
    states = None if memory is None or store is None else StateMemory(store, memory.rules)
    listed = listing(source, settings.config.exclude)
    trail = Trail(
        objects=objects,
        library=library_of(settings),
        environments=EnvironmentsOfFiles(analysis.environments),
        excluded=Excluded(settings.config.exclude),
        charts=listed.charts,
        memory=states,
    )
    if base:
        trail.begin(files_of(objects.tree(base)))
    for number, (commit, paths) in enumerate(changed_paths(objects, commits)):
        if progress is not None and number % _STEP == 0:
            progress(number, len(commits))
        trail.follow(commit, paths)
    if states is not None:
        states.flush()
    periods = trail.all_periods()
    mistaken = _mistaken(periods, analysis)
    return ConfigHistory(
        root=relpath(source.root),
        revision=end,
        commits=tuple(_selected(trail.commits(), selected, mistaken)),
        broken=tuple(filter(selected.covers, sorted(_confirmed(periods, mistaken), key=_period_order))),
        read=len(commits),
        notices=tuple(_notices(source, commits, base)),
        skipped=dict(sorted(trail.skipped.items())),
    )


def broken_keys(period: BrokenPeriod) -> Iterator[BrokenKey]:
    """What a broken reference is, in each environment of a period."""
    name = period.reference
    for environment in period.environments:
        yield environment, name.owner.kind, name.owner.name, name.target.kind, name.target.name, name.key


def _mistaken(periods: Iterable[BrokenPeriod], analysis: Analysis) -> frozenset[_Opened]:
    """The references that are still broken by the history alone, although the whole analysis of the last revision
    resolves them: it knows kustomizations, producers and clusters."""
    broken: defaultdict[BrokenKey, list[BrokenPlace]] = defaultdict(list)
    for each in analysis.resolutions:
        if each.outcome not in SETTLED:
            broken[_broken_key(each)].append(_broken_place(each))
    return frozenset(
        (period.reference, key[0], _opened_by(period))
        for period in periods
        if period.closed is None
        for key in broken_keys(period)
        if not any(map(place_of(period).likeness, broken.get(key, ())))
    )


def place_of(period: BrokenPeriod) -> BrokenPlace:
    """Where a reference was broken."""
    name = period.reference
    return BrokenPlace(name.owner.namespace, name.target.namespace, period.file)


def _broken_place(resolution: Resolution) -> BrokenPlace:
    reference = resolution.reference
    owner = reference.owner.written_namespace or ""
    return BrokenPlace(owner, reference.namespace or owner, reference.span.file)


def _broken_key(resolution: Resolution) -> BrokenKey:
    reference = resolution.reference
    owner = reference.owner
    return (
        resolution.environment.name,
        owner.kind,
        owner.name,
        reference.kind,
        reference.name,
        reference.key or "",
    )


def _opened_by(period: BrokenPeriod) -> str:
    return "" if period.opened is None else period.opened.identifier


def _confirmed(periods: Iterable[BrokenPeriod], mistaken: frozenset[_Opened]) -> Iterator[BrokenPeriod]:
    """The periods, without the environments in which they are a mistake of the history."""
    for period in periods:
        is_mistake = partial(_is_mistake, mistaken, period.reference, _opened_by(period))
        environments = tuple(filterfalse(is_mistake, period.environments))
        if period.closed is not None:
            yield period
        elif environments:
            yield replace(period, environments=environments)


def _is_mistake(
    mistaken: frozenset[_Opened], reference: ReferenceName | None, commit: str, environment: str
) -> bool:
    return reference is not None and (reference, environment, commit) in mistaken


def _selected(
    found: Sequence[CommitChanges], selected: HistorySelection, mistaken: frozenset[_Opened]
) -> Iterator[CommitChanges]:
    """The commits with changes that are reported, the newest first."""
    for each in reversed(found):
        changes = tuple(change for change in _confirmed_changes(each, mistaken) if selected.takes(change))
        if changes:
            yield replace(each, changes=changes)


def _confirmed_changes(found: CommitChanges, mistaken: frozenset[_Opened]) -> Iterator[ConfigChange]:
    """The changes of a commit, without the environments in which it breaks a reference by mistake of the history."""
    for change in found.changes:
        is_mistake = partial(_is_mistake, mistaken, change.reference, found.commit.identifier)
        environments = tuple(filterfalse(is_mistake, change.environments))
        if change.kind != "reference-broken":
            yield change
        elif environments:
            yield replace(change, environments=environments)


def _period_order(period: BrokenPeriod) -> tuple[object, ...]:
    opened = "" if period.opened is None else period.opened.date
    return period.closed is not None, opened, period.file, period.reference


def _notices(source: GitRevision, commits: Sequence[object], base: str) -> Iterator[str]:
    if len(commits) >= MOST_COMMITS:
        yield f"only the last {MOST_COMMITS:,} commits were read"
    elif source.objects.is_shallow and not base:
        yield "this clone is shallow: the oldest commit that it has counts as the first one"
