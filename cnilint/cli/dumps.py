"""Dumps of live objects named on the command line: files, folders, standard input."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnilint.errors import UsageError
from cnilint.reading import Unreadable, files_below, read_named
from cnilint.source.base import MANIFESTS

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
    return list(files_below(path, MANIFESTS)) if path.is_dir() else [path]


def _read(path: Path) -> bytes:
    try:
        return read_named(path)
    except Unreadable as error:
        raise UsageError(f"cannot read `{path}`: {error}") from None


def _shown(path: Path, root: Path) -> str:
    absolute = Path(os.path.normpath(Path.cwd() / path))
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else path.as_posix()
