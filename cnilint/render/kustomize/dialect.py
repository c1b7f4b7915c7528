"""kustomize reads manifests with go-yaml v3, for which ``y``, ``yes``, ``on`` and the like are strings.

Everywhere else in Kubernetes they are booleans; so what a build emits may differ from what its files say alone.
"""

import re
from dataclasses import replace

from cnilint.document import Document, Node, Scalar
from cnilint.document.edit import rebuilt
from cnilint.document.node import Mark, Text
from cnilint.document.scalars import BOOLEANS

_TRULY_BOOLEAN = frozenset(("true", "True", "TRUE", "false", "False", "FALSE"))
_WORDS = frozenset(BOOLEANS) - _TRULY_BOOLEAN
_SUSPECT = re.compile(
    rb"(?:[:\-\[{,?]\s*|^\s*)(?:" + "|".join(sorted(_WORDS)).encode() + rb")\s*(?:[,\]}:#\r]|$)", re.MULTILINE
)


def with_yaml_12_booleans(documents: list[Document], source: bytes) -> list[Document]:
    """The documents as kustomize reads them. ``source`` is the text that they come from."""
    if _SUSPECT.search(source) is None:
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
