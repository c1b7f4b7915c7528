"""Keys of the cache: digests of everything that a result depends on."""

import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

from cnilint import __version__
from cnilint.reading import Unreadable, read_named
from cnilint.resources import data_dir

MOST_FILES = 10_000
"""Files of one pack; a larger folder is not digested."""
_SIZE = 32
_SKIPPED = ("__pycache__",)


def digest(*parts: str | bytes) -> bytes:
    """The digest of some texts, in order. Texts may hold anything: each is preceded by its length."""
    state = blake2b(digest_size=_SIZE)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(b"%d:" % len(data))
        state.update(data)
    return state.digest()


@cache
def program_digest() -> bytes:
    """A digest that differs for every build of the program: its files and those of its rules by size and time, the
    interpreter, and the folder of its dependencies, whose time changes when one is installed."""
    import click

    code, rules, schemas = Path(__file__).parent.parent, data_dir("rules"), data_dir("schemas")
    roots = [code, *(folder for folder in (rules, schemas) if not folder.is_relative_to(code))]
    found = [f"{path} {size} {time}" for root in roots for path, size, time in _stats(str(root))]
    dependencies = Path(click.__file__).parent.parent
    return digest(__version__, sys.version, str(dependencies), str(_time(dependencies)), *sorted(found))


def digest_of_files(paths: Iterable[Path]) -> list[bytes] | None:
    """A digest of each file or folder that is read whole; None where one has too many files."""
    found = [_digest_of(path) for path in paths]
    return None if None in found else [each for each in found if each is not None]


def _digest_of(path: Path) -> bytes | None:
    if not path.is_dir():
        return digest(str(path), _content(path))
    parts: list[str | bytes] = [str(path)]
    for folder, subfolders, names in os.walk(path):
        subfolders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            parts += [str(file), _content(file)]
            if len(parts) > 2 * MOST_FILES:
                return None
    return digest(*parts)


def _content(file: Path) -> bytes:
    try:
        return b"=" + read_named(file)
    except Unreadable as error:
        return f"!{error}".encode("utf-8", "replace")


def _stats(folder: str) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of the files below a folder."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            if entry.name not in _SKIPPED:
                yield from _stats(entry.path)
        else:
            status = entry.stat()
            yield entry.path, status.st_size, status.st_mtime_ns


def _time(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
