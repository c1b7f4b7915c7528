"""The source of files on disk: those that Git does not ignore, or all below a folder outside of a repository."""

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from cnilint.errors import UsageError
from cnilint.reading import Folder, Unreadable, content
from cnilint.source.base import NESTED, all_under, common_base
from cnilint.source.objects import GitObjects, has_long_ids, is_git_directory, refusal_of_git
from cnilint.source.process import Failed, NotInstalled, git
from cnilint.source.reads import ReadLog, blob_id

_WALKED = "git not found on the PATH: files that Git ignores are read as well"
_GONE = b"R"
"""What ``git ls-files -t`` says, beside another record, of a tracked file that is deleted in the work tree."""
_ABSENT = b"S"
"""What ``git ls-files -t`` says of a file that a sparse checkout leaves out."""


class WorkTree:
    """The files of a work tree. Symbolic links to files inside of it are followed, those to folders are not."""

    revision: str | None = None
    log: ReadLog | None = None
    """What was read, where someone wants to know."""

    def __init__(self, paths: Sequence[str]) -> None:
        absolute = [_existing(path) for path in paths]
        repository = work_tree_of(absolute[0])
        if repository is None and is_git_directory(absolute[0]):
            raise UsageError(
                f"'{paths[0]}' is a bare repository: it has no files", "name a revision with --rev"
            )
        self.in_git = repository is not None
        self._root = repository or _common_folder(absolute)
        self._folder = Folder(self._root)
        self._sparse: dict[str, str] = {}
        self.skipped: dict[str, str] = {}
        self.notices: list[str] = []
        folders = [self._relative(path) for path in absolute]
        self.named = frozenset(
            folder for folder, path in zip(folders, absolute, strict=True) if not path.is_dir()
        )
        self.base = common_base(folders, self.named)
        self.files = tuple(sorted(self.named.union(self._list(absolute))))
        self.selected = all_under(self.files, folders)

    @property
    def root(self) -> str:
        return str(self._root)

    def read(self, path: str) -> bytes | None:
        """The content of a file; None when it does not exist. Raises Unreadable.

        What a sparse checkout leaves out is read from the index: it is applied like all others.
        """
        return (
            self.unlogged(path) if self.log is None else self.log.reading(path, self.unlogged, self.identify)
        )

    def unlogged(self, path: str) -> bytes | None:
        """As ``read``, for whoever does not use the content."""
        data = self._folder.read(path)
        if data is None and path in self._sparse:
            return content(self.objects.blob(self._sparse[path]))
        return data

    def content_id(self, path: str) -> str | None:
        """The id of a file's content, as Git computes it: equal for equal files. None when it cannot be read."""
        try:
            data = self.read(path)
        except Unreadable:
            return None
        return None if data is None else self.identify(data)

    def identify(self, data: bytes) -> str:
        """The id of a content, as the repository has it."""
        return blob_id(data, long=self._has_long_ids)

    @cached_property
    def _has_long_ids(self) -> bool:
        return self.in_git and has_long_ids(self._root)

    def status(self, path: str) -> os.stat_result | None:
        """The status of a regular file; None for a symbolic link, and for what does not exist or cannot be read."""
        return self._folder.status(path)

    @cached_property
    def objects(self) -> GitObjects:
        """The object database of the repository."""
        return GitObjects(self._root)

    def _relative(self, path: Path) -> str:
        try:
            return "" if path == self._root else path.relative_to(self._root).as_posix()
        except ValueError:
            raise UsageError(f"'{path}' is outside of '{self._root}': a run reads one repository") from None

    def _list(self, starts: Sequence[Path]) -> Iterator[str]:
        """The files of the repository; outside of one only those below the paths that the user gave."""
        if not self.in_git:
            return (path for start in starts if start.is_dir() for path in self._walk(start))
        try:
            listed = _git_files(self._root)
        except NotInstalled:
            self.notices.append(_WALKED)
            return self._walk(self._root)
        return self._tracked(listed)

    def _tracked(self, listed: Sequence[bytes]) -> Iterator[str]:
        """The files that Git lists, without nested repositories: submodules, and untracked ones, which end in ``/``."""
        paths = [record[2:].decode("utf-8", "surrogateescape") for record in listed]
        has_submodules = ".gitmodules" in paths
        absent = {path for path, record in zip(paths, listed, strict=True) if record[:1] == _ABSENT}
        if absent:
            self._sparse = {entry.path: entry.blob for entry in self.objects.index() if entry.path in absent}
        gone = {path for path, record in zip(paths, listed, strict=True) if record[:1] == _GONE}
        for path in paths:
            if path in gone:
                continue
            if path.endswith("/") or (has_submodules and (self._root / path).is_dir()):
                self.skipped[path.rstrip("/")] = NESTED
            else:
                yield path

    def _walk(self, start: Path) -> Iterator[str]:
        # Names are put together as text: paths of their own for each would take as long as the walk.
        length = len(str(self._root).rstrip(os.sep)) + 1
        for folder, subfolders, names in os.walk(start, onerror=self._unreadable):
            relative = folder[length:].replace(os.sep, "/")
            above = f"{relative}/" if relative else ""
            subfolders[:] = sorted(name for name in subfolders if self._is_entered(above, name))
            yield from (above + name for name in names)

    def _is_entered(self, above: str, name: str) -> bool:
        """Whether a folder belongs to what is walked; a repository of its own is skipped where Git would skip it."""
        if name == ".git":
            return False
        if self.in_git and (self._root / above / name / ".git").exists():
            self.skipped[above + name] = NESTED
            return False
        return True

    def _unreadable(self, error: OSError) -> None:
        path = Path(error.filename).relative_to(self._root).as_posix()
        self.skipped[path] = error.strerror or "unreadable"


def _existing(given: str) -> Path:
    """The absolute path of what the user gave. Raises UsageError."""
    path = Path(os.path.normpath(Path.cwd() / given))
    if not path.exists() and not path.is_symlink():
        raise UsageError(f"no file or folder '{given}'")
    return path


def _common_folder(paths: Sequence[Path]) -> Path:
    """The current folder when all paths are below it, else the nearest folder around them."""
    here = Path.cwd()
    if here != Path(here.anchor) and all(path.is_relative_to(here) for path in paths):
        return here
    return Path(os.path.commonpath([path if path.is_dir() else path.parent for path in paths]))


def work_tree_of(path: Path) -> Path | None:
    """The nearest folder with ``.git``: the path itself or one above it."""
    start = path if path.is_dir() else path.parent
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), None)


def _git_files(root: Path) -> list[bytes]:
    """Tracked files, again those of them that are deleted, and untracked ones that are not ignored: a letter for the state,
    a space, the path.

    Raises NotInstalled, and UsageError where git does not list them.
    """
    try:
        listed = git(
            root, ("ls-files", "-z", "-t", "--cached", "--deleted", "--others", "--exclude-standard")
        )
    except Failed as error:
        problem = UsageError(f"git cannot list the files of '{root}': {error}")
        raise refusal_of_git(root, str(error)) or problem from None
    return [record for record in listed.split(b"\0") if record]
