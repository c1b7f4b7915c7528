"""Paths of diagnostics with the names of containers and variables, in place of their positions."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import Span
from cnilint.environment import Environment
from cnilint.facts.model import Stated


def with_names(diagnostics: Iterable[Diagnostic], environments: Sequence[Environment]) -> list[Diagnostic]:
    """The diagnostics with ``containers[name=agent].env[name=LEVEL]`` in their paths: items of these lists are merged by
    name, and a position says nothing to people. Facts have positions, which are unique."""
    found = list(diagnostics)
    wanted = {place for each in found if (place := _place(each)) is not None}
    stated = {
        (environment.name, fact.owner.span): fact.stated
        for environment in environments
        for fact in environment.objects
        if (environment.name, fact.owner.span) in wanted
    }
    return [_named(each, stated.get(place)) if (place := _place(each)) else each for each in found]


def _place(found: Diagnostic) -> tuple[str, Span] | None:
    """The object of a diagnostic whose path has a position."""
    return (found.environment, found.owner.span) if found.owner is not None and "[" in found.path else None


def _named(found: Diagnostic, stated: Stated | None) -> Diagnostic:
    for old, new in _names(found.path, stated) if stated is not None else ():
        return replace(found, path=new + found.path[len(old) :])
    return found


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
