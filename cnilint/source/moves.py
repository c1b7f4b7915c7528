"""Which files moved between two versions of a repository: by equal content, or by most of their lines."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from posixpath import basename
from typing import Protocol

from cnilint.reading import Unreadable
from cnilint.source.base import MANIFESTS, Source

_ALIKE = 0.5
"""The share of lines that a moved file keeps, as git's own rename detection has it."""
_MOST_PAIRS = 10_000
"""Pairs of files whose lines are compared; with more of them only those of one name are."""


class VersionedSource(Source, Protocol):
    """A source that knows the ids of its files' content."""

    def content_id(self, path: str) -> str | None:
        """Equal for equal content; None when it cannot be read."""


def moved_files(before: VersionedSource, after: VersionedSource) -> Mapping[str, str]:
    """The new path of each file that is only in ``before``, where it is only in ``after`` under another one."""
    old, new = frozenset(before.files), frozenset(after.files)
    gone = [path for path in before.files if path not in new and path.endswith(MANIFESTS)]
    come = [path for path in after.files if path not in old and path.endswith(MANIFESTS)]
    if not gone or not come:
        return {}
    moved = dict(_same_content(before, after, gone, come))
    taken = set(moved.values())
    rest = [path for path in gone if path not in moved]
    moved.update(_same_lines(before, after, rest, [path for path in come if path not in taken]))
    return moved


def _same_content(
    before: VersionedSource, after: VersionedSource, gone: Iterable[str], come: Iterable[str]
) -> Iterator[tuple[str, str]]:
    by_content: defaultdict[str, list[str]] = defaultdict(list)
    for path in come:
        identifier = after.content_id(path)
        if identifier is not None:
            by_content[identifier].append(path)
    for path in gone:
        found = by_content.get(before.content_id(path) or "")
        if found:
            same_name = next((each for each in found if basename(each) == basename(path)), found[0])
            found.remove(same_name)
            yield path, same_name


def _same_lines(before: Source, after: Source, gone: Sequence[str], come: Sequence[str]) -> dict[str, str]:
    pairs = list(islice(_pairs(gone, come), _MOST_PAIRS))
    old = {path: _lines(before, path) for path in {path for path, _ in pairs}}
    new = {path: _lines(after, path) for path in {path for _, path in pairs}}
    ranked = sorted((-_likeness(old[path], new[other]), path, other) for path, other in pairs)
    moved: dict[str, str] = {}
    taken: set[str] = set()
    for unlike, path, other in ranked:
        if -unlike >= _ALIKE and path not in moved and other not in taken:
            moved[path] = other
            taken.add(other)
    return moved


def _pairs(gone: Sequence[str], come: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The files to compare: all with all, or of many files those of one name."""
    if len(gone) * len(come) <= _MOST_PAIRS:
        yield from product(gone, come)
        return
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for path in come:
        by_name[basename(path)].append(path)
    for path in gone:
        yield from ((path, other) for other in by_name[basename(path)])


def _lines(source: Source, path: str) -> frozenset[bytes]:
    try:
        return frozenset((source.read(path) or b"").split(b"\n"))
    except Unreadable:
        return frozenset()


def _likeness(one: frozenset[bytes], other: frozenset[bytes]) -> float:
    """The share of equal lines, of 0 to 1."""
    most = max(len(one), len(other))
    return len(one & other) / most if most else 0.0
