"""Which kustomizations include which, as far as their own files tell."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from cnilint.render.kustomize.kustomization import listed_paths
from cnilint.render.kustomize.model import Files
from cnilint.render.kustomize.paths import contains, join

_FIELDS = ("resources", "bases", "components")
_MOST_LEVELS = 50
"""Kustomizations around one; what is nested deeper is evaluated differently in each of those around it."""
_MOST_STEPS = 1_000_000
"""Pairs of kustomizations that are compared."""


class Inclusions:
    """The kustomizations that each one lists."""

    def __init__(self, directories: Iterable[str], files: Files) -> None:
        self._listed = {each: frozenset(_listed(each, files)) for each in sorted(directories)}

    @cached_property
    def included(self) -> frozenset[str]:
        """Those that another one lists."""
        return frozenset[str]().union(*self._listed.values())

    @property
    def tops(self) -> list[str]:
        """Those that no other one lists, in order."""
        return [each for each in self._listed if each not in self.included]

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


def _listed(directory: str, files: Files) -> Iterator[str]:
    """The directories that a kustomization lists and kustomize may enter from it."""
    for path in listed_paths(directory, _FIELDS, files):
        joined = join(directory, path)
        if joined is None or files.kustomization_file(joined) is None:
            continue
        if not contains(joined, directory):
            yield joined
