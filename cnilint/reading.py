"""The one gate for reading: every file that cnilint opens, apart from its own data, is opened here.

A path of a repository is resolved completely, links of every folder on the way included, before anything is opened. What
leaves the repository is refused, as kustomize's load restrictor refuses it. Files are regular and bounded, so that a pipe,
a device or a file of 20 GB costs nothing.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = 64 * 1024 * 1024
"""Larger files are refused: the API server takes no object above a few megabytes."""

_GIT = ".git"
_NO_STEP = frozenset(("", ".", "..", _GIT))
"""Names that do not lead to a folder in the one before them, and Git's own folder."""
_MOST_STEPS = 40
"""Folders on the way to one, above which it is resolved as a whole: what is known of each takes memory."""

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
    # A pipe without a writer would block whoever opens it.
    | getattr(os, "O_NONBLOCK", 0)
)
_PIECE = 1 << 16
"""Bytes that are read at once of what a file has beyond its size."""


class Unreadable(Exception):
    """A file that cannot be read; the text of the exception is the reason."""


class Folder:
    """A folder whose files can be read, and nothing outside of it."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._real_root = os.path.realpath(root)
        self._prefix = os.path.join(self._real_root, "")
        self._folders: dict[str, str | None] = {}

    def read(self, path: str) -> bytes | None:
        """The content of a file, by its path from the folder; None when it does not exist. Raises Unreadable."""
        try:
            return content(_read(self._resolved(path), MAX_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise Unreadable(_reason(error)) from None

    def status(self, path: str) -> os.stat_result | None:
        """The status of a regular file in the folder; None for a link, and for what does not exist or is outside."""
        # A run looks at every file: ``os.path.split`` and ``join`` would take as long as the look itself.
        parent, slash, name = path.rpartition("/")
        try:
            folder = self._real_folder(parent) if parent or not slash else None
            status = None if folder is None or name in _NO_STEP else os.lstat(f"{folder}{os.sep}{name}")
        except (OSError, ValueError):
            return None
        return status if status is not None and stat.S_ISREG(status.st_mode) else None

    def holds(self, path: str) -> bool:
        """Whether a path, with all links resolved, is inside of the folder."""
        try:
            self._resolved(path)
        except (Unreadable, OSError, ValueError):
            return False
        return True

    def _resolved(self, path: str) -> str:
        """The real path of a file. Raises Unreadable for one that is outside."""
        parent, name = os.path.split(path)
        folder = self._real_folder(parent)
        if folder is None:
            raise Unreadable("outside of the repository")
        full = os.path.join(folder, name)
        if name not in ("", ".", "..") and not os.path.islink(full):
            return full
        real = self._inside(full)
        if real is None:
            raise Unreadable("symbolic link leads out of the repository")
        if os.path.islink(real):
            raise Unreadable("symbolic link leads to itself")
        return real

    def _real_folder(self, path: str) -> str | None:
        """The real path of a folder; None outside of this one. Each folder on the way is looked at once."""
        found = self._folders.get(path, "")
        if found == "":
            found = self._below_known(path) or self._inside(os.path.join(self._root, path))
            self._folders[path] = found
        return found

    def _below_known(self, path: str) -> str | None:
        """The real path of a folder that is no link, in one that is inside; None for any other."""
        above, name = os.path.split(path)
        if name in _NO_STEP or path.count("/") > _MOST_STEPS:
            return None
        parent = self._real_folder(above)
        real = None if parent is None else os.path.join(parent, name)
        return None if real is None or os.path.islink(real) else real

    def _inside(self, path: str) -> str | None:
        """The real path; None outside of the folder, and in Git's own folder, which can hold credentials."""
        real = os.path.realpath(path)
        if real != self._real_root and not real.startswith(self._prefix):
            return None
        return None if _GIT in real[len(self._prefix) :].split(os.sep) else real


def read_named(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The content of a file that the user named, wherever it is. Raises Unreadable, for one that does not exist too."""
    try:
        return _read(str(path), limit)
    except (OSError, ValueError) as error:
        raise Unreadable(_reason(error)) from None


def files_below(folder: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    """The files below a folder that the user named, in order. A link is followed when it stays below the folder."""
    inside = Folder(folder)
    for parent, subfolders, names in os.walk(folder):
        subfolders[:] = sorted(name for name in subfolders if name != _GIT)
        for name in sorted(names):
            path = Path(parent, name)
            if name.endswith(endings) and inside.holds(str(path.relative_to(folder))):
                yield path


def files_in(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files of a folder, without those of its folders, in order. A link is followed when it stays in the folder."""
    inside = Folder(folder)
    names = sorted(name for name in os.listdir(folder) if name.endswith(endings))
    return [folder / name for name in names if inside.holds(name)]


def content(data: bytes) -> bytes:
    """The content of a file. Raises Unreadable for a pointer of Git LFS, which is in place of content not fetched.

    Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md.
    """
    if data.startswith(_LFS_POINTER):
        raise Unreadable("a pointer of Git LFS, whose content was not fetched")
    return data


def too_large(size: int, limit: int = MAX_BYTES) -> str:
    """The reason not to read a file of ``size`` bytes; empty when it can be read."""
    return f"file has {size >> 20} MiB; the limit is {limit >> 20} MiB" if size > limit else ""


def _read(path: str, limit: int) -> bytes:
    # Some devices do something when they are opened: look first, and once more at what was opened.
    _check(os.stat(path), limit)
    # A run reads every file, most of them small: a file object would take as long as the rest.
    opened = os.open(path, _FLAGS)
    try:
        status = os.fstat(opened)
        _check(status, limit)
        # Room for the limit would cost more than to read most files.
        data = os.read(opened, status.st_size + 1)
        while len(data) <= limit and (more := os.read(opened, _PIECE)):
            data += more
    finally:
        os.close(opened)
    if len(data) > limit:
        raise Unreadable(too_large(len(data), limit))
    return data


def _check(status: os.stat_result, limit: int) -> None:
    """Raises Unreadable for what is not a regular file (a pipe, a device), and for size."""
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("not a regular file")
    refused = too_large(status.st_size, limit)
    if refused:
        raise Unreadable(refused)


def _reason(error: OSError | ValueError) -> str:
    strerror = getattr(error, "strerror", None)
    return strerror.lower() if strerror else "not a valid path"
