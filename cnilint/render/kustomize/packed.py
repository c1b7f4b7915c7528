"""The files that generators pack into objects: each decoded once, and no more than a bound in one run."""

from cnilint.render.kustomize.model import Files

MOST_PACKED = 256 << 20
"""Bytes that the generators of one run pack; the API server refuses an object of more than 1.5 MiB."""


class PackedFiles:
    """The text of packed files by path, and how many bytes may still be packed."""

    def __init__(self) -> None:
        self._texts: dict[str, str | None] = {}
        self._sizes: dict[str, int | None] = {}
        self.asked = 0
        """The bytes that generators were to pack, whether or not the bound admitted them."""
        self._left = MOST_PACKED

    def size(self, path: str, files: Files) -> int | None:
        """The bytes of a file; None when it does not exist."""
        if path not in self._sizes:
            data = files.read(path)
            self._sizes[path] = None if data is None else len(data)
        return self._sizes[path]

    def text(self, path: str, files: Files) -> str | None:
        """The text of a file; None when it is not UTF-8. Every generator gets the same string."""
        if path not in self._texts:
            self._texts[path] = _utf8(files.read(path) or b"")
        return self._texts[path]

    def take(self, size: int) -> bool:
        """Count bytes that a generator packs; False when they would exceed the bound."""
        self.asked += size
        if size > self._left:
            return False
        self._left -= size
        return True


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
