"""Suggests the key or the object that an unknown name was probably meant to be."""

from collections.abc import Callable, Hashable, Iterable, Sequence

from cnilint.diagnostics.suggest import KnownNames
from cnilint.facts.model import Definition
from cnilint.render.kustomize.fieldspecs import is_followed
from cnilint.resolve.outcome import Resolution

_MOST_COMPARED = 200
"""Unknown names that one run compares with known ones; for more, only case and separators are looked at."""


class Spelling:
    """The suggestions of one run. The names of each object and environment are sorted once."""

    def __init__(self) -> None:
        self._known: dict[Hashable, KnownNames] = {}
        self._left = _MOST_COMPARED

    def keys(self, resolution: Resolution) -> Sequence[str]:
        """The keys of the objects that a reference may mean, sorted."""
        return self._keys(resolution).forwards

    def meant_key(self, resolution: Resolution) -> str:
        """The key that a reference probably means; empty if none is near."""
        return self._nearest(resolution.reference.key or "", self._keys(resolution))

    def meant_object(self, resolution: Resolution) -> str:
        """The name of the object that a reference probably means; empty if none is near that may have its key."""
        reference, environment = resolution.reference, resolution.environment
        # A name that gets a hash is only right where kustomize updates it.
        owner = reference.owner
        hashed = is_followed(owner.api_version, owner.kind, reference.kind)

        def definitions() -> Iterable[Definition]:
            every = (each for fact in environment.objects for each in fact.definitions)
            return (
                each
                for each in every
                if each.kind == reference.kind and (hashed or not each.hashed) and not each.refused
            )

        place = (id(environment), reference.kind, hashed)
        meant = self._nearest(
            reference.name, self._names(place, lambda: (each.name for each in definitions()))
        )
        if not meant or meant == reference.name:
            return ""
        fits = any(each.name == meant and _may_have(each, reference.key) for each in definitions())
        return meant if fits else ""

    def _keys(self, resolution: Resolution) -> KnownNames:
        definitions = [candidate.definition for candidate in resolution.found]
        # The definitions belong to the index of the run, so each keeps its id.
        return self._names(
            tuple(map(id, definitions)),
            lambda: (key for each in definitions for key in each.keys if key not in each.unquotable),
        )

    def _names(self, place: Hashable, names: Callable[[], Iterable[str]]) -> KnownNames:
        if place not in self._known:
            self._known[place] = KnownNames.of(names())
        return self._known[place]

    def _nearest(self, wanted: str, known: KnownNames) -> str:
        if not self._left:
            return known.same(wanted)
        self._left -= 1
        return known.nearest(wanted)


def _may_have(definition: Definition, key: str | None) -> bool:
    return key is None or definition.open or key in definition.keys
