"""Values by shell patterns: finds those whose pattern a name fits without trying all patterns."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase, translate
from functools import cached_property
from typing import Generic, TypeVar

T = TypeVar("T")


class GlobIndex(Generic[T]):
    """Values with a shell pattern each. Plain names are looked up; all others are tried in one regular expression first."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._plain: dict[str, list[tuple[int, T]]] = {}
        self._globs: list[tuple[str, int, T]] = []
        for position, (pattern, value) in enumerate(entries):
            if is_glob(pattern):
                self._globs.append((pattern, position, value))
            else:
                self._plain.setdefault(pattern, []).append((position, value))

    def of(self, name: str) -> list[T]:
        """The values whose pattern a name fits, in order."""
        found = self._plain.get(name, ())
        if not self._any_glob.match(name):
            return [value for _, value in found]
        fitting = [(at, value) for pattern, at, value in self._globs if fnmatchcase(name, pattern)]
        return [value for _, value in sorted((*found, *fitting), key=lambda entry: entry[0])]

    @cached_property
    def _any_glob(self) -> re.Pattern[str]:
        patterns = dict.fromkeys(translate(pattern) for pattern, _, _ in self._globs)
        return re.compile("|".join(patterns) or r"(?!)")


def is_glob(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")
