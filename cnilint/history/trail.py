"""The audit trail of a repository: each commit against the one before it. Only changed blobs are parsed, each once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.extract.exclude import Excluded
from cnilint.extract.listing import is_template
from cnilint.history.facts import EMPTY, FileState, ObjectState, file_state
from cnilint.history.model import (
    BrokenPeriod,
    ChangeKind,
    CommitChanges,
    ConfigChange,
    ObjectName,
    ReferenceName,
)
from cnilint.history.remembered import StateMemory
from cnilint.history.scopes import EnvironmentsOfFiles, Scopes, Turn
from cnilint.packs.library import Library
from cnilint.reading import Unreadable
from cnilint.source.base import KUSTOMIZATIONS, MANIFESTS
from cnilint.source.commits import ChangedPath, GitCommit
from cnilint.source.objects import GitObjects

_Changed = Sequence[tuple[str, FileState, FileState]]
_Progress = Callable[[int, int], None]
_UNREADABLE = FileState(gap=True)


class Trail(Struct, kw_only=True, dict=True):
    """Follows the commits of a repository. ``environments`` are those of the files, ``excluded`` and ``charts`` say which
    files are not read as manifests, ``memory`` has what earlier runs read."""

    objects: GitObjects
    library: Library
    environments: EnvironmentsOfFiles
    excluded: Excluded
    charts: Sequence[str]
    memory: StateMemory | None = None
    skipped: dict[str, str] = field(default_factory=dict)
    periods: list[BrokenPeriod] = field(default_factory=list)
    _open: dict[tuple[ReferenceName, str], BrokenPeriod] = field(default_factory=dict)
    _states: dict[tuple[str, bool], FileState] = field(default_factory=dict)
    _found: dict[str, tuple[GitCommit, list[ConfigChange]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._scopes = Scopes(self.environments)

    def begin(self, files: Mapping[str, str]) -> None:
        """Takes the files of the commit before the first one, as blobs by path."""
        changed = [ChangedPath(path=path, before="", after=blob) for path, blob in files.items()]
        self._follow_references(None, self._changed(changed))

    def follow(self, commit: GitCommit, paths: Iterable[ChangedPath]) -> None:
        """Adds what a commit changes."""
        changed = self._changed(paths)
        self._found[commit.identifier] = (commit, list(_object_changes(changed)))
        self._follow_references(commit, changed)

    def commits(self) -> list[CommitChanges]:
        """What each commit changed, in the order in which they were followed."""
        return [
            CommitChanges(commit, tuple(sorted(changes, key=_order)))
            for commit, changes in self._found.values()
        ]

    def all_periods(self) -> list[BrokenPeriod]:
        """The times in which references were broken: those that ended, and those that did not."""
        return _merged([*self.periods, *self._open.values()])

    def _changed(self, paths: Iterable[ChangedPath]) -> _Changed:
        read = [each for each in paths if self._is_read(each.path)]
        self._recall(read)
        return [
            (each.path, self._state(each.path, each.before), self._state(each.path, each.after))
            for each in read
        ]

    def _recall(self, paths: Iterable[ChangedPath]) -> None:
        """Adds what earlier runs knew of some files."""
        if self.memory is None:
            return
        unknown = {
            blob: None
            for each in paths
            for blob in (each.before, each.after)
            if blob and not _is_kustomization(each.path) and (blob, False) not in self._states
        }
        for blob, state in self.memory.find(unknown).items():
            self._states[blob, False] = state

    def _is_read(self, path: str) -> bool:
        wanted = path.endswith(MANIFESTS) or _is_kustomization(path)
        return wanted and not self.excluded.excludes(path) and not is_template(path, self.charts)

    def _state(self, path: str, blob: str) -> FileState:
        if not blob:
            return EMPTY
        known = (blob, _is_kustomization(path))
        if known not in self._states:
            self._states[known] = self._read(path, blob)
        return self._states[known]

    def _read(self, path: str, blob: str) -> FileState:
        try:
            state = file_state(path, self.objects.content(blob), self.library)
        except Unreadable as error:
            self.skipped[path] = str(error)
            return _UNREADABLE
        if self.memory is not None and not _is_kustomization(path):
            self.memory.add(blob, state)
        return state

    def _follow_references(self, commit: GitCommit | None, changed: _Changed) -> None:
        turns = list(self._scopes.change(changed, commit))
        for turn in turns:
            self._note(turn)
        for identifier, change in _reference_turns(turns):
            self._found[identifier][1].append(change)

    def _note(self, turn: Turn) -> None:
        """Opens or closes the time in which a reference is broken, or notes in which file it is now."""
        key = (turn.reference, turn.environment)
        if turn.state == "broken":
            self._open[key] = BrokenPeriod(
                reference=turn.reference, file=turn.file, environments=(turn.environment,), opened=turn.commit
            )
        elif turn.state == "moved":
            self._open[key] = replace(self._open[key], file=turn.file)
        elif key in self._open:
            self.periods.append(replace(self._open.pop(key), closed=turn.commit, ended=turn.state))


def _merged(periods: Iterable[BrokenPeriod]) -> list[BrokenPeriod]:
    """The times with the environments together in which they were the same."""
    groups: defaultdict[tuple[object, ...], list[BrokenPeriod]] = defaultdict(list)
    for each in periods:
        opened = each.opened and each.opened.identifier
        groups[each.reference, opened, each.closed and each.closed.identifier].append(each)
    return [
        replace(same[0], environments=tuple(sorted(name for each in same for name in each.environments)))
        for same in groups.values()
    ]


_TURNS: Mapping[str, ChangeKind] = {"broken": "reference-broken", "healed": "reference-healed"}


def _reference_turns(turns: Iterable[Turn]) -> Iterator[tuple[str, ConfigChange]]:
    """The id of the commit of each change, and the change. What was so before the first commit is none."""
    groups: defaultdict[tuple[str, str, ReferenceName, str], list[str]] = defaultdict(list)
    for turn in turns:
        if turn.state in _TURNS and turn.commit is not None:
            groups[turn.commit.identifier, turn.state, turn.reference, turn.file].append(turn.environment)
    for (identifier, state, reference, file), names in groups.items():
        yield (
            identifier,
            ConfigChange(
                kind=_TURNS[state],
                object=reference.owner,
                file=file,
                reference=reference,
                environments=tuple(sorted(names)),
            ),
        )


def _is_kustomization(path: str) -> bool:
    return path.rpartition("/")[2] in KUSTOMIZATIONS


def _object_changes(changed: _Changed) -> Iterator[ConfigChange]:
    """What becomes of the objects of some files: one that is in another file now has moved."""
    before = _by_name((file, old.objects) for file, old, _ in changed)
    after = _by_name((file, new.objects) for file, _, new in changed)
    for name in dict.fromkeys((*before, *after)):
        yield from _of_object(name, before.get(name, []), after.get(name, []))


def _by_name(
    files: Iterable[tuple[str, Iterable[ObjectState]]],
) -> dict[ObjectName, list[tuple[str, ObjectState]]]:
    found: defaultdict[ObjectName, list[tuple[str, ObjectState]]] = defaultdict(list)
    for file, objects in files:
        for each in objects:
            found[each.name].append((file, each))
    return dict(found)


def _of_object(
    name: ObjectName, before: list[tuple[str, ObjectState]], after: list[tuple[str, ObjectState]]
) -> Iterator[ConfigChange]:
    """What becomes of one name, which several files may have: those of one file are compared, then the others in order."""
    left = list(after)
    for file, old in before:
        same = next((each for each in left if each[0] == file), left[0] if left else None)
        if same is None:
            yield _change("object-removed", file, old)
            continue
        left.remove(same)
        if same[0] != file:
            yield replace(_change("object-moved", same[0], same[1]), detail=file)
        yield from _differences(same[0], old, same[1])
    yield from (_change("object-added", file, new) for file, new in left)


def _differences(file: str, old: ObjectState, new: ObjectState) -> Iterator[ConfigChange]:
    if old is new or old == new:
        return
    if old.keys is not None and new.keys is not None:
        yield from (
            replace(_change("key-removed", file, new), detail=key) for key in sorted(old.keys - new.keys)
        )
        yield from (
            replace(_change("key-added", file, new), detail=key) for key in sorted(new.keys - old.keys)
        )
    for reference in sorted(old.references - new.references):
        yield replace(_change("reference-dropped", file, new), reference=reference)
    for reference in sorted(new.references - old.references):
        yield replace(_change("reference-added", file, new), reference=reference)
    for component in sorted(old.versions.keys() & new.versions.keys()):
        one, other = old.versions[component], new.versions[component]
        if one != other:
            yield replace(_change("version-moved", file, new), detail=component, before=one, after=other)


def _change(kind: ChangeKind, file: str, state: ObjectState) -> ConfigChange:
    return ConfigChange(kind=kind, object=state.name, file=file, components=state.components)


_RANK: Sequence[ChangeKind] = (
    "object-removed",
    "object-moved",
    "object-added",
    "key-removed",
    "key-added",
    "reference-dropped",
    "reference-added",
    "reference-broken",
    "reference-healed",
    "version-moved",
)


def _order(change: ConfigChange) -> tuple[object, ...]:
    return change.file, change.object, _RANK.index(change.kind), change.detail, change.reference or ()
