"""All facts of a run, looked up the way resolution asks for them. Immutable once built."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

from cnilint.environment.unit import Environment
from cnilint.facts.model import Definition, Reference
from cnilint.facts.scan import ObjectFacts


class Nearness(IntEnum):
    """How sure it is that two environments are one cluster."""

    OWN = 0
    SAME_WORDS = 1
    WORDLESS = 2
    OTHER = 3


class Candidate(NamedTuple):
    """A definition of the name that a reference gives, and where it is."""

    nearness: Nearness
    environment: Environment
    definition: Definition
    namespace: str | None


@dataclass(frozen=True, slots=True)
class External:
    """What the configuration says exists outside: globs, None for any."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """The facts of a run."""

    environments: tuple[Environment, ...]
    definitions: Mapping[tuple[str, str], Sequence[tuple[Environment, Definition]]]
    families: Mapping[str, Sequence[Environment]]
    mentions: Mapping[str, Sequence[Environment]]
    imperative: Mapping[tuple[str, str], Sequence[Definition]]
    platform: Mapping[tuple[str, str], Sequence[Definition]]
    external: Sequence[External]
    wildcards: Sequence[Definition]
    closed_world: bool = False
    references: Mapping[str, Mapping[tuple[str, ...], Reference]] = field(default_factory=dict)
    """By environment name, each reference by what it is apart from its target."""

    def candidates(self, environment: Environment, reference: Reference) -> Iterator[Candidate]:
        """Definitions of the reference's kind and name anywhere, the nearest first."""
        found = [
            Candidate(nearness(environment, other), other, definition, _namespace(other, definition))
            for other, definition in self.definitions.get((reference.kind, reference.name), ())
        ]
        return iter(sorted(found, key=lambda candidate: candidate.nearness))

    def siblings(self, environment: Environment) -> Iterator[Environment]:
        """The environments that differ from this one in their environment words only."""
        return (other for other in self.families.get(environment.family, ()) if other is not environment)

    def is_external(self, reference: Reference, namespace: str | None) -> bool:
        """Whether the configuration says that it exists."""
        return any(
            fnmatchcase(reference.kind, entry.kind)
            and fnmatchcase(reference.name, entry.name)
            and (namespace is None or fnmatchcase(namespace, entry.namespace))
            for entry in self.external
        )


def build(
    environments: Sequence[Environment],
    *,
    platform: Iterable[Definition] = (),
    imperative: Iterable[Definition] = (),
    external: Sequence[External] = (),
    closed_world: bool = False,
) -> Index:
    """The index of a run's environments and of what exists without a manifest."""
    definitions: defaultdict[tuple[str, str], list[tuple[Environment, Definition]]] = defaultdict(list)
    families: defaultdict[str, list[Environment]] = defaultdict(list)
    mentions: defaultdict[str, list[Environment]] = defaultdict(list)
    references: dict[str, dict[tuple[str, ...], Reference]] = {}
    wildcards: list[Definition] = []
    for environment in environments:
        if environment.words:
            families[environment.family].append(environment)
        own = references.setdefault(environment.name, {})
        for fact in environment.objects:
            for definition in fact.definitions:
                definitions[definition.kind, definition.name].append((environment, definition))
                if "*" in definition.name:
                    wildcards.append(definition)
            for name, _ in fact.mentions:
                mentions[name].append(environment)
            own.update((likeness(reference), reference) for reference in fact.stated.references)
    return Index(
        tuple(environments),
        definitions,
        families,
        mentions,
        _by_name(imperative),
        _by_name(platform),
        external,
        wildcards,
        closed_world,
        references,
    )


def nearness(environment: Environment, other: Environment) -> Nearness:
    """How near another environment's objects are to this one's references."""
    if other is environment:
        return Nearness.OWN
    if not other.words:
        return Nearness.WORDLESS
    if other.words <= environment.words:
        return Nearness.SAME_WORDS
    return Nearness.OTHER


def likeness(reference: Reference) -> tuple[str, ...]:
    """What two siblings' references have in common when they are the same reference."""
    owner = reference.owner
    return (
        owner.kind,
        owner.name,
        reference.container,
        reference.form,
        reference.kind,
        reference.name,
        reference.key or "",
    )


def namespace_of(environment: Environment, fact: ObjectFacts | Reference) -> str | None:
    """The namespace in which an object will be, as far as it is known."""
    return fact.owner.namespace or environment.namespace


def _namespace(environment: Environment, definition: Definition) -> str | None:
    return definition.namespace or environment.namespace


def _by_name(definitions: Iterable[Definition]) -> dict[tuple[str, str], list[Definition]]:
    table: defaultdict[tuple[str, str], list[Definition]] = defaultdict(list)
    for definition in definitions:
        table[definition.kind, definition.name].append(definition)
    return table
