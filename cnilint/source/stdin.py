"""The source for ``-``: standard input as one file."""

from collections.abc import Mapping, Sequence


class StandardInput:
    """One file, ``name``, with what was read from standard input."""

    root = "."
    revision: str | None = None
    base = ""
    notices: Sequence[str] = ()

    def __init__(self, name: str, data: bytes) -> None:
        self.files = (name,)
        self.selected = (name,)
        self.named = frozenset(self.files)
        self.skipped: Mapping[str, str] = {}
        self._data = data

    def read(self, path: str) -> bytes | None:
        """The data; None for another path."""
        return self._data if path == self.files[0] else None
