"""Which of the known names was probably meant by one that is unknown."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_ALIKE = 0.75
"""The share that two names have in common (difflib's ratio) when one is a misspelling of the other."""
_NEIGHBOURS = 16
"""So many names on either side of the unknown one are compared, by their beginnings and by their ends."""


def nearest(wanted: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; empty if none is near."""
    names = _names(tuple(sorted(set(known))))
    if _fold(wanted) in names.folded:
        return names.folded[_fold(wanted)]
    from difflib import get_close_matches

    close = get_close_matches(wanted, names.around(wanted), n=1, cutoff=_ALIKE)
    if close:
        return close[0]
    ends = [
        name
        for name in names.forwards
        if len(name) > 3 and (wanted.endswith(f"-{name}") or name.endswith(f"-{wanted}"))
    ]
    return ends[0] if len(ends) == 1 else ""


@dataclass(frozen=True, slots=True)
class _Names:
    """Names in the order of their beginnings, and turned round in the order of their ends."""

    forwards: Sequence[str]
    backwards: Sequence[str]
    folded: dict[str, str]
    """By what is left without case and separators."""

    def around(self, wanted: str) -> Sequence[str]:
        """The names that a misspelling can be of: all if they are few, else those that begin or end alike."""
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
