"""The sources of ``--rev`` and ``--staged``: a Git revision or the index, read from the object database."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from posixpath import dirname, join, normpath

from cnilint.errors import UsageError
from cnilint.reading import Unreadable, content
from cnilint.source.base import NESTED, all_under, common_base
from cnilint.source.objects import LINK_MODE, MODULE_MODE, GitEntry, GitObjects, repository_around
from cnilint.source.reads import ReadLog, blob_id

_SHORT = 40
"""Characters of an id of SHA-1; one of SHA-256 has 64."""


class GitFiles:
    """Files whose content is in the object database. Symbolic links to files among them are followed.

    ``folders`` are the paths that the user gave, from the root.
    """

    notices: Sequence[str] = ()
    log: ReadLog | None = None
    """What was read, where someone wants to know."""

    def __init__(
        self,
        objects: GitObjects,
        entries: Sequence[GitEntry],
        paths: Sequence[str],
        *,
        revision: str | None,
        where: str = "",
    ) -> None:
        """``where`` names the files in the error for a path that is not among them; empty where that is no error."""
        self.objects = objects
        self.root = str(objects.top)
        self.revision = revision
        folders = tuple(_relative(Path(path).absolute(), objects.top) for path in paths)
        self.folders = folders
        self._entries = {entry.path: entry for entry in entries if entry.mode != MODULE_MODE}
        self.files = tuple(sorted(self._entries))
        self.skipped: Mapping[str, str] = {
            entry.path: NESTED for entry in entries if entry.mode == MODULE_MODE
        }
        if where:
            self._require(paths, folders, where)
        self.selected = all_under(self.files, folders)
        self.named = frozenset(folders).intersection(self._entries)
        self.base = common_base(folders, self.named)

    def read(self, path: str) -> bytes | None:
        """The content of a file; None when there is none. Raises Unreadable."""
        return (
            self._read(path)
            if self.log is None
            else self.log.reading(path, self._read, self._identifier(path))
        )

    def _read(self, path: str) -> bytes | None:
        entry = self._entries.get(path)
        if entry is None:
            return None
        if not entry.blob:
            raise Unreadable("unmerged: resolve the conflict and stage the file")
        data = self.objects.blob(entry.blob)
        return self._follow(path, data) if entry.mode == LINK_MODE else content(data)

    def content_id(self, path: str) -> str | None:
        """The id of a file's content: equal for equal files. None when there is no such file, and for a link, whose own
        content is only a path."""
        entry = self._entries.get(path)
        return None if entry is None or entry.mode == LINK_MODE else entry.blob or None

    def _identifier(self, path: str) -> Callable[[bytes], str]:
        """Gives the id of a content: that of the blob, unless the file is a link to another one."""
        entry = self._entries.get(path)
        if entry is None or entry.mode == LINK_MODE:
            return partial(blob_id, long=entry is not None and len(entry.blob) > _SHORT)
        return lambda _: entry.blob

    def entry(self, path: str) -> GitEntry | None:
        """The entry of a file; None when there is none."""
        return self._entries.get(path)

    def _follow(self, path: str, link: bytes) -> bytes | None:
        """The content of the file that a symbolic link leads to. The blob of a link is the path that it leads to."""
        target = normpath(join(dirname(path), link.decode("utf-8", "surrogateescape")))
        if target.startswith(("../", "/")):
            raise Unreadable("symbolic link leads out of the repository")
        found = self._entries.get(target)
        if found is None or found.mode == LINK_MODE:
            raise Unreadable("symbolic link does not lead to a file")
        return self._read(target)

    def _require(self, paths: Sequence[str], folders: Sequence[str], where: str) -> None:
        """Raises UsageError for a path that is not there."""
        known = {"", *self.files, *self.skipped}
        known.update(parent for path in (*self.files, *self.skipped) for parent in _parents(path))
        for path, folder in zip(paths, folders, strict=True):
            if folder not in known:
                raise UsageError(f"no file or folder '{path}' in {where}")


class GitRevision(GitFiles):
    """The files of a commit. A path that it does not have is an error unless it is only ``compared``."""

    def __init__(self, paths: Sequence[str], revision: str, *, compared: bool = False) -> None:
        objects = repository_around(paths[0])
        commit = objects.commit(revision)
        where = "" if compared else f"the revision '{revision}'"
        super().__init__(objects, objects.tree(commit), paths, revision=commit, where=where)


class GitIndex(GitFiles):
    """The files of the index: what the next commit will have."""

    def __init__(self, paths: Sequence[str]) -> None:
        objects = repository_around(paths[0])
        super().__init__(objects, objects.index(), paths, revision=None, where="the index")


def _parents(path: str) -> Sequence[str]:
    """The folders above a path, the nearest first."""
    found = []
    while path := dirname(path):
        found.append(path)
    return found


def blob_of(files: GitFiles) -> Callable[[str], str]:
    """A function that gives the id of the content of a file; nothing for a symbolic link, which has that of another one."""

    def content(path: str) -> str:
        entry = files.entry(path)
        return "" if entry is None or entry.mode == LINK_MODE else entry.blob

    return content


def _relative(path: Path, top: Path) -> str:
    try:
        # Not ``Path.resolve``, which raises RuntimeError for a link to itself before Python 3.13.
        relative = Path(os.path.realpath(path)).relative_to(os.path.realpath(top)).as_posix()
    except ValueError:
        raise UsageError(f"'{path}' is outside of the repository '{top}'") from None
    return "" if relative == "." else relative
