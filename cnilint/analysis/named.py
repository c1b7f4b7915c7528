"""Paths of diagnostics with the names of containers and variables, in place of their positions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import Span
from cnilint.environment import Environment
from cnilint.facts.model import Stated
from cnilint.resolve.outcome import Resolution

_Place = tuple[str, Span]
"""An environment, and the place of an object in it."""


def with_names(diagnostics: Iterable[Diagnostic], environments: Sequence[Environment]) -> list[Diagnostic]:
    """The diagnostics with ``containers[name=agent].env[name=LEVEL]`` in their paths: items of these lists are merged by
    name, and a position says nothing to people. Facts have positions, which are unique."""
    found = list(diagnostics)
    stated = _stated(environments, {place for each in found if (place := _place(each)) is not None})
    return [_named(each, stated.get(place)) if (place := _place(each)) else each for each in found]


def paths_of(resolutions: Sequence[Resolution]) -> Callable[[Resolution], str]:
    """The path of each reference, with the names of its container and variable."""
    environments = {id(each.environment): each.environment for each in resolutions}
    stated = _stated(environments.values(), set(map(_reader, resolutions)))

    def path(resolution: Resolution) -> str:
        said, found = stated.get(_reader(resolution)), resolution.reference.path
        return found if said is None else _named_path(found, said)

    return path


def _stated(environments: Iterable[Environment], wanted: Set[_Place]) -> Mapping[_Place, Stated]:
    """What the objects at these places state."""
    return {
        (environment.name, fact.owner.span): fact.stated
        for environment in environments
        for fact in environment.objects
        if (environment.name, fact.owner.span) in wanted
    }


def _reader(resolution: Resolution) -> _Place:
    return resolution.environment.name, resolution.reference.owner.span


def _named_path(path: str, stated: Stated) -> str:
    old, new = next(_names(path, stated), ("", ""))
    return new + path[len(old) :]


def _place(found: Diagnostic) -> _Place | None:
    """The object of a diagnostic whose path has a position."""
    return (found.environment, found.owner.span) if found.owner is not None and "[" in found.path else None


def _named(found: Diagnostic, stated: Stated | None) -> Diagnostic:
    return found if stated is None else replace(found, path=_named_path(found.path, stated))


def _names(path: str, stated: Stated) -> Iterator[tuple[str, str]]:
    """The beginning of a path that names a container or a variable by position, and by name."""
    for container in stated.containers:
        if container.name and _is_below(path, container.path) and container.path.endswith("]"):
            named = f"{container.path.rpartition('[')[0]}[name={container.name}]"
            for variable in container.variables:
                if variable.name and _is_below(path, variable.path):
                    yield variable.path, f"{named}.env[name={variable.name}]"
            yield container.path, named


def _is_below(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}.")
