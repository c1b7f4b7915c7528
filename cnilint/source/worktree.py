"""Files on disk: those that Git tracks or would track, or, outside a repository, all below a folder."""

import os
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnilint.errors import UsageError
from cnilint.source.base import NESTED, Unreadable, common_base, content, too_large, under


class Tree:
    """A work tree. Symbolic links are read when they stay inside, and never walked into."""

    revision: str | None = None

    def __init__(self, paths: Sequence[str]) -> None:
        absolute = [Path(os.path.normpath(Path.cwd() / path)) for path in paths]
        for path, given in zip(absolute, paths, strict=True):
            if not path.exists() and not path.is_symlink():
                raise UsageError(f"there is no file or folder '{given}'")
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
        full = self._root / path
        try:
            if full.is_symlink() and not full.resolve().is_relative_to(self._root.resolve()):
                raise Unreadable("the link leads out of the repository")
            status = full.stat()
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("it is no regular file")
            refused = too_large(status.st_size)
            if refused:
                raise Unreadable(refused)
            return content(full.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, RuntimeError) as error:
            raise Unreadable(getattr(error, "strerror", None) or "the link leads to itself") from None

    def _relative(self, path: Path) -> str:
        try:
            return "" if path == self._root else path.relative_to(self._root).as_posix()
        except ValueError:
            raise UsageError(
                f"'{path}' is outside of '{self._root}', and a run reads one repository"
            ) from None

    def _list(self, starts: Sequence[Path]) -> Iterator[str]:
        """Outside a repository only what the user pointed at: nothing says where a tree would end."""
        if self.in_git:
            return self._tracked()
        return (path for start in starts if start.is_dir() for path in self._walk(start))

    def _tracked(self) -> Iterator[str]:
        """What Git lists, without the repositories in it: submodules, and others that end in a slash."""
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


def _common_folder(paths: Sequence[Path]) -> Path:
    """The current folder where it holds all of them, else the nearest that does."""
    here = Path.cwd()
    if here != Path(here.anchor) and all(path.is_relative_to(here) for path in paths):
        return here
    return Path(os.path.commonpath([path if path.is_dir() else path.parent for path in paths]))


def _git_root(path: Path) -> Path | None:
    """The nearest folder upwards that holds ``.git``."""
    start = path if path.is_dir() else path.parent
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), None)


def _git_files(root: Path) -> list[str]:
    """Tracked and unignored files. ``core.fsmonitor`` is off: a repository's settings must start nothing."""
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
        raise UsageError(f"'{root}' is a Git repository, and there is no git to list its files") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(
            f"git cannot list the files of '{root}': {lines[0] if lines else 'unknown reason'}"
        ) from None
    return [path for path in result.stdout.decode("utf-8", "surrogateescape").split("\0") if path]
