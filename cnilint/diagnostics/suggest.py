"""Suggestions: the known name that was probably meant by an unknown one."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

SIMILAR = 0.6
"""A ratio of difflib for names that resemble each other."""
_ALIKE = 0.75
"""A ratio of difflib for a name that is a misspelling of another."""
_NEIGHBOURS = 16
"""How many names on either side of the unknown one are compared, by their beginnings and by their ends."""


def closest(wanted: str, known: Iterable[str], cutoff: float = SIMILAR) -> str:
    """The known name that is the most similar; empty if none reaches ``cutoff``, a ratio from 0 to 1 of difflib."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(wanted, list(known), n=1, cutoff=cutoff)), "")


def nearest(wanted: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; empty if none is near.

    Case and separators do not count, and a name may lack a prefix or suffix. Fast for thousands of names.
    """
    names = _names(tuple(sorted(set(known))))
    if _fold(wanted) in names.folded:
        return names.folded[_fold(wanted)]
    close = closest(wanted, names.around(wanted), _ALIKE)
    if close:
        return close
    ends = [
        name
        for name in names.forwards
        if len(name) > 3 and (wanted.endswith(f"-{name}") or name.endswith(f"-{wanted}"))
    ]
    return ends[0] if len(ends) == 1 else ""


@dataclass(frozen=True, slots=True)
class _Names:
    """Names sorted, and reversed names sorted, so that names with the same beginning or end are neighbours."""

    forwards: Sequence[str]
    backwards: Sequence[str]
    folded: dict[str, str]
    """By the name without case and separators."""

    def around(self, wanted: str) -> Sequence[str]:
        """The names to compare: all if they are few, else those that begin or end like the unknown one."""
        if len(self.forwards) <= 4 * _NEIGHBOURS:
            return self.forwards
        ends = _around(self.backwards, wanted[::-1])
        return sorted({*_around(self.forwards, wanted), *(name[::-1] for name in ends)})


@lru_cache(maxsize=16)
def _names(known: tuple[str, ...]) -> _Names:
    return _Names(known, sorted(name[::-1] for name in known), {_fold(name): name for name in known})


def _around(ordered: Sequence[str], wanted: str) -> Sequence[str]:
    place = bisect_left(ordered, wanted)
    return ordered[max(place - _NEIGHBOURS, 0) : place + _NEIGHBOURS]


def _fold(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(".", "")
