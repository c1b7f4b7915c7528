"""Archives of rules, read in memory: nothing is written, and nothing outside of the archive is read."""

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cnilint.errors import UsageError
from cnilint.reading import MAX_BYTES, Unreadable, read_named, too_large

_KEPT = (".yaml", ".json")
_MOST_MEMBERS = 20_000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)
"""What the readers of the standard library raise for archives that are damaged, encrypted or made to harm."""


class _Refused(Exception):
    """Why an archive is not read."""


def read_archive(path: Path) -> dict[str, bytes]:
    """The YAML and JSON files of an archive by their paths in it. Raises UsageError for one that is damaged, too large, or
    has links, devices, or paths that leave it."""
    try:
        data = read_named(path)
        members = _zip(data) if path.name.lower().endswith(".zip") else _tar(data)
        return dict(members)
    except (Unreadable, _Refused) as error:
        raise UsageError(f"`{path}` cannot be read: {error}") from None
    except _BROKEN:
        raise UsageError(f"`{path}` cannot be read: not a sound archive") from None


def _tar(data: bytes) -> Iterator[tuple[str, bytes]]:
    unpacked = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES + 1)
    _check_size(len(unpacked))
    with tarfile.TarFile(fileobj=io.BytesIO(unpacked)) as archive:
        for number, member in enumerate(archive):
            _check_count(number)
            name = _name(member.name)
            if not (member.isfile() or member.isdir()):
                raise _Refused(f"`{name}` is neither a file nor a folder")
            file = archive.extractfile(member) if member.isfile() and name.endswith(_KEPT) else None
            if file is not None:
                yield name, file.read()


def _zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        _check_count(len(members) - 1)
        _check_size(sum(member.file_size for member in members))
        for member in members:
            name = _name(member.filename)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or member.compress_type not in _METHODS:
                raise _Refused(f"`{name}` is neither a plain file nor a folder")
            if not member.is_dir() and name.endswith(_KEPT):
                yield name, archive.read(member)


def _name(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or ":" in name:
        raise _Refused("a path leads out of the archive")
    return path.as_posix()


def _check_size(size: int) -> None:
    reason = too_large(size)
    if reason:
        raise _Refused(f"unpacked, the {reason}")


def _check_count(number: int) -> None:
    if number >= _MOST_MEMBERS:
        raise _Refused(f"it has more than {_MOST_MEMBERS} members")
