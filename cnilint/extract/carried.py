"""Finds manifests inside the configuration of another tool, which applies them: in a block of text, or as a mapping.

Machine configurations hold them as text (``inlineManifests``), playbooks as a mapping (``definition``).
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from cnilint.document import Document, Node, Scalar, read, string, walk
from cnilint.facts.definitions import definition
from cnilint.facts.model import Definition
from cnilint.manifest.object import Object, is_embedded, object_of, objects

_MOST = 1000
"""Blocks of text in one document that are read."""


def carried(document: Document) -> Iterator[Definition]:
    """What the manifests inside a document define that is no object itself."""
    root = document.root
    if root is None or document.broken is not None or string(root, "kind"):
        return
    blocks = 0
    for node in walk(root):
        if isinstance(node, Scalar):
            if blocks < _MOST and _is_manifest(node):
                blocks += 1
                yield from _of_text(node)
        elif is_embedded(node):
            yield from _definitions([object_of(node)], node)


def _is_manifest(node: Scalar) -> bool:
    return node.style in ("|", ">") and "apiVersion:" in node.raw and "kind:" in node.raw


def _of_text(node: Scalar) -> Iterator[Definition]:
    for document in read(node.span.file, node.raw.encode("utf-8", "replace")):
        yield from _definitions(objects(document), node)


def _definitions(found: Iterable[Object], node: Node) -> Iterator[Definition]:
    for obj in found:
        own = definition(obj)
        if own is not None:
            yield replace(own, span=node.span)
