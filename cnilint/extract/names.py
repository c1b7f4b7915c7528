"""Marks the facts of a build with what kustomize does to names: hashes, prefixes and suffixes."""

from collections.abc import Iterable, Sequence, Set

from msgspec.structs import replace

from cnilint.diagnostics.model import ObjectRef
from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import Definition
from cnilint.render.kustomize import Build, Name


def with_names(facts: Sequence[ObjectFacts], built: Build) -> Sequence[ObjectFacts]:
    """The facts of a build: definitions with their hash and earlier names, references that kustomize updates."""
    if not built.hashed and not built.renamed:
        return facts
    return [_with_references(_with_definitions(fact, built), built) for fact in facts]


def without_variables(facts: Sequence[ObjectFacts], built: Build) -> Sequence[ObjectFacts]:
    """The facts of a build without the expansions that kustomize replaces itself."""
    return [_without_variables(fact, built.variables) for fact in facts] if built.variables else facts


def _without_variables(fact: ObjectFacts, names: Set[str]) -> ObjectFacts:
    containers = tuple(
        replace(
            container,
            variables=tuple(
                replace(each, uses=tuple(use for use in each.uses if use[0] not in names))
                for each in container.variables
            ),
            expansions=tuple(each for each in container.expansions if each[0] not in names),
        )
        for container in fact.stated.containers
    )
    return replace(fact, stated=replace(fact.stated, containers=containers)) if containers else fact


def _with_definitions(fact: ObjectFacts, built: Build) -> ObjectFacts:
    """A producer's output that has the producer's own name was renamed with it."""
    name = _name(fact.owner)
    hashed, earlier = name in built.hashed, built.renamed.get(name, ())
    if not fact.definitions or not (hashed or earlier):
        return fact
    return replace(fact, definitions=tuple(_marked(fact.definitions, name, hashed=hashed, earlier=earlier)))


def _marked(
    definitions: Iterable[Definition], name: Name, *, hashed: bool, earlier: tuple[str, ...]
) -> Iterable[Definition]:
    for definition in definitions:
        if definition.name == name.name:
            yield replace(definition, hashed=hashed and not definition.producer, earlier=earlier)
        else:
            yield definition


def _with_references(fact: ObjectFacts, built: Build) -> ObjectFacts:
    references = fact.stated.references
    if not built.followed or not any(each.name_span in built.followed for each in references):
        return fact
    followed = tuple(
        replace(each, followed=True) if each.name_span in built.followed else each for each in references
    )
    return replace(fact, stated=replace(fact.stated, references=followed))


def _name(owner: ObjectRef) -> Name:
    return Name(owner.kind, owner.namespace, owner.name)
