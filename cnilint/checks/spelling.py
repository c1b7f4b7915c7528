"""Suggests the key that an unknown one was probably meant to be."""

from collections.abc import Sequence

from cnilint.diagnostics.suggest import KnownNames
from cnilint.resolve.classify import classify
from cnilint.resolve.outcome import Resolution
from cnilint.resolve.search import Comparisons


class Spelling:
    """The suggestions of one run. The keys of each object are sorted once."""

    def __init__(self, comparisons: Comparisons[tuple[str, str]] | None = None) -> None:
        self._known: dict[tuple[int, ...], KnownNames] = {}
        self._comparisons = comparisons or Comparisons()

    def keys(self, resolution: Resolution) -> Sequence[str]:
        """The keys of the objects that a reference may mean, sorted."""
        return self._keys(resolution).forwards

    def meant_key(self, resolution: Resolution) -> str:
        """The key that a reference probably means; empty if none is near."""
        wanted, known = resolution.reference.key or "", self._keys(resolution)
        place = (classify(resolution) or "", resolution.environment.name)
        return known.nearest(wanted) if self._comparisons.allows(place) else known.same(wanted)

    def _keys(self, resolution: Resolution) -> KnownNames:
        definitions = [candidate.definition for candidate in resolution.found]
        # The definitions belong to the index of the run, so each keeps its id.
        place = tuple(map(id, definitions))
        if place not in self._known:
            self._known[place] = KnownNames.of(
                key for each in definitions for key in each.keys if key not in each.unquotable
            )
        return self._known[place]
