"""Marks the facts that an unevaluated part of a kustomization may change."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import Reference
from cnilint.render.kustomize import BuildGap

_DATA = frozenset(("", "data", "stringData", "binaryData"))
"""First steps of the paths that reach the keys of a ConfigMap or Secret; the empty path reaches everything."""

_INDEX = re.compile(r"\[\d+\]")


def with_gaps(facts: Sequence[ObjectFacts], gaps: Iterable[BuildGap]) -> list[ObjectFacts]:
    """The facts of a build, those unclear that one of its gaps can reach."""
    touched = {
        (touch.kind, touch.namespace, touch.name): (gap.reason, touch.fields)
        for gap in gaps
        for touch in gap.touched
    }
    found: list[ObjectFacts] = []
    for fact in facts:
        reached = touched.get((fact.owner.kind, fact.owner.namespace, fact.owner.name))
        found.append(fact if reached is None else unclear(fact, *reached))
    return found


def unclear(fact: ObjectFacts, reason: str, fields: Sequence[str]) -> ObjectFacts:
    """The facts of an object of which something unevaluated may change the ``fields``, paths without indexes.

    References there cannot be verified, and its data may have more keys. ``reason`` says why.
    """
    references = [
        replace(reference, unclear=reason) if _reaches(fields, reference) else reference
        for reference in fact.stated.references
    ]
    definitions = fact.definitions
    if any(field.partition(".")[0] in _DATA for field in fields):
        definitions = tuple(
            replace(definition, open=True, producer=definition.producer or reason)
            for definition in definitions
        )
    return replace(fact, stated=replace(fact.stated, references=references), definitions=definitions)


def _reaches(fields: Iterable[str], reference: Reference) -> bool:
    path = _without_indexes(reference.path)
    return any(not field or path == field or path.startswith(f"{field}.") for field in fields)


@lru_cache(maxsize=4096)
def _without_indexes(path: str) -> str:
    return _INDEX.sub("", path)
