"""Standard input: one stream, one file, one environment."""

from collections.abc import Mapping


class Stream:
    """A stream that was read whole."""

    root = "."
    revision: str | None = None
    base = ""

    def __init__(self, name: str, data: bytes) -> None:
        self.files = (name,)
        self.selected = (name,)
        self.named = frozenset(self.files)
        self.skipped: Mapping[str, str] = {}
        self._data = data

    def read(self, path: str) -> bytes | None:
        return self._data if path == self.files[0] else None
