"""What files stated, by the id of their content, from the cache and for it: of a long history most was read before."""

from collections.abc import Iterable

import msgspec

from cnilint.cache.keys import digest
from cnilint.cache.store import CacheEntry, Store
from cnilint.history.facts import FileState

KIND = "history"
_AT_ONCE = 1000
"""States that are written in one transaction: a run that is killed loses no more."""


class StateMemory:
    """The states of manifests. ``rules`` is a digest of the program and its packs."""

    def __init__(self, store: Store, rules: bytes) -> None:
        self._store = store
        self._rules = rules
        self._new: list[CacheEntry] = []

    def find(self, blobs: Iterable[str]) -> dict[str, FileState]:
        """The states that are known, by the id of the content."""
        keys = {self._key(blob): blob for blob in blobs}
        values = self._store.get(list(keys)) if keys else {}
        states = {keys[key]: _decoded(value) for key, value in values.items()}
        return {blob: state for blob, state in states.items() if state is not None}

    def add(self, blob: str, state: FileState) -> None:
        """Adds a state, unless a part of a Secret's value may be among its keys."""
        if state.unquotable:
            return
        try:
            value = msgspec.json.encode(state)
        except (UnicodeEncodeError, msgspec.MsgspecError):
            return
        self._new.append(CacheEntry(self._key(blob), KIND, value))
        if len(self._new) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Writes what was added."""
        self._store.put(self._new)
        self._new = []

    def _key(self, blob: str) -> bytes:
        return digest(KIND, self._rules, blob)


def _decoded(value: bytes) -> FileState | None:
    try:
        return msgspec.json.decode(value, type=FileState)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
