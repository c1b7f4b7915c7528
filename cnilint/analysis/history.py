"""The trip of ``cnilint history``: commits, changed blobs, their facts, what each commit changed; then the trail."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from os.path import relpath

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
from cnilint.history.scopes import EnvironmentsOfFiles
from cnilint.history.trail import Trail
from cnilint.resolve.outcome import SETTLED
from cnilint.source.base import under
from cnilint.source.commits import MOST_COMMITS, changed_paths, files_of, first_parents
from cnilint.source.revision import GitRevision

_Target = tuple[str, str, str, str, str]
"""Kind and name of the reader, kind, name and key of what it reads."""
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
        if self.component and self.component not in (*change.components, change.detail):
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
) -> ConfigHistory:
    """What the commits up to a revision changed in the configuration. Raises UsageError."""
    objects, end = source.objects, source.revision
    assert end is not None
    commits, base = first_parents(objects, end, since)
    analysis = analyze(source, settings)
    listed = listing(source, settings.config.exclude)
    trail = Trail(
        objects=objects,
        library=library_of(settings),
        environments=EnvironmentsOfFiles(analysis.environments),
        excluded=Excluded(settings.config.exclude),
        charts=listed.charts,
    )
    if base:
        trail.begin(files_of(objects.tree(base)))
    found: list[CommitChanges] = []
    for number, (commit, paths) in enumerate(changed_paths(objects, commits)):
        if progress is not None and number % _STEP == 0:
            progress(number, len(commits))
        found.append(trail.follow(commit, paths))
    mistaken = _mistaken(trail.all_periods(), analysis)
    return ConfigHistory(
        root=relpath(source.root),
        revision=end,
        commits=tuple(_selected(found, selected, mistaken)),
        broken=tuple(
            each
            for each in sorted(trail.all_periods(), key=_period_order)
            if selected.covers(each) and not (each.closed is None and each.reference in mistaken)
        ),
        read=len(commits),
        notices=tuple(_notices(source, commits, base)),
        skipped=dict(sorted(trail.skipped.items())),
    )


def _mistaken(periods: Iterable[BrokenPeriod], analysis: Analysis) -> frozenset[ReferenceName]:
    """The references that are still broken by the history alone, although the whole analysis of the last revision
    resolves them: it knows kustomizations, producers and clusters."""
    broken = {
        (own.kind, own.name, each.reference.kind, each.reference.name, each.reference.key or "")
        for each in analysis.resolutions
        if each.outcome not in SETTLED
        for own in (each.reference.owner,)
    }
    still = (each.reference for each in periods if each.closed is None)
    return frozenset(name for name in still if _target(name) not in broken)


def _target(name: ReferenceName) -> _Target:
    return name.owner.kind, name.owner.name, name.target.kind, name.target.name, name.key


def _selected(
    found: Sequence[CommitChanges], selected: HistorySelection, mistaken: frozenset[ReferenceName]
) -> Iterator[CommitChanges]:
    """The commits with changes that are reported, the newest first."""
    for each in reversed(found):
        changes = tuple(
            change
            for change in each.changes
            if selected.takes(change)
            and not (change.kind == "reference-broken" and change.reference in mistaken)
        )
        if changes:
            yield replace(each, changes=changes)


def _period_order(period: BrokenPeriod) -> tuple[object, ...]:
    opened = "" if period.opened is None else period.opened.date
    return period.closed is not None, opened, period.file, period.reference


def _notices(source: GitRevision, commits: Sequence[object], base: str) -> Iterator[str]:
    if len(commits) >= MOST_COMMITS:
        yield f"only the last {MOST_COMMITS:,} commits were read"
    elif source.objects.is_shallow and not base:
        yield "this clone is shallow: the oldest commit that it has counts as the first one"
