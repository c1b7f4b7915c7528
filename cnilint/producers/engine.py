"""Applies the catalogue's mechanisms to an object: which ConfigMaps and Secrets controllers make of it.

``produced`` is called for every object of a repository, so the common case is fast: one look-up of the kind, one
look at the annotations. Only custom resources are walked for markers: any of them may pass annotations on.
"""

from collections.abc import Iterable, Iterator, Set
from functools import cache

from msgspec.structs import replace

from cnilint.document import Mapping, Place, Span, Text, child, mappings_with
from cnilint.document.expression import ExpressionTemplate, ExpressionWord, Scope
from cnilint.document.patterns import Pattern, PatternError
from cnilint.facts.definitions import definition
from cnilint.facts.keys import NO_VALUES, keys_of
from cnilint.facts.model import Definition, VolumeAttribute
from cnilint.manifest.object import Object
from cnilint.producers.mechanisms import (
    PLATFORM,
    AddedKeys,
    Mechanism,
    ProducedKey,
    ProducedObject,
    catalogue,
    mechanism_texts_of,
)
from cnilint.regex import regex
from cnilint.resources import data_dir

NOWHERE = Span(file="", line=1, column=1, end_line=1, end_column=1)
"""The place of what no file of the repository defines."""

_NAMESPACE = regex(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_NAME = regex(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?")
_START = Place(0, 0, 0)


def produced(obj: Object) -> list[Definition]:
    """The ConfigMaps and Secrets that controllers make of an object; ``open`` where there may be more keys."""
    applied = list(_applied(obj))
    if not applied or not obj.name:
        return []
    made = [
        definition
        for mechanism, holder in applied
        for making in mechanism.makes
        for definition in _make(mechanism.name, making, obj, holder)
    ]
    copies = [copy for mechanism, holder in applied for copy in _copies(mechanism, obj, holder, made)]
    return made + copies


def makes_in_own_namespace(kind: str, group: str) -> bool:
    """Whether objects of a kind create others in their own namespace alone: then they are in one themselves."""
    mechanisms = [each.mechanism for each in catalogue().makers.get(kind, ()) if each.mechanism.serves(group)]
    makings = [making for mechanism in mechanisms for making in mechanism.makes]
    return bool(makings) and all(making.namespace is None for making in makings)


def defined(obj: Object) -> Definition | None:
    """What a ConfigMap, Secret or ServiceAccount defines: its own keys and those that controllers add to it.

    ``open`` where a controller may add more. None for any other object.
    """
    own = definition(obj)
    if own is None:
        return None
    names, more, by = added_keys(obj)
    if not names and not more:
        return own
    keys = own.keys.after(dict.fromkeys(sorted(names), obj.span))
    return replace(own, keys=keys, open=more, producer=by if more else "")


def added_keys(obj: Object) -> tuple[frozenset[str], bool, str]:
    """The keys that controllers add to a ConfigMap or Secret.

    Returns the keys, whether there may be more, and the mechanisms that add them, joined by commas.
    """
    keys: set[str] = set()
    names: list[str] = []
    more = False
    for piece in catalogue().adders.get(obj.kind, ()):
        mechanism, scope = piece.mechanism, Scope(obj.node, obj.node)
        active = [adding for adding in mechanism.adds if adding.when.holds(scope)]
        if active and mechanism.serves(obj.group):
            names.append(mechanism.name)
            keys.update(word.text for adding in active for word, _ in _keys(adding, scope))
            more = more or any(adding.open.holds(scope) for adding in active)
    return frozenset(keys), more, ", ".join(names)


def is_producer(kind: str, group: str) -> bool:
    """Whether the rules say all that is made of objects of this kind."""
    mechanisms = _mechanisms(kind, group)
    return bool(mechanisms) and not any(each.partial for each in mechanisms)


def makes_some(kind: str, group: str) -> bool:
    """Whether the rules say a part of what is made of objects of this kind."""
    return any(each.partial for each in _mechanisms(kind, group))


def _mechanisms(kind: str, group: str) -> list[Mechanism]:
    pieces = [piece.mechanism for piece in catalogue().makers.get(kind, ())]
    return [mechanism for mechanism in pieces if mechanism.serves(group)]


@cache
def platform() -> tuple[Definition, ...]:
    """What exists in a cluster without a manifest, in every namespace (``*``) or in one. It has no file."""
    nothing = Mapping(Text(""), _START, _START)
    cluster = Object(api_version="", kind="", namespace=None, name="", node=nothing, span=NOWHERE)
    return tuple(
        definition
        for piece in mechanism_texts_of(data_dir("rules") / "producers" / PLATFORM)
        for making in piece.mechanism.makes
        for definition in _make(piece.mechanism.name, making, cluster, nothing)
    )


def _applied(obj: Object) -> Iterator[tuple[Mechanism, Mapping]]:
    """The mechanisms that read the object, each with the mapping that its items are found in."""
    known = catalogue()
    for piece in known.makers.get(obj.kind, ()):
        if piece.mechanism.serves(obj.group):
            yield piece.mechanism, obj.node
    markers = known.markers
    for mapping in _places_of(markers.keys(), obj):
        for name in mapping.names():
            for piece in markers.get(name, ()):
                if piece.mechanism.serves(obj.group):
                    yield piece.mechanism, mapping


def _places_of(markers: Set[str], obj: Object) -> Iterator[Mapping]:
    """The mappings that have a marker, where an object can have them."""
    if not obj.built_in:
        yield from mappings_with(obj.node, lambda names: not markers.isdisjoint(names))
        return
    annotations = child(obj.node, "metadata", "annotations")
    if isinstance(annotations, Mapping) and not markers.isdisjoint(annotations.names()):
        yield annotations


def _make(by: str, making: ProducedObject, obj: Object, holder: Mapping) -> Iterator[Definition]:
    whole = Scope(obj.node, holder)
    for item in [holder] if making.each is None else making.each.select(whole):
        scope = Scope(obj.node, item)
        if making.when.holds(scope):
            yield from _made_of(scope, by, making, obj)


def _made_of(scope: Scope, by: str, making: ProducedObject, obj: Object) -> Iterator[Definition]:
    """What is made of one item, under each name and in each namespace that it gives."""
    keys = _keys(making, scope)
    mounted_as = _mounted_as(making, scope)
    mistaken = _mistaken(making, scope)
    for name in filter(_may_be_name, making.name.words(scope)):
        span = name.span or obj.span
        for namespace in _namespaces(making.namespace, scope, obj.namespace):
            yield Definition(
                kind=making.kind,
                namespace=namespace,
                name=name.text,
                span=span,
                keys=keys_of({key.text: key.span or span for key, _ in keys}),
                binary=frozenset(key.text for key, binary in keys if binary),
                open=making.open.holds(scope),
                producer=by,
                resource="" if obj.built_in else obj.name,
                mistaken=mistaken - {name.text},
                mounted_as=mounted_as,
            )


def _mistaken(making: ProducedObject, scope: Scope) -> frozenset[str]:
    """Names that the object is easily taken to have."""
    return frozenset(word.text for each in making.mistaken for word in each.words(scope))


def _mounted_as(making: ProducedObject, scope: Scope) -> VolumeAttribute | None:
    """The volume that a pod must mount for the object to exist."""
    if making.mounted is None:
        return None
    return next(
        (VolumeAttribute(making.mounted.attribute, word.text) for word in making.mounted.value.words(scope)),
        None,
    )


def _may_be_name(word: ExpressionWord) -> bool:
    """Whether the text is an object's name, or one with a placeholder in it. An encrypted name is neither."""
    return _NAME.fullmatch(word.text) is not None or "$" in word.text or "{{" in word.text


def _keys(source: ProducedObject | AddedKeys, scope: Scope) -> list[tuple[ExpressionWord, bool]]:
    """The keys that the object names, each with whether it is binary."""
    keys = list(_words(source.keys, scope))
    if isinstance(source, AddedKeys) or not source.without:
        return keys
    left_out = {word.text for word, _ in _words(source.without, scope)}
    return [(word, binary) for word, binary in keys if word.text not in left_out]


def _words(keys: Iterable[ProducedKey], scope: Scope) -> Iterator[tuple[ExpressionWord, bool]]:
    for key in keys:
        if key.when.holds(scope):
            yield from ((word, key.binary) for word in key.template.words(scope))


def _namespaces(template: ExpressionTemplate | None, scope: Scope, own: str | None) -> list[str | None]:
    if template is None:
        return [own]
    words = template.words(scope)
    if not words:
        return [own]
    return list(dict.fromkeys(_namespace(word.text) for word in words))


def _namespace(text: str) -> str | None:
    """The namespace, ``*`` for all; None for a pattern or a placeholder, whose namespaces cannot be known."""
    return text if text == "*" or _NAMESPACE.fullmatch(text) else None


def _copies(
    mechanism: Mechanism, obj: Object, holder: Mapping, made: list[Definition]
) -> Iterator[Definition]:
    """Copies of the object itself if it is a ConfigMap or Secret, else of everything that is made of it."""
    scope = Scope(obj.node, holder)
    own = defined(obj) if obj.kind in ("ConfigMap", "Secret") else None
    originals = made if own is None else [replace(own, values=NO_VALUES)]
    for copying in mechanism.copies:
        if not copying.when.holds(scope):
            continue
        patterns = [word.text for word in copying.within.words(scope)] if copying.within is not None else []
        for namespace in _namespaces(copying.namespace, scope, None):
            if _is_within(namespace, patterns):
                for original in originals:
                    yield replace(original, namespace=namespace, producer=mechanism.name)


def _is_within(namespace: str | None, patterns: list[str]) -> bool:
    """Whether a namespace may be among the allowed ones, which names or regular expressions list; all if none do."""
    return not patterns or namespace is None or any(_may_match(pattern, namespace) for pattern in patterns)


def _may_match(pattern: str, namespace: str) -> bool:
    try:
        return Pattern(pattern).matches(namespace)
    except PatternError:
        return True
