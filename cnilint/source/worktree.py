"""The source of files on disk: those that Git does not ignore, or all below a folder outside of a repository."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnilint.errors import UsageError
from cnilint.reading import Folder
from cnilint.source.base import NESTED, common_base, under
from cnilint.source.process import Failed, NotInstalled, git


class WorkTree:
    """The files of a work tree. Symbolic links to files inside of it are followed, those to folders are not."""

    revision: str | None = None

    def __init__(self, paths: Sequence[str]) -> None:
        absolute = [_existing(path) for path in paths]
        repository = work_tree_of(absolute[0])
        self.in_git = repository is not None
        self._root = repository or _common_folder(absolute)
        self._folder = Folder(self._root)
        self.skipped: dict[str, str] = {}
        folders = [self._relative(path) for path in absolute]
        self.named = frozenset(
            folder for folder, path in zip(folders, absolute, strict=True) if not path.is_dir()
        )
        self.base = common_base(folders, self.named)
        self.files = tuple(sorted(self.named.union(self._list(absolute))))
        self.selected = tuple(path for path in self.files if under(path, folders))

    @property
    def root(self) -> str:
        return str(self._root)

    def read(self, path: str) -> bytes | None:
        """The content of a file; None when it does not exist. Raises Unreadable."""
        return self._folder.read(path)

    def _relative(self, path: Path) -> str:
        try:
            return "" if path == self._root else path.relative_to(self._root).as_posix()
        except ValueError:
            raise UsageError(f"'{path}' is outside of '{self._root}': a run reads one repository") from None

    def _list(self, starts: Sequence[Path]) -> Iterator[str]:
        """The files of the repository; outside of one only those below the paths that the user gave."""
        if self.in_git:
            return self._tracked()
        return (path for start in starts if start.is_dir() for path in self._walk(start))

    def _tracked(self) -> Iterator[str]:
        """The files that Git lists, without nested repositories: submodules, and untracked ones, which end in ``/``."""
        listed = _git_files(self._root)
        has_submodules = ".gitmodules" in listed
        for path in listed:
            if path.endswith("/") or (has_submodules and (self._root / path).is_dir()):
                self.skipped[path.rstrip("/")] = NESTED
            else:
                yield path

    def _walk(self, start: Path) -> Iterator[str]:
        for folder, subfolders, names in os.walk(start, onerror=self._unreadable):
            subfolders[:] = sorted(name for name in subfolders if name != ".git")
            relative = Path(folder).relative_to(self._root).as_posix()
            for name in names:
                yield name if relative == "." else f"{relative}/{name}"

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


def _git_files(root: Path) -> list[str]:
    """Tracked files, and untracked ones that are not ignored."""
    try:
        listed = git(root, ("ls-files", "-z", "--cached", "--others", "--exclude-standard"))
    except NotInstalled:
        raise UsageError(f"'{root}' is a Git repository; git not found to list its files") from None
    except Failed as error:
        raise UsageError(f"git cannot list the files of '{root}': {error}") from None
    return [path for path in listed.decode("utf-8", "surrogateescape").split("\0") if path]
