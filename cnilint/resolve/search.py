"""How far one run looks for the names that were meant, and what it asks of environments other than the reader's."""

from collections import defaultdict
from collections.abc import Mapping, Set
from typing import Generic, TypeVar

from msgspec import Struct, field

MOST = 200
"""Unknown names that one run compares with known ones; for more, only case and separators are looked at."""


_Place = TypeVar("_Place", str, tuple[str, str])


class PartlyKnown(Exception):
    """A question about all environments, in a run that knows only some of them."""


class Comparisons(Generic[_Place]):
    """The comparisons that are left. They are made place after place: ``begun`` has how many were left for each when it was
    come to, ``ended`` how many after it."""

    def __init__(self, given: Mapping[_Place, int] | None = None) -> None:
        """``given`` is how many are left for some places, whatever was compared before."""
        self.left = MOST
        self.begun: dict[_Place, int] = {}
        self.ended: dict[_Place, int] = {}
        self._given: Mapping[_Place, int] = given or {}

    def allows(self, place: _Place) -> bool:
        """Whether a place may compare one more; from then on there is one less."""
        if place not in self.begun:
            self.left = self._given.get(place, self.left)
            self.begun[place] = self.left
        allowed = self.left > 0
        self.left -= allowed
        self.ended[place] = self.left
        return allowed

    def spent(self) -> Mapping[_Place, int]:
        """How many each place made, of those that made any."""
        return {
            place: left - self.ended[place] for place, left in self.begun.items() if left != self.ended[place]
        }


class NameSearch(Struct):
    """The search of one run: for objects with similar names in the reader's environment, by its name; for those in another
    one; and for keys, by the code that is reported and the environment.

    ``asked`` has by environment what it asked of all others: kind and namespace, or kind and key. ``partial`` are the
    environments for which not all others are known.
    """

    near: Comparisons[str] = field(default_factory=Comparisons)
    elsewhere: Comparisons[str] = field(default_factory=Comparisons)
    keys: Comparisons[tuple[str, str]] = field(default_factory=Comparisons)
    asked: defaultdict[str, set[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(set))
    partial: Set[str] = frozenset()

    def ask_namespace(self, environment: str, kind: str, namespace: str) -> None:
        """Notes that an environment asked for the names of a namespace."""
        self.asked[environment].add(("namespace", kind, namespace))

    def ask_key(self, environment: str, kind: str, key: str) -> None:
        """Notes that an environment asked what has a key. Raises PartlyKnown."""
        if environment in self.partial:
            raise PartlyKnown
        self.asked[environment].add(("key", kind, key))
