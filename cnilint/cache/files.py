"""The ids of the files of a work tree, without reading those whose stat data is as it was: what Git's index does.

A file that was changed just before its id was computed may be changed again without another time, so its stat data tells
nothing: https://git-scm.com/docs/racy-git.
"""

import os
import time
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from cnilint.reading import Unreadable
from cnilint.source.reads import ABSENT, UNREAD
from cnilint.source.worktree import WorkTree

_RACY = 3_000_000_000
"""Nanoseconds before a check in which a change may leave the times as they are: file systems count in up to two seconds."""


_SPARE = 1000
"""Records of files that are not listed, and may be again, beside as many as are."""


class FileRecord(NamedTuple):
    """What was known of a file at ``checked``, in nanoseconds: its stat data, the id of its content, and the id of its
    facts, empty where there are none."""

    size: int
    changed: int
    status_changed: int
    inode: int
    checked: int
    content: str
    facts: str = ""

    def describes(self, status: os.stat_result) -> bool:
        """Whether a file with this status has the same content."""
        latest = self.checked - _RACY
        return (
            status.st_size == self.size
            and status.st_mtime_ns == self.changed
            and status.st_ctime_ns == self.status_changed
            and status.st_ino == self.inode
            and self.changed < latest
            and self.status_changed < latest
        )


class KnownFiles:
    """The files of a work tree as an earlier run knew them, and as this one does."""

    def __init__(self, tree: WorkTree, stored: bytes | None) -> None:
        self._tree = tree
        self._earlier = _records(stored)
        self._now: dict[str, FileRecord] = {}
        self._ids: dict[str, str] = {}
        self.updated = stored is None

    def content(self, path: str) -> str:
        """The id of the content of a file; that of an absent one, or the reason why it cannot be read."""
        found = self._ids.get(path)
        if found is None:
            found = self._ids[path] = self._identified(path)
        return found

    def facts(self, path: str) -> str:
        """The id of the facts of a file as it is; empty where they are not known."""
        content = self.content(path)
        known = self._record(path)
        return known.facts if known is not None and known.content == content else ""

    def earlier(self, path: str) -> FileRecord | None:
        """What an earlier run knew."""
        return self._earlier.get(path)

    def learn(self, path: str, content: str, facts: str) -> None:
        """Adds the id of the facts of a content. A file that changed meanwhile has another content."""
        record = self._record(path)
        if record is not None and record.content == content and record.facts != facts:
            self._now[path] = record._replace(facts=facts)
            self.updated = True

    def stored(self) -> bytes:
        """All records, for the next run. Raises UnicodeEncodeError for paths that are not Unicode."""
        records = self._earlier
        if len(records) > 2 * len(self._tree.files) + _SPARE:
            listed = frozenset(self._tree.files)
            records = {path: each for path, each in records.items() if path in listed}
        return msgspec.json.encode({**records, **self._now})

    def _record(self, path: str) -> FileRecord | None:
        return self._now.get(path) or self._earlier.get(path)

    def _identified(self, path: str) -> str:
        status, checked = self._tree.status(path), time.time_ns()
        known = self._earlier.get(path)
        if status is not None and known is not None and known.describes(status):
            return known.content
        try:
            data = self._tree.unlogged(path)
        except Unreadable as error:
            return f"{UNREAD}{error}"
        if data is None:
            return ABSENT
        content = self._tree.identify(data)
        if status is not None and path.isprintable():
            self._now[path] = FileRecord(
                size=status.st_size,
                changed=status.st_mtime_ns,
                status_changed=status.st_ctime_ns,
                inode=status.st_ino,
                checked=checked,
                content=content,
                facts=known.facts if known is not None and known.content == content else "",
            )
            self.updated = True
        return content


def _records(stored: bytes | None) -> Mapping[str, FileRecord]:
    try:
        return msgspec.json.decode(stored or b"{}", type=dict[str, FileRecord])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
