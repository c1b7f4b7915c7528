"""The producers' data: one YAML document for each mechanism in ``rules/producers/*.yaml``.

A repository uses a handful of the mechanisms, and parsing all of them would cost more than many a check. So the
files are only cut into documents; the lines ``kinds:`` and ``marker:`` of each say what it is about, and it is
parsed when an object of that kind, or with that marker, turns up. ``schemas/producer.schema.json`` describes the
form and ``validate`` holds the files to it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path as File

from cnilint.document import Node, Scalar, entries, is_true, items, plain, read, string
from cnilint.facts.model import Kind
from cnilint.producers.expression import (
    Condition,
    ExpressionPath,
    ExpressionTemplate,
    condition,
    path,
    template,
)
from cnilint.resources import data_dir

PLATFORM = "platform.yaml"
"""The file of what exists in a cluster without any manifest."""

_SEPARATOR = re.compile(r"^---\n", re.MULTILINE)
_KINDS = re.compile(r"^kinds: \[(.*)\]$", re.MULTILINE)
_MARKER = re.compile(r"^marker: (\S+)$", re.MULTILINE)
_ADDS = re.compile(r"^adds:", re.MULTILINE)
_ALWAYS = condition("apiVersion or not apiVersion")
_NEVER = Condition(())


@dataclass(frozen=True, slots=True)
class ProducedKey:
    """A key of what is made. ``binary``: it goes to ``binaryData``."""

    template: ExpressionTemplate
    when: Condition
    binary: bool


@dataclass(kw_only=True, frozen=True, slots=True)
class Making:
    """One ConfigMap, Secret or ServiceAccount (or one for each item of ``each``) that a mechanism makes."""

    kind: Kind
    name: ExpressionTemplate
    namespace: ExpressionTemplate | None
    """None: the object's own. A text that is no namespace's name is one that cannot be known, save ``*``: all."""
    each: ExpressionPath | None
    when: Condition
    keys: tuple[ProducedKey, ...]
    open: Condition


@dataclass(frozen=True, slots=True)
class Adding:
    """Keys that appear in the very ConfigMap or Secret of a manifest."""

    when: Condition
    keys: tuple[ProducedKey, ...]
    open: Condition


@dataclass(frozen=True, slots=True)
class Copying:
    """Namespaces into which the object, or what it makes, is copied under the same name."""

    when: Condition
    namespace: ExpressionTemplate


@dataclass(kw_only=True, frozen=True, slots=True)
class Mechanism:
    """What makes ConfigMaps and Secrets out of objects of certain kinds, or of any that carry a marker."""

    name: str
    groups: tuple[str, ...]
    makes: tuple[Making, ...]
    adds: tuple[Adding, ...]
    copies: tuple[Copying, ...]

    def serves(self, group: str) -> bool:
        """Whether it reads objects of this API group. ``*.example.com`` is every group below; none named: any."""
        return not self.groups or any(
            group == known or (known[:1] == "*" and group.endswith(known[1:])) for known in self.groups
        )


class Piece:
    """The text of one mechanism, parsed on first use."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @property
    def kinds(self) -> list[str]:
        match = _KINDS.search(self.text)
        return match[1].split(", ") if match else []

    @property
    def marker(self) -> str:
        match = _MARKER.search(self.text)
        return match[1] if match else ""

    @property
    def adds(self) -> bool:
        return _ADDS.search(self.text) is not None

    @cached_property
    def node(self) -> Node:
        (document,) = read(self.file, self.text.encode(), everything=True)
        if document.root is None:
            raise ValueError(f"{self.file}: a mechanism is empty or cannot be read: {document.broken}")
        return document.root

    @cached_property
    def mechanism(self) -> Mechanism:
        return Mechanism(
            name=string(self.node, "mechanism") or "",
            groups=tuple(_strings(self.node, "groups")),
            makes=tuple(_making(node) for node in items(self.node, "makes")),
            adds=tuple(_adding(node) for node in items(self.node, "adds")),
            copies=tuple(_copying(node) for node in items(self.node, "copies")),
        )


@dataclass(frozen=True, slots=True)
class ProducerCatalogue:
    """All mechanisms by what gives them away."""

    makers: dict[str, list[Piece]]
    """By the kind of the object that something is made of."""
    adders: dict[str, list[Piece]]
    """By the kind of the object that keys are added to."""
    markers: dict[str, list[Piece]]


@cache
def catalogue() -> ProducerCatalogue:
    """The mechanisms that ship with the program."""
    makers: defaultdict[str, list[Piece]] = defaultdict(list)
    adders: defaultdict[str, list[Piece]] = defaultdict(list)
    markers: defaultdict[str, list[Piece]] = defaultdict(list)
    for piece in pieces(data_dir("rules") / "producers"):
        for kind in piece.kinds:
            (adders if piece.adds else makers)[kind].append(piece)
        if piece.marker:
            markers[piece.marker].append(piece)
    return ProducerCatalogue(dict(makers), dict(adders), dict(markers))


def pieces(folder: File) -> Iterator[Piece]:
    """The mechanisms of a folder's files, unparsed."""
    for file in sorted(folder.glob("*.yaml")):
        yield from pieces_of(file)


def pieces_of(file: File) -> Iterator[Piece]:
    """The mechanisms of one file, unparsed."""
    for text in _SEPARATOR.split(file.read_text(encoding="utf-8")):
        if "\nmechanism:" in f"\n{text}":
            yield Piece(file.name, text)


def validate(folder: File) -> list[str]:
    """What is wrong with the files of a folder by the schema, one sentence each; empty when nothing is."""
    import json

    from jsonschema import Draft202012Validator

    schema = json.loads((data_dir("schemas") / "producer.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    return [
        f"{piece.file}: {string(piece.node, 'mechanism')}: {error.json_path}: {error.message}"
        for piece in pieces(folder)
        for error in validator.iter_errors(plain(piece.node))
    ]


def _making(node: Node) -> Making:
    each, namespace = string(node, "each"), string(node, "namespace")
    return Making(
        kind=_kind(string(node, "kind")),
        name=template(string(node, "name") or ""),
        namespace=None if namespace is None else template(namespace),
        each=None if each is None else path(each),
        when=_condition(node, "when", _ALWAYS),
        keys=_keys(node),
        open=_condition(node, "open", _NEVER),
    )


def _adding(node: Node) -> Adding:
    return Adding(_condition(node, "when", _ALWAYS), _keys(node), _condition(node, "open", _NEVER))


def _copying(node: Node) -> Copying:
    return Copying(_condition(node, "when", _ALWAYS), template(string(node, "namespace") or ""))


def _keys(node: Node) -> tuple[ProducedKey, ...]:
    return tuple(
        ProducedKey(template(key.raw), _ALWAYS, False)
        if isinstance(key, Scalar)
        else ProducedKey(
            template(string(key, "key") or ""),
            _condition(key, "when", _ALWAYS),
            is_true(entries(key)["binary"].value) if "binary" in entries(key) else False,
        )
        for key in items(node, "keys")
    )


def _condition(node: Node, name: str, default: Condition) -> Condition:
    entry = entries(node).get(name)
    if entry is None:
        return default
    if is_true(entry.value):
        return _ALWAYS
    return condition(entry.value.raw if isinstance(entry.value, Scalar) else "")


def _kind(text: str | None) -> Kind:
    return "ConfigMap" if text == "ConfigMap" else "ServiceAccount" if text == "ServiceAccount" else "Secret"


def _strings(node: Node, name: str) -> list[str]:
    return [item.raw for item in items(node, name) if isinstance(item, Scalar)]
