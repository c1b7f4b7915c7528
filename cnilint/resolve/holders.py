"""Who defines a name: by environment, and by environment words and namespace."""

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from functools import lru_cache
from itertools import chain, combinations, islice
from typing import NamedTuple

from msgspec import Struct, field

from cnilint.environment.model import Environment
from cnilint.environment.words import Words
from cnilint.facts.model import Definition
from cnilint.manifest.names import is_subdomain


class Nearness(IntEnum):
    """How likely two environments are one cluster, the most likely first."""

    OWN = 0
    SAME_WORDS = 1
    BELOW = 2
    WORDLESS = 3
    OTHER = 4


class Candidate(NamedTuple):
    """A definition of the name that a reference gives, and where it is."""

    nearness: Nearness
    environment: Environment
    definition: Definition
    namespace: str | None


Held = tuple[Environment, Definition]
_NO_WORDS: Words = frozenset()
FEW = 8
"""How many distant definitions are shown to explain a broken reference."""


class Holders(Struct):
    """Who defines one name of one kind: by environment, and by environment words and namespace."""

    by_environment: dict[str, list[Held]] = field(default_factory=dict)
    by_words: dict[Words, dict[str | None, list[Held]]] = field(default_factory=dict)
    by_outer_words: dict[Words, list[Held]] = field(default_factory=dict)
    """By the words of the first folder that has any, for environments that have more of them further below."""

    def add(self, environment: Environment, definition: Definition) -> None:
        held = (environment, definition)
        self.by_environment.setdefault(environment.name, []).append(held)
        if environment.standing != "applied":
            return
        spaces = self.by_words.setdefault(environment.shown_to, {})
        spaces.setdefault(known_namespace(definition.namespace), []).append(held)
        outer = environment.outer_words
        if outer and outer < environment.shown_to:
            self.by_outer_words.setdefault(outer, []).append(held)

    def own(self, environment: Environment) -> list[Candidate]:
        """The definitions of the environment itself, in any namespace."""
        return candidates(Nearness.OWN, self.by_environment.get(environment.name, ()))

    def beside(self, environment: Environment) -> list[Candidate]:
        """The definitions in files of the environment's own folder that its kustomization does not list."""
        return [
            candidate
            for held in self.by_environment.values()
            if held[0][0].standing == "unlisted" and held[0][0].roots[0] == environment.roots[0]
            for candidate in candidates(Nearness.OTHER, held)
        ]

    def near(self, words: Words, namespace: str | None) -> Iterator[list[Candidate]]:
        """The definitions elsewhere that a reference in this namespace may mean, in order of nearness."""
        same = (held for some in _subsets(words, self.by_words) for held in self._at(some, namespace))
        yield candidates(Nearness.SAME_WORDS, same)
        below = self.by_outer_words.get(words, ())
        yield [each for each in candidates(Nearness.BELOW, below) if matches(namespace, each.namespace)]
        yield candidates(Nearness.WORDLESS, self._at(_NO_WORDS, namespace))

    def namespaces(self) -> Iterator[str]:
        """The known namespaces in which something may apply the name, with repetitions."""
        for spaces in self.by_words.values():
            yield from (space for space in spaces if space is not None and space != "*")

    def some(self) -> list[Candidate]:
        """A few of all definitions."""
        return candidates(Nearness.OTHER, islice(chain(*self.by_environment.values()), FEW))

    def all(self) -> Iterator[Candidate]:
        """All definitions of environments that something may apply, which have the name for readers elsewhere too."""
        for environment, definition in chain(*self.by_environment.values()):
            if environment.standing == "applied" and not (definition.hashed or definition.refused):
                yield from candidates(Nearness.OTHER, ((environment, definition),))

    def _at(self, words: Words, namespace: str | None) -> Iterator[Held]:
        spaces = self.by_words.get(words, {})
        if namespace is None:
            yield from chain(*spaces.values())
        else:
            for space in (namespace, None, "*"):
                yield from spaces.get(space, ())


def known_namespace(namespace: str | None) -> str | None:
    """The namespace of an object when it can be compared; None for one that is filled in elsewhere."""
    return namespace if namespace is not None and (namespace == "*" or is_subdomain(namespace)) else None


def matches(wanted: str | None, found: str | None) -> bool:
    """Whether two namespaces may be the same. Unknown (None) matches everything, and so does a definition in ``*``."""
    return wanted is None or found is None or found == "*" or wanted == found


def candidates(nearness: Nearness, found: Iterable[Held]) -> list[Candidate]:
    return [
        Candidate(
            nearness=nearness,
            environment=environment,
            definition=definition,
            namespace=known_namespace(definition.namespace),
        )
        for environment, definition in found
    ]


def _subsets(words: Words, known: Mapping[Words, object]) -> Iterable[Words]:
    """The known sets of words, except the empty one, that are subsets of these words."""
    if 1 << len(words) < len(known):
        return _all_subsets(words)
    return [some for some in known if some and some <= words]


@lru_cache(maxsize=4096)
def _all_subsets(words: Words) -> list[Words]:
    ordered = sorted(words)
    return [frozenset(some) for size in range(1, len(ordered) + 1) for some in combinations(ordered, size)]
