"""Which references resolve at a commit: definitions and references by environment, changed file by file.

A reference is called broken only where that is certain from the history itself: its object is defined without the key, or
what it resolved to was removed. An object that was never defined may be created elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from posixpath import dirname

from msgspec import Struct, field

from cnilint.environment import Environment
from cnilint.history.facts import FileState, KnownKeys, ReferenceFact
from cnilint.history.model import ObjectName, ReferenceName

_Target = tuple[str, str]
"""Kind and name."""
_Place = tuple[str, int]
"""The file, and the position in it."""


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
    """The references that resolved when they were last looked at."""
    broken: dict[ReferenceName, str] = field(default_factory=dict)
    """The broken references, each with its file."""
    gaps: int = 0


class Turn(Struct, frozen=True, kw_only=True):
    """A reference of an environment that broke, healed, or was dropped while it was broken."""

    state: str
    reference: ReferenceName
    environment: str
    file: str


class Scopes:
    """All environments, as they are after the changes so far."""

    def __init__(self, environments: EnvironmentsOfFiles) -> None:
        self._environments = environments
        self._scopes: defaultdict[str, _Scope] = defaultdict(_Scope)

    def change(self, changed: Iterable[tuple[str, FileState, FileState]]) -> Iterator[Turn]:
        """Takes the files that a commit changes, before and after; gives the references that it breaks and heals."""
        touched: defaultdict[str, dict[_Target, None]] = defaultdict(dict)
        for file, before, after in changed:
            for name in self._environments[file]:
                scope = self._scopes[name]
                touched[name].update(dict.fromkeys(_take(scope, file, before)))
                touched[name].update(dict.fromkeys(_put(scope, file, after)))
        for name, targets in touched.items():
            for target in targets:
                yield from _turns(self._scopes[name], name, target)


def _take(scope: _Scope, file: str, state: FileState) -> Iterator[_Target]:
    scope.gaps -= state.gap
    for number, own in enumerate(state.definitions):
        target = _named(own.target)
        scope.definitions[target].pop((file, number), None)
        yield target
    for number, reference in enumerate(state.references):
        target = _named(reference.name.target)
        scope.references[target].pop((file, number), None)
        yield target


def _put(scope: _Scope, file: str, state: FileState) -> Iterator[_Target]:
    scope.gaps += state.gap
    for number, own in enumerate(state.definitions):
        target = _named(own.target)
        scope.definitions[target][file, number] = own
        yield target
    for number, reference in enumerate(state.references):
        target = _named(reference.name.target)
        scope.references[target][file, number] = reference
        yield target


def _turns(scope: _Scope, environment: str, target: _Target) -> Iterator[Turn]:
    """What became of the references to one name."""
    definitions = list(scope.definitions[target].values())
    reading: dict[ReferenceName, tuple[str, ReferenceFact]] = {
        reference.name: (place[0], reference) for place, reference in scope.references[target].items()
    }
    gone = [name for name in scope.broken if _named(name.target) == target and name not in reading]
    for name in gone:
        yield Turn(state="dropped", reference=name, environment=environment, file=scope.broken.pop(name))
    for name, (file, reference) in reading.items():
        resolves = _resolves(name, definitions)
        if resolves:
            scope.resolved.add(name)
            if name in scope.broken:
                del scope.broken[name]
                yield Turn(state="healed", reference=name, environment=environment, file=file)
        elif name not in scope.broken and _is_broken(scope, name, reference, definitions):
            scope.broken[name] = file
            scope.resolved.discard(name)
            yield Turn(state="broken", reference=name, environment=environment, file=file)


def _resolves(name: ReferenceName, definitions: Iterable[KnownKeys]) -> bool:
    near = (each for each in definitions if _may_be_in(name.target.namespace, each.target.namespace))
    return any(not name.key or each.open or name.key in each.keys for each in near)


def _is_broken(
    scope: _Scope, name: ReferenceName, reference: ReferenceFact, definitions: Iterable[KnownKeys]
) -> bool:
    if reference.optional or scope.gaps > 0:
        return False
    defined = any(_may_be_in(name.target.namespace, each.target.namespace) for each in definitions)
    return defined or name in scope.resolved


def _may_be_in(one: str, other: str) -> bool:
    return not one or not other or one == other


def _named(target: ObjectName) -> _Target:
    return target.kind, target.name
