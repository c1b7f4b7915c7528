"""Fills a deployer's variables into the facts of the manifests: Flux's ``postBuild``.

Source: fluxcd/pkg kustomize/kustomize_varsub.go and github.com/drone/envsubst: ``${NAME}``, ``${NAME:=default}`` and
``${NAME:-default}``; ``$${NAME}`` is an escape. Its other forms, and variables without a value here, stay
placeholders: a patch of the deployer may set more of them. Facts are filled in, not nodes: tokens keep their places.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from posixpath import dirname

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import ObjectRef
from cnilint.environment.groups import EnvironmentGroup
from cnilint.environment.words import words_of
from cnilint.extract.model import ObjectFacts
from cnilint.facts.keys import keys_of
from cnilint.facts.model import Container, Definition, Reference
from cnilint.gitops.deployers import Deployment, ValueSource
from cnilint.gitops.helm import Release
from cnilint.manifest.names import is_placeholder
from cnilint.regex import regex

_EXPRESSION = regex(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?[=-]([^{}$]*))?\}")
_MOST = 1024
"""Code points of a name that is filled in; longer texts are not names."""

_Fill = Callable[[str], str]

Values = Mapping[str, str | None]
"""The keys of a ConfigMap or Secret with their values; None for one that cannot be known."""
Read = Callable[[ValueSource, frozenset[str]], Values | None]
"""Reads a source for a deployer with certain environment words; None when it cannot be read."""


class Variables(Struct, frozen=True):
    """The known variables. Where they are not ``complete``, any other may have a value too."""

    known: tuple[tuple[str, str], ...] = ()
    unsure: frozenset[str] = frozenset()
    complete: bool = False


NOTHING = Variables()
"""Nothing is filled in."""


def variables(entry: Deployment, words: frozenset[str], read: Read) -> Variables:
    """The variables of a deployment. Its own values override those of its sources."""
    if not entry.values and not entry.sources:
        return NOTHING
    known: dict[str, str] = {}
    unsure: set[str] = set()
    complete = True
    for source in entry.sources:
        found = read(source, words)
        if found is None:
            known.clear()
            complete = False
            continue
        for name, value in found.items():
            known.pop(name, None)
            unsure.discard(name)
            if value is None:
                unsure.add(name)
            else:
                known[name] = value
    known.update(entry.values)
    return Variables(tuple(sorted(known.items())), frozenset(unsure - known.keys()), complete)


def reader(groups: Iterable[EnvironmentGroup]) -> Read:
    """A function that reads sources of variables among the objects of a run, which are indexed on the first call."""

    @cache
    def known() -> Mapping[tuple[str, str], Sequence[Definition]]:
        by_name: defaultdict[tuple[str, str], list[Definition]] = defaultdict(list)
        for group in groups:
            for fact in group.objects():
                for definition in fact.definitions:
                    by_name[definition.kind, definition.name].append(definition)
        return by_name

    def read(source: ValueSource, words: frozenset[str]) -> Values | None:
        found = [
            definition
            for definition in known().get((source.kind, source.name), ())
            if definition.namespace in (None, "*", source.namespace)
            and words_of(dirname(definition.span.file)) <= words
        ]
        if not found or any(definition.open for definition in found):
            return None
        values = [definition.values.by_key() for definition in found]
        return {key: _value(key, values) for definition in found for key in definition.keys}

    return read


def _value(key: str, found: Sequence[Mapping[str, str]]) -> str | None:
    """The value of a key; None when it is not kept, is encrypted, or differs among the candidates."""
    values = {each.get(key) for each in found}
    value = values.pop()
    return None if values or value is None or is_placeholder(value) else value


def filled(facts: Iterable[ObjectFacts], given: Variables) -> Iterator[ObjectFacts]:
    """The facts of objects with their variables filled in."""
    if given == NOTHING:
        yield from facts
        return
    fill = _filler(given)
    for fact in facts:
        yield _filled(fact, fill) if any("$" in text for text in _texts(fact)) else fact


def _texts(fact: ObjectFacts) -> Iterator[str]:
    """All texts of an object that are filled in."""
    yield fact.owner.name
    yield fact.owner.namespace or ""
    for reference in fact.stated.references:
        yield reference.name
        yield reference.key or ""
        yield reference.namespace or ""
    for definition in fact.definitions:
        yield definition.name
        yield definition.namespace or ""
        yield from definition.keys
    for name, _ in fact.mentions:
        yield name
    for release in fact.releases:
        yield from (release.name, release.chart, release.namespace or "", release.version, release.fullname)


def _filler(given: Variables) -> _Fill:
    known = dict(given.known)

    def value(expression: re.Match[str]) -> str:
        name, default = expression.groups()
        if name is None:
            return "$"
        if known.get(name):
            return known[name]
        sure = name in known or (given.complete and name not in given.unsure)
        return default if default is not None and sure else expression[0]

    def fill(text: str) -> str:
        if "$" not in text or len(text) > _MOST:
            return text
        result = _EXPRESSION.sub(value, text)
        return result if len(result) <= _MOST else text

    return fill


def _filled(fact: ObjectFacts, fill: _Fill) -> ObjectFacts:
    namespace = _optional(fact.owner.namespace, fill)
    owner = replace(fact.owner, name=fill(fact.owner.name), namespace=namespace)
    stated = replace(
        fact.stated,
        owner=owner,
        references=tuple(_reference(each, owner, fill) for each in fact.stated.references),
        containers=tuple(_container(each, fill) for each in fact.stated.containers),
    )
    return replace(
        fact,
        owner=owner,
        stated=stated,
        definitions=tuple(_definition(each, fill) for each in fact.definitions),
        mentions=tuple((fill(name), span) for name, span in fact.mentions),
        releases=tuple(_release(each, fill) for each in fact.releases),
    )


def _release(release: Release, fill: _Fill) -> Release:
    return replace(
        release,
        name=fill(release.name),
        chart=fill(release.chart),
        namespace=_optional(release.namespace, fill),
        version=fill(release.version),
        fullname=fill(release.fullname),
    )


def _reference(reference: Reference, owner: ObjectRef, fill: _Fill) -> Reference:
    key, namespace = _optional(reference.key, fill), _optional(reference.namespace, fill)
    return replace(reference, owner=owner, name=fill(reference.name), key=key, namespace=namespace)


def _definition(definition: Definition, fill: _Fill) -> Definition:
    keys = keys_of({fill(key): span for key, span in definition.keys.items()})
    name, namespace = fill(definition.name), _optional(definition.namespace, fill)
    return replace(definition, name=name, namespace=namespace, keys=keys)


def _container(container: Container, fill: _Fill) -> Container:
    return replace(container, bulk=tuple(replace(each, name=fill(each.name)) for each in container.bulk))


def _optional(text: str | None, fill: _Fill) -> str | None:
    return None if text is None else fill(text)
