"""The source of files on disk: those that Git does not ignore, or all below a folder outside of a repository."""

import os
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnilint.errors import UsageError
from cnilint.source.base import NESTED, Unreadable, common_base, content, too_large, under


class WorkTree:
    """The files of a work tree. Symbolic links to files inside of it are followed, those to folders are not."""

    revision: str | None = None

    def __init__(self, paths: Sequence[str]) -> None:
        absolute = [_existing(path) for path in paths]
        repository = _git_root(absolute[0])
        self.in_git = repository is not None
        self._root = repository or _common_folder(absolute)
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
        full = self._root / path
        try:
            self._check_readable(full)
            return content(full.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, RuntimeError) as error:
            # Path.resolve raises RuntimeError for a cycle of links before Python 3.13, OSError from then on.
            raise Unreadable(getattr(error, "strerror", None) or "symbolic link leads to itself") from None

    def _check_readable(self, full: Path) -> None:
        """Raises Unreadable for a link out of the tree, for what is not a regular file (a pipe, a device), for size."""
        if full.is_symlink() and not full.resolve().is_relative_to(self._root.resolve()):
            raise Unreadable("symbolic link leads out of the repository")
        status = full.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("not a regular file")
        refused = too_large(status.st_size)
        if refused:
            raise Unreadable(refused)

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


def _git_root(path: Path) -> Path | None:
    """The nearest folder with ``.git``: the path itself or one above it."""
    start = path if path.is_dir() else path.parent
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), None)


def _git_files(root: Path) -> list[str]:
    """Tracked files, and untracked ones that are not ignored.

    ``core.fsmonitor`` is off, since the configuration of an untrusted repository can name a program there:
    https://git-scm.com/docs/git-config#Documentation/git-config.txt-corefsmonitor.
    """
    command = [
        "git",
        "-c",
        "core.fsmonitor=false",
        "-C",
        str(root),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    try:
        result = subprocess.run(command, capture_output=True, check=True)
    except FileNotFoundError:
        raise UsageError(f"'{root}' is a Git repository; git not found to list its files") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(
            f"git cannot list the files of '{root}': {lines[0] if lines else 'unknown reason'}"
        ) from None
    return [path for path in result.stdout.decode("utf-8", "surrogateescape").split("\0") if path]
