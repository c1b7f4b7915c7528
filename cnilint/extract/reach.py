"""Marks the facts that an unevaluated part of a kustomization may change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec.structs import replace

from cnilint.document import Node, Span, child, items, walk
from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import Definition, Reference
from cnilint.manifest.object import Object
from cnilint.regex import regex
from cnilint.render.kustomize import BuildGap

_DATA = frozenset(("", "data", "stringData", "binaryData"))
"""First steps of the paths that reach the keys of a ConfigMap or Secret; the empty path reaches everything."""

_UNBUILT = "kustomize does not build this kustomization"

Reached = tuple[str, Sequence[str]]
"""Why fields are not certain, and their paths without indexes."""

_INDEX = regex(r"\[\d+\]")


def with_gaps(
    facts: Sequence[ObjectFacts], built: Sequence[Object], gaps: Iterable[BuildGap]
) -> Sequence[ObjectFacts]:
    """The facts of the objects that are built, those unclear that one of the gaps can reach."""
    touched: defaultdict[tuple[str, str | None, str], list[Reached]] = defaultdict(list)
    for gap in gaps:
        for touch in gap.touched:
            touched[touch.kind, touch.namespace, touch.name].append((gap.reason, touch.fields))
    if not touched:
        return facts
    return [
        unclear(fact, obj, touched.get((obj.kind, obj.namespace, obj.name), ()))
        for fact, obj in zip(facts, built, strict=True)
    ]


def unclear(fact: ObjectFacts, obj: Object, reached: Iterable[Reached]) -> ObjectFacts:
    """The facts of an object of which something unevaluated may change some fields.

    References there cannot be verified, its data may have more keys, and what gets its name from there may have
    another one.
    """
    for reason, fields in reached:
        references = tuple(
            replace(reference, unclear=reference.unclear or reason)
            if _reaches(fields, reference)
            else reference
            for reference in fact.stated.references
        )
        definitions = tuple(_definition(each, obj, reason, fields) for each in fact.definitions)
        fact = replace(fact, stated=replace(fact.stated, references=references), definitions=definitions)
    return fact


def unbuilt(fact: ObjectFacts) -> ObjectFacts:
    """The facts of an object of a kustomization that kustomize does not build: no reference resolves there."""
    return unverified(fact, _UNBUILT)


def unverified(fact: ObjectFacts, reason: str) -> ObjectFacts:
    """The facts of an object of which no reference can be verified."""
    if not fact.stated.references:
        return fact
    references = tuple(replace(each, unclear=each.unclear or reason) for each in fact.stated.references)
    return replace(fact, stated=replace(fact.stated, references=references))


def _definition(definition: Definition, obj: Object, reason: str, fields: Sequence[str]) -> Definition:
    if any(field.partition(".")[0] in _DATA for field in fields):
        definition = replace(definition, open=True, producer=definition.producer or reason)
    if any(_covers(field, obj.node, definition.span) for field in fields if field):
        definition = replace(definition, unnamed=reason)
    return definition


def _covers(field: str, root: Node, name: Span) -> bool:
    """Whether the token of a name is at or below a path without indexes."""
    level: list[Node] = [root]
    for step in field.split("."):
        listed = (item for node in level for item in (items(node) or [node]))
        level = [below for node in listed if (below := child(node, step)) is not None]
    return any(each.span == name for node in level for each in walk(node))


def _reaches(fields: Iterable[str], reference: Reference) -> bool:
    path = _without_indexes(reference.path)
    return any(not field or path == field or path.startswith(f"{field}.") for field in fields)


@lru_cache(maxsize=4096)
def _without_indexes(path: str) -> str:
    return _INDEX.sub("", path)
