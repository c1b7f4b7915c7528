"""The one gate for reading: every file of the user's machine that cnilint opens is opened here.

A path of a repository is resolved completely, links of every folder included, before anything is opened, and what
leaves the repository is refused (kustomize's load restrictor refuses the same). Files are regular and bounded, so that
a FIFO, a device or a file of 20 GB costs nothing. The program's own data is read by ``cnilint.resources``.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Larger files are not read. The largest manifest in public repositories is below 8 MiB."""

_GIT = ".git"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_OPEN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
"""A FIFO without a writer blocks whoever opens it otherwise."""


class Unreadable(Exception):
    """A file that is not read; the message says why, as the end of a sentence."""


class Folder:
    """A folder whose files may be read, and nothing outside of it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._real_root = os.path.realpath(root)
        self._inside: dict[str, str | None] = {}

    def read(self, path: str) -> bytes | None:
        """The content of a file, by its path from the folder; None where there is none. Raises Unreadable."""
        real = self._resolve(path)
        try:
            return None if real is None else _content(_read(real, MAX_FILE_BYTES))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unreadable(_reason(error)) from None

    def _resolve(self, path: str) -> str | None:
        """The real path of a file. A link is followed only when all of its way stays inside."""
        parent, name = os.path.split(path)
        if parent not in self._inside:
            self._inside[parent] = self._real(parent)
        folder = self._inside[parent]
        if folder is None:
            raise Unreadable("it lies outside of the repository")
        real = os.path.join(folder, name)
        return self._real_link(real) if os.path.islink(real) or name in ("", ".", "..") else real

    def _real_link(self, path: str) -> str:
        real = os.path.realpath(path)
        if os.path.islink(real):
            raise Unreadable("the link leads to itself")
        if not self._holds(real):
            raise Unreadable("the link leads out of the repository")
        return real

    def _real(self, folder: str) -> str | None:
        real = os.path.realpath(os.path.join(self._root, folder))
        return real if self._holds(real) else None

    def _holds(self, real: str) -> bool:
        """Whether a resolved path is inside, and not inside of Git's own folder, which can hold credentials."""
        if real == self._real_root:
            return True
        below = real.removeprefix(os.path.join(self._real_root, ""))
        return below != real and _GIT not in below.split(os.sep)


def read_named(path: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """A file that the user named, wherever it is. Raises Unreadable with the reason, FileNotFoundError without one."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable("it is not a regular file")
        return _read(str(path), limit)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(_reason(error)) from None


def files_below(folder: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    """The regular files below a folder that the user named, sorted; links are followed when they stay inside."""
    inside = Folder(folder)
    for parent, subfolders, names in os.walk(folder):
        subfolders[:] = sorted(name for name in subfolders if name != _GIT)
        for name in sorted(names):
            if name.endswith(endings) and inside.allows(os.path.relpath(os.path.join(parent, name), folder)):
                yield Path(parent, name)


def too_large(size: int) -> str:
    """The reason not to read a file of this size; empty when it may be read."""
    return f"it has {size >> 20} MiB, the limit is {MAX_FILE_BYTES >> 20} MiB" if size > MAX_FILE_BYTES else ""


def _read(path: str, limit: int) -> bytes:
    handle = os.open(path, _OPEN | _NO_WAIT)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is not a regular file")
        if status.st_size > limit:
            raise Unreadable(f"it has {status.st_size >> 20} MiB, the limit is {limit >> 20} MiB")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(f"it grows beyond {limit >> 20} MiB while it is read")
    return data


def _content(data: bytes) -> bytes:
    if data.startswith(_LFS_POINTER):
        raise Unreadable("it is a pointer of Git LFS, and its content is not here")
    return data


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
