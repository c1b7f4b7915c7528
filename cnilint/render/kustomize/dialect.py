"""Booleans as kustomize reads them: with go-yaml v3, ``y``, ``yes``, ``on`` and the like are strings.

That is YAML 1.2, section 10.3.2 (https://yaml.org/spec/1.2.2/#1032-tag-resolution). kubectl reads YAML 1.1, where
they are booleans, so a build may emit another value than ``kubectl apply`` would read from the same file.
"""

import re

from msgspec.structs import replace

from cnilint.document import Document, Node, Scalar
from cnilint.document.edit import rebuilt
from cnilint.document.node import Mark, Text
from cnilint.document.outlinenodes import plain_words
from cnilint.document.scalars import BOOLEANS

_BOOLEAN_IN_12 = frozenset(("true", "True", "TRUE", "false", "False", "FALSE"))
_WORDS = frozenset(BOOLEANS) - _BOOLEAN_IN_12
_CANDIDATE = re.compile(
    rb"(?:[:\-\[{,?]\s*|^\s*)(?:" + "|".join(sorted(_WORDS)).encode() + rb")\s*(?:[,\]}:#\r]|$)", re.MULTILINE
)


def with_yaml_12_booleans(documents: list[Document], source: bytes) -> list[Document]:
    """The documents as kustomize reads them. ``source`` is their text."""
    if all(plain_words(each.root, _WORDS) is False for each in documents) or not _CANDIDATE.search(source):
        return documents
    return [
        document if document.root is None else replace(document, root=rebuilt(document.root, _leaf, _where))
        for document in documents
    ]


def _leaf(scalar: Scalar) -> Scalar:
    if scalar.plain and not scalar.tag and scalar.raw in _WORDS:
        return Scalar(scalar.text, scalar.raw, scalar.start, scalar.end)
    return scalar


def _where(node: Node) -> tuple[Text, Mark, Mark]:
    return node.text, node.start, node.end
