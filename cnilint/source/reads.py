"""What a run reads of a source, by the ids of the contents: whoever has the same contents gets the same results."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha1, sha256

from cnilint.reading import Unreadable

ABSENT = "-"
"""The id of a file that does not exist."""
UNREAD = "!"
"""The first character of the id of a file that cannot be read; the reason follows."""


def blob_id(data: bytes, *, long: bool = False) -> str:
    """The id of a content, as Git computes it: equal for equal contents. ``long`` is that of repositories with SHA-256."""
    text = b"blob %d\0" % len(data) + data
    return sha256(text).hexdigest() if long else sha1(text, usedforsecurity=False).hexdigest()


def is_content(identifier: str) -> bool:
    """Whether an id is that of a content, and not of a file that is absent or cannot be read."""
    return identifier not in ("", ABSENT) and not identifier.startswith(UNREAD)


class ReadLog:
    """The files that were read. ``changed``: one of them had another content the next time, so that no id stands for it."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.changed = False

    def reading(
        self,
        path: str,
        read: Callable[[str], bytes | None],
        identify: Callable[[bytes], str],
    ) -> bytes | None:
        """What ``read`` gives, with a record of it. Raises Unreadable."""
        try:
            data = read(path)
        except Unreadable as error:
            self.note(path, f"{UNREAD}{error}")
            raise
        self.note(path, ABSENT if data is None else identify(data))
        return data

    def note(self, path: str, identifier: str) -> None:
        """Adds a file that was read."""
        if self.ids.setdefault(path, identifier) != identifier:
            self.changed = True

    def note_all(self, ids: Mapping[str, str]) -> None:
        """Adds files that were read."""
        for path, identifier in ids.items():
            self.note(path, identifier)

    @contextmanager
    def apart(self) -> Iterator[dict[str, str]]:
        """The ids of what is read meanwhile, which are not added to the others."""
        others, self.ids = self.ids, {}
        try:
            yield self.ids
        finally:
            self.ids = others


def log_of(source: object) -> ReadLog | None:
    """The log of a source that has one; None where nobody wants to know what was read."""
    log = getattr(source, "log", None)
    return log if isinstance(log, ReadLog) else None
