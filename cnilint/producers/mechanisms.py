"""The producers' data: one YAML document for each mechanism in ``rules/producers/*.yaml``.

A repository uses a few of the mechanisms, and parsing all of them would cost more than many a check. So the files
are only split into documents; the lines ``kinds:`` and ``marker:`` of each document are its index, and it is parsed
when an object of such a kind, or with such a marker, is found. The shape is ``schemas/producer.schema.json``.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path as File
from typing import Annotated

from msgspec import Struct

from cnilint.document import Node, Scalar
from cnilint.document.expression import (
    ALWAYS,
    NEVER,
    Condition,
    ExpressionPath,
    ExpressionTemplate,
    path,
    read_condition,
    template,
)
from cnilint.document.rules import RuleText, rule_texts, serves
from cnilint.document.structure import Convert, Key, structure
from cnilint.facts.model import Kind
from cnilint.regex import regex
from cnilint.resources import data_dir

PLATFORM = "platform.yaml"
"""The file of what exists in a cluster without any manifest."""

_MARKER = regex(r"^marker: (\S+)$", re.MULTILINE)
_ADDS = regex(r"^adds:", re.MULTILINE)


def _key(node: Node) -> "ProducedKey":
    """A key is given by its template alone, or as a mapping."""
    return ProducedKey(template(node.raw)) if isinstance(node, Scalar) else structure(node, ProducedKey)


_Template = Annotated[ExpressionTemplate, Convert(template)]
_When = Annotated[Condition, Convert(read_condition, Node)]


class ProducedKey(Struct, frozen=True):
    """A key of a produced object. ``binary``: it goes to ``binaryData``."""

    template: Annotated[ExpressionTemplate, Convert(template), Key("key")]
    when: _When = ALWAYS
    binary: bool = False


_Keys = tuple[Annotated[ProducedKey, Convert(_key, Node)], ...]


class RequiredMount(Struct, frozen=True):
    """A CSI volume that a pod must mount for the object to exist: the name of its attribute, and the value."""

    attribute: str
    value: _Template


class ProducedObject(Struct, frozen=True, kw_only=True):
    """A ConfigMap, Secret or ServiceAccount (or one for each item of ``each``) that a mechanism creates.

    ``namespace`` None is the object's own; a text that is not a namespace's name is unknown, except ``*``: all.
    ``without`` are keys that the mechanism leaves out, ``mistaken`` names that it is easily taken to have.
    """

    kind: Kind
    name: _Template
    namespace: _Template | None = None
    each: Annotated[ExpressionPath, Convert(path)] | None = None
    when: _When = ALWAYS
    keys: _Keys = ()
    without: _Keys = ()
    open: _When = NEVER
    mistaken: tuple[_Template, ...] = ()
    mounted: RequiredMount | None = None


class AddedKeys(Struct, frozen=True):
    """Keys that are added to the very ConfigMap or Secret of a manifest."""

    when: _When = ALWAYS
    keys: _Keys = ()
    open: _When = NEVER


class CopyTarget(Struct, frozen=True):
    """Namespaces into which the object, or what is made of it, is copied under the same name.

    Of those that ``namespace`` names only the ones count that a name or regular expression of ``within`` matches.
    """

    namespace: _Template
    within: _Template | None = None
    when: _When = ALWAYS


class Mechanism(Struct, frozen=True, kw_only=True):
    """What creates ConfigMaps and Secrets from objects of certain kinds, or from any that carry a marker.

    ``partial``: more may be made of such an object than the mechanism says.
    """

    name: Annotated[str, Key("mechanism")]
    groups: tuple[str, ...] = ()
    partial: bool = False
    makes: tuple[ProducedObject, ...] = ()
    adds: tuple[AddedKeys, ...] = ()
    copies: tuple[CopyTarget, ...] = ()

    def serves(self, group: str) -> bool:
        """Whether it reads objects of an API group."""
        return serves(self.groups, group)


class MechanismText(RuleText):
    """The text of one mechanism, parsed on first use."""

    @property
    def marker(self) -> str:
        match = _MARKER.search(self.text)
        return match[1] if match else ""

    @property
    def adds(self) -> bool:
        return _ADDS.search(self.text) is not None

    @cached_property
    def mechanism(self) -> Mechanism:
        return structure(self.node, Mechanism)


class ProducerCatalogue(Struct, frozen=True):
    """All mechanisms by what identifies them: the kind of the source object, of the changed object, or a marker."""

    makers: dict[str, list[MechanismText]]
    adders: dict[str, list[MechanismText]]
    markers: dict[str, list[MechanismText]]


@cache
def catalogue() -> ProducerCatalogue:
    """The packaged mechanisms."""
    makers: defaultdict[str, list[MechanismText]] = defaultdict(list)
    adders: defaultdict[str, list[MechanismText]] = defaultdict(list)
    markers: defaultdict[str, list[MechanismText]] = defaultdict(list)
    for text in mechanism_texts(data_dir("rules") / "producers"):
        for kind in text.kinds:
            (adders if text.adds else makers)[kind].append(text)
        if text.marker:
            markers[text.marker].append(text)
    return ProducerCatalogue(dict(makers), dict(adders), dict(markers))


def mechanism_texts(folder: File) -> Iterator[MechanismText]:
    """The mechanisms of a folder's files, unparsed."""
    for file in sorted(folder.glob("*.yaml")):
        yield from mechanism_texts_of(file)


def mechanism_texts_of(file: File) -> Iterator[MechanismText]:
    """The mechanisms of one file, unparsed."""
    for rule in rule_texts(file, "mechanism"):
        yield MechanismText(rule.file, rule.text)
