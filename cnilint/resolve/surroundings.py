"""The definitions of one environment, by what the evidence for a likely target looks for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from posixpath import dirname
from typing import NamedTuple

from cnilint.diagnostics.suggest import KnownNames
from cnilint.environment.model import Environment
from cnilint.facts.model import Definition, Kind
from cnilint.resolve.related import Said, said


class NamedDefinitions(NamedTuple):
    """Definitions by name, and the names in order."""

    ordered: Sequence[str] = ()
    definitions: Mapping[str, Sequence[Definition]] = {}


class Surroundings:
    """The definitions of one environment, by what evidence looks for."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._known: dict[tuple[Kind, bool], tuple[KnownNames, NamedDefinitions]] = {}
        self._unread: Mapping[tuple[Kind, str], NamedDefinitions] | None = None

    def known(self, kind: Kind, *, hashed: bool) -> tuple[KnownNames, NamedDefinitions]:
        """Those of a kind by name, those that get a hash only with ``hashed``."""
        if (kind, hashed) not in self._known:
            named = (each for each in self._all() if each.kind == kind and (hashed or not each.hashed))
            found = _by_name(each for each in named if not each.refused)
            self._known[kind, hashed] = KnownNames.of(found.ordered), found
        return self._known[kind, hashed]

    def unread(self, read: Set[tuple[Kind, str]]) -> Mapping[tuple[Kind, str], NamedDefinitions]:
        """What is not among the kinds and names that are ``read`` in the environment, by kind, folder and name."""
        if self._unread is None:
            places: defaultdict[tuple[Kind, str], list[Definition]] = defaultdict(list)
            for each in self._all():
                if (each.kind, each.name) not in read and not each.hashed:
                    places[each.kind, dirname(each.span.file)].append(each)
            self._unread = {place: _by_name(some) for place, some in places.items()}
        return self._unread

    @cached_property
    def by_key_and_words(self) -> Mapping[Said | str, Sequence[Definition]]:
        """By each key, and by what the name says."""
        found: defaultdict[Said | str, list[Definition]] = defaultdict(list)
        for each in self._all():
            words = said(each.name)
            if words:
                found[words].append(each)
            for known in each.keys:
                found[known].append(each)
        return found

    @cached_property
    def by_ending(self) -> Mapping[tuple[Kind, str], Sequence[Definition]]:
        """What is made of a resource whose name it begins with, by kind and what follows that."""
        found: defaultdict[tuple[Kind, str], list[Definition]] = defaultdict(list)
        for each in self._all():
            if each.resource and each.name.startswith(f"{each.resource}-"):
                found[each.kind, each.name.removeprefix(each.resource)].append(each)
        return found

    def _all(self) -> Iterator[Definition]:
        return (each for fact in self.environment.objects for each in fact.definitions)


def _by_name(definitions: Iterable[Definition]) -> NamedDefinitions:
    """Definitions by name, the names in order."""
    found: defaultdict[str, list[Definition]] = defaultdict(list)
    for each in definitions:
        found[each.name].append(each)
    return NamedDefinitions(sorted(found), found)
