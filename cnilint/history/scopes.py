"""Which references resolve at a commit: definitions and references by environment, changed file by file.

A reference is called broken only where that is certain from the history itself: its object is defined without the key, or
what it resolved to was removed. An object that was never defined may be created elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from posixpath import dirname
from typing import TypeVar

from msgspec import Struct, field

from cnilint.environment import Environment
from cnilint.history.facts import FileState, KnownKeys, ReferenceFact
from cnilint.history.model import ObjectName, ReferenceName
from cnilint.source.commits import GitCommit

_Target = tuple[str, str]
"""Kind and name."""
_Place = tuple[str, int]
"""The file, and the position in it."""
_Fact = TypeVar("_Fact", KnownKeys, ReferenceFact)


class EnvironmentsOfFiles:
    """The environments of each file: those of the last revision; of a file that it does not have those of its folder, or
    the folder itself."""

    def __init__(self, environments: Iterable[Environment]) -> None:
        self._files: defaultdict[str, set[str]] = defaultdict(set)
        for environment in environments:
            for fact in environment.objects:
                self._files[fact.owner.span.file].add(environment.name)
                spans = [each.span for each in fact.definitions]
                spans += [each.span for each in fact.stated.references]
                for span in spans:
                    self._files[span.file].add(environment.name)
        self._folders: defaultdict[str, set[str]] = defaultdict(set)
        for file, names in self._files.items():
            self._folders[dirname(file)] |= names

    def __getitem__(self, file: str) -> Iterable[str]:
        folder = dirname(file)
        return sorted(self._files.get(file) or self._folders.get(folder) or (folder or ".",))


class _Scope(Struct, kw_only=True):
    """One environment at one commit."""

    definitions: defaultdict[_Target, dict[_Place, KnownKeys]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    references: defaultdict[_Target, dict[_Place, ReferenceFact]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    resolved: set[ReferenceName] = field(default_factory=set)
    """The references that resolved at some time. One that was dropped may come back."""
    broken: dict[ReferenceName, str] = field(default_factory=dict)
    """The broken references, each with its file."""
    suspects: dict[ReferenceName, GitCommit | None] = field(default_factory=dict)
    """The references that are broken unless a file that cannot be read defines what they name, each with the commit that
    broke it."""
    gaps: int = 0


class Turn(Struct, frozen=True, kw_only=True):
    """A reference of an environment that broke, healed, or was dropped or moved to another file while it was broken, and the
    commit that did it: of one that broke, it may be an earlier one. None for the commit before all that are read, and for
    one that moved."""

    state: str
    reference: ReferenceName
    environment: str
    file: str
    commit: GitCommit | None


class Scopes:
    """All environments, as they are after the changes so far."""

    def __init__(self, environments: EnvironmentsOfFiles) -> None:
        self._environments = environments
        self._scopes: defaultdict[str, _Scope] = defaultdict(_Scope)

    def change(
        self, changed: Iterable[tuple[str, FileState, FileState]], commit: GitCommit | None
    ) -> Iterator[Turn]:
        """Takes the files that a commit changes, before and after; gives the references that it breaks and heals, and those
        that an earlier one broke while a file could not be read that can be now."""
        touched: defaultdict[str, dict[_Target, None]] = defaultdict(dict)
        for file, before, after in changed:
            for name in self._environments[file]:
                scope = self._scopes[name]
                touched[name].update(dict.fromkeys(_update(scope, file, before, is_there=False)))
                touched[name].update(dict.fromkeys(_update(scope, file, after, is_there=True)))
        for name, targets in touched.items():
            scope = self._scopes[name]
            if not scope.gaps:
                targets.update((_named(each.target), None) for each in scope.suspects)
            for target in targets:
                yield from _turns(scope, name, target, commit)


def _update(scope: _Scope, file: str, state: FileState, *, is_there: bool) -> Iterator[_Target]:
    """Adds what a file states, or takes it away. Yields the names that it is about."""
    scope.gaps += state.gap if is_there else -state.gap
    for number, own in enumerate(state.definitions):
        place = (file, number)
        yield _set(scope.definitions, _named(own.target), place, own if is_there else None)
    for number, reference in enumerate(state.references):
        place = (file, number)
        yield _set(scope.references, _named(reference.name.target), place, reference if is_there else None)


def _set(
    facts: defaultdict[_Target, dict[_Place, _Fact]], target: _Target, place: _Place, fact: _Fact | None
) -> _Target:
    if fact is None:
        facts[target].pop(place, None)
    else:
        facts[target][place] = fact
    return target


def _turns(scope: _Scope, environment: str, target: _Target, commit: GitCommit | None) -> Iterator[Turn]:
    """What became of the references to one name."""
    definitions = list(scope.definitions[target].values())
    reading: dict[ReferenceName, tuple[str, ReferenceFact]] = {
        reference.name: (place[0], reference) for place, reference in scope.references[target].items()
    }
    gone = [name for name in scope.broken if _named(name.target) == target and name not in reading]
    for name in gone:
        file = scope.broken.pop(name)
        yield Turn(state="dropped", reference=name, environment=environment, file=file, commit=commit)
    for name in [name for name in scope.suspects if _named(name.target) == target and name not in reading]:
        del scope.suspects[name]
    for name, (file, reference) in reading.items():
        state, since = _state(scope, name, reference, definitions, commit)
        if state == "healed":
            del scope.broken[name]
        elif state == "broken":
            scope.broken[name] = file
        elif scope.broken.get(name, file) != file:
            scope.broken[name], state = file, "moved"
        if state:
            yield Turn(state=state, reference=name, environment=environment, file=file, commit=since)


def _state(
    scope: _Scope,
    name: ReferenceName,
    reference: ReferenceFact,
    definitions: Sequence[KnownKeys],
    commit: GitCommit | None,
) -> tuple[str, GitCommit | None]:
    """What became of a reference, empty for nothing that is certain, and by which commit."""
    if _resolves(name, definitions):
        scope.suspects.pop(name, None)
        scope.resolved.add(name)
        return ("healed" if name in scope.broken else ""), commit
    if name in scope.broken:
        return "", None
    if not _is_broken(scope, name, reference, definitions):
        scope.suspects.pop(name, None)
        return "", None
    since = scope.suspects.setdefault(name, commit)
    if scope.gaps > 0:
        return "", None
    del scope.suspects[name]
    return "broken", since


def _resolves(name: ReferenceName, definitions: Iterable[KnownKeys]) -> bool:
    near = (each for each in definitions if _may_be_in(name.target.namespace, each.target.namespace))
    return any(not name.key or each.open or name.key in each.keys for each in near)


def _is_broken(
    scope: _Scope, name: ReferenceName, reference: ReferenceFact, definitions: Iterable[KnownKeys]
) -> bool:
    if reference.optional:
        return False
    defined = any(_may_be_in(name.target.namespace, each.target.namespace) for each in definitions)
    return defined or name in scope.resolved


def _may_be_in(one: str, other: str) -> bool:
    return not one or not other or one == other


def _named(target: ObjectName) -> _Target:
    return target.kind, target.name
