"""Which kustomizations include which, as far as their own files tell."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from cnilint.render.kustomize.kustomization import listed_paths
from cnilint.render.kustomize.model import Files
from cnilint.render.kustomize.paths import contains, is_remote, join

_FIELDS = ("resources", "bases", "components")
_MOST_LEVELS = 50
"""Kustomizations around one; what is nested deeper is evaluated differently in each of those around it."""
_MOST_STEPS = 1_000_000
"""Pairs of kustomizations that are compared."""


class Inclusions:
    """The kustomizations that each one lists."""

    def __init__(self, directories: Iterable[str], files: Files) -> None:
        self._written = {each: tuple(listed_paths(each, _FIELDS, files)) for each in sorted(directories)}
        self._paths = {each: frozenset(_joined(each, paths)) for each, paths in self._written.items()}
        self._listed = {
            each: frozenset(path for path in paths if path in self._paths and not contains(path, each))
            for each, paths in self._paths.items()
        }

    @cached_property
    def included(self) -> frozenset[str]:
        """Those that another one lists."""
        return frozenset[str]().union(*self._listed.values())

    @property
    def tops(self) -> list[str]:
        """Those that no other one lists, in order."""
        return [each for each in self._listed if each not in self.included]

    def groups(self) -> list[list[str]]:
        """The tops, those together that have a kustomization or a file in common, however indirectly."""
        names = _Groups()
        for each, paths in self._paths.items():
            for path in paths:
                names.join(each, path)
        found: dict[str, list[str]] = {}
        for each in self.tops:
            found.setdefault(names.of(each), []).append(each)
        return list(found.values())

    def absent(self, exists: Callable[[str], bool]) -> Iterator[str]:
        """What they list that is neither a kustomization, nor remote, nor a file that exists."""
        for each, paths in self._written.items():
            for path in _joined(each, (path for path in paths if not is_remote(path))):
                if path not in self._paths and not exists(path):
                    yield path

    def are_free_of_order(self) -> bool:
        """Whether a kustomization is evaluated alike wherever the evaluation begins.

        kustomize refuses to include one of the kustomizations that are being built, or a folder around them. In a loop
        it depends on the one that is built which inclusion is refused.
        """
        try:
            order = list(TopologicalSorter(self._listed).static_order())
        except CycleError:
            return False
        return not self._is_deep(order) and not self._enters_around(order)

    def _is_deep(self, bases_first: list[str]) -> bool:
        levels: dict[str, int] = {}
        for each in bases_first:
            levels[each] = 1 + max((levels[base] for base in self._listed[each]), default=0)
        return max(levels.values(), default=0) > _MOST_LEVELS

    def _enters_around(self, bases_first: list[str]) -> bool:
        """Whether one includes a folder around a kustomization that includes it."""
        around: dict[str, set[str]] = {each: {each} for each in self._listed}
        steps = 0
        for each in reversed(bases_first):
            for base in self._listed[each]:
                steps += len(around[each])
                if steps > _MOST_STEPS or any(contains(base, above) for above in around[each]):
                    return True
                around[base] |= around[each]
        return False


class _Groups:
    """Names that belong together: a forest whose roots stand for the groups."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The name that stands for the group of a name."""
        way = []
        while (above := self._above.get(name, name)) != name:
            way.append(name)
            name = above
        self._above.update(dict.fromkeys(way, name))
        return name

    def join(self, one: str, other: str) -> None:
        self._above[self.of(one)] = self.of(other)


def _joined(directory: str, paths: Iterable[str]) -> Iterator[str]:
    """Paths that a kustomization lists, from the root of the source, without those outside of it."""
    return (path for each in paths if (path := join(directory, each)) is not None)
