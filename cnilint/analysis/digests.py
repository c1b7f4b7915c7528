"""Content digests of objects, to tell whether two are equal. Facts have no content, so files are read again."""

from functools import lru_cache
from hashlib import blake2b

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import Mapping, Node, Scalar, Sequence, Span, read
from cnilint.manifest.object import objects
from cnilint.reading import Unreadable
from cnilint.source.base import Source

_CACHED_FILES = 1024


class ObjectDigests:
    """The digests of a source's objects: a file is read when one of its objects is compared."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._digests = lru_cache(maxsize=_CACHED_FILES)(self._read)

    def same(self, first: ObjectRef, second: ObjectRef) -> bool:
        """Whether two objects have equal content in any order of keys; False if either cannot be read."""
        one, other = (self._digests(owner.span.file).get(owner.span) for owner in (first, second))
        return one is not None and one == other

    def _read(self, file: str) -> dict[Span, bytes]:
        try:
            data = self._source.read(file)
        except Unreadable:
            return {}
        return {
            obj.span: _digest(obj.node) for document in read(file, data or b"") for obj in objects(document)
        }


def _digest(node: Node) -> bytes:
    """16 bytes. A loop and not a recursion: the parser allows deeper nesting than Python's stack."""
    digest = blake2b(digest_size=16)
    pending: list[Node] = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, Scalar):
            digest.update(f"={node.data!r}\0".encode("utf-8", "replace"))
        elif isinstance(node, Mapping):
            names = sorted(node.entries)
            digest.update(f"{{{names!r}".encode("utf-8", "replace"))
            pending += [node.entries[name].value for name in names]
        elif isinstance(node, Sequence):
            digest.update(f"[{len(node.items)},".encode())
            pending += node.items
    return digest.digest()
