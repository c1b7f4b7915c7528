"""Booleans as kustomize reads them: with go-yaml v3, ``y``, ``yes``, ``on`` and the like are strings.

That is YAML 1.2, section 10.3.2 (https://yaml.org/spec/1.2.2/#1032-tag-resolution). kubectl reads YAML 1.1, where
they are booleans, so a build may emit another value than ``kubectl apply`` would read from the same file.
"""

from msgspec.structs import replace

from cnilint.document import Document, Node, Scalar
from cnilint.document.edit import rebuilt
from cnilint.document.node import Mark, Text
from cnilint.document.outlinenodes import plain_words
from cnilint.document.scalars import BOOLEANS
from cnilint.regex import linear

_BOOLEAN_IN_12 = frozenset(("true", "True", "TRUE", "false", "False", "FALSE"))
_WORDS = frozenset(BOOLEANS) - _BOOLEAN_IN_12
_WORD = linear(rf"(?:^|[ \t-\r:\[{{,?-])({'|'.join(sorted(_WORDS))})[ \t-\r]*(?:[,\]}}:#\r\n]|$)".encode())
"""A word, and what may be around a plain key or value."""
_BLANKS = b" \t\n\r\f\v"
_BEFORE = b":-[{,?"
"""What may be on the line before a plain key or value."""


def with_yaml_12_booleans(documents: list[Document], source: bytes) -> list[Document]:
    """The documents as kustomize reads them. ``source`` is their text."""
    if not _may_hold_word(source) or all(plain_words(each.root, _WORDS) is False for each in documents):
        return documents
    return [
        document if document.root is None else replace(document, root=rebuilt(document.root, _leaf, _where))
        for document in documents
    ]


def _may_hold_word(source: bytes) -> bool:
    """Whether a plain key or value may be one of the words: a fast test of the bytes."""
    end = 0
    # Not ``finditer``: what follows one word may be before another.
    while (match := _WORD.search(source, end)) is not None:
        if _may_begin(source, match.start(1)):
            return True
        end = match.end(1)
    return False


def _may_begin(source: bytes, start: int) -> bool:
    """Whether a plain key or value may begin at an offset."""
    before = start
    while before and source[before - 1] in _BLANKS:
        before -= 1
    return before == 0 or source[before - 1] in _BEFORE or b"\n" in source[before:start]


def _leaf(scalar: Scalar) -> Scalar:
    if scalar.plain and not scalar.tag and scalar.raw in _WORDS:
        return Scalar(scalar.text, scalar.raw, scalar.start, scalar.end)
    return scalar


def _where(node: Node) -> tuple[Text, Mark, Mark]:
    return node.text, node.start, node.end
