"""Dumps of live objects named on the command line: files, folders, standard input."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnilint.errors import UsageError
from cnilint.source.base import MANIFESTS, too_large

_STDIN = "-"


def read_dumps(paths: Sequence[str], root: Path) -> dict[str, bytes]:
    """The bytes of each dump by the name that reports show, relative to ``root`` where it is below.

    Raises UsageError for a file that cannot be read.
    """
    if paths.count(_STDIN) > 1:
        raise UsageError("standard input (-) can be read only once")
    return dict(dump for path in paths for dump in _dumps(path, root))


def _dumps(path: str, root: Path) -> Iterator[tuple[str, bytes]]:
    if path == _STDIN:
        yield "stdin", sys.stdin.buffer.read()
        return
    for file in _files(Path(path)):
        yield _shown(file, root), _read(file)


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    return [file for file in sorted(path.rglob("*")) if file.suffix in MANIFESTS and file.is_file()]


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"cannot read `{path}`: not a regular file")
        refused = too_large(path.stat().st_size)
        if refused:
            raise UsageError(f"cannot read `{path}`: {refused}")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from None


def _shown(path: Path, root: Path) -> str:
    absolute = Path(os.path.normpath(Path.cwd() / path))
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else path.as_posix()
