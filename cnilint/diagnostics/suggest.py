"""Suggestions: the known name that was probably meant by an unknown one."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, takewhile

from msgspec import Struct

from cnilint.regex import regex

SIMILAR = 0.6
"""A ratio of difflib for names that resemble each other."""
_ALIKE = 0.75
"""A ratio of difflib for a name that is a misspelling of another."""
_SLIP = 0.8
"""A ratio of difflib for a part of a name that is a slip of another."""
_SEPARATORS = regex(r"[-._]")
_DIGITS = regex(r"\d+")
_NEIGHBOURS = 16
"""How many names on either side of the unknown one are compared, by their beginnings and by their ends."""

_LONGEST = 253
"""Characters of names that are compared; the API server accepts no longer ones."""
_SHORTEST_END = 4
"""Characters of a name that may be the end of another."""


def closest(wanted: str, known: Iterable[str], cutoff: float = SIMILAR) -> str:
    """The known name that is the most similar; empty if none reaches ``cutoff``, a ratio from 0 to 1 of difflib."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(wanted, list(known), n=1, cutoff=cutoff)), "")


def is_misspelling(name: str, other: str) -> bool:
    """Whether two names are one name with a slip: of their parts between separators one differs, and only a little.

    A part more or less, or another number, is a name of its own: ``db`` and ``db-replica``, ``shard-1`` and ``shard-2``.
    """
    from difflib import SequenceMatcher

    parts, others = _SEPARATORS.split(name), _SEPARATORS.split(other)
    if len(parts) != len(others):
        return _fold(name) == _fold(other)
    differing = [pair for pair in zip(parts, others, strict=True) if pair[0] != pair[1]]
    if len(differing) != 1 or max(len(name), len(other)) > _LONGEST:
        return False
    one, two = (_DIGITS.sub("", part) for part in differing[0])
    return one != two and SequenceMatcher(None, one, two, autojunk=False).ratio() >= _SLIP


class KnownNames(Struct, frozen=True):
    """Names that an unknown one is compared with. A comparison takes the same time among many as among few.

    They are sorted forwards and backwards, so that names with the same beginning or end are neighbours.
    """

    forwards: Sequence[str]
    backwards: Sequence[str]
    folded: Mapping[str, str]
    """By the name without case and separators."""

    @classmethod
    def of(cls, names: Iterable[str]) -> "KnownNames":
        known = sorted(set(names))
        return cls(known, sorted(name[::-1] for name in known), {_fold(name): name for name in known})

    def same(self, wanted: str) -> str:
        """The name that differs in case and separators only; empty if there is none."""
        return self.folded.get(_fold(wanted), "")

    def nearest(self, wanted: str) -> str:
        """The name that was probably meant; empty if none is near.

        Case and separators do not count, and a name may lack a prefix or suffix.
        """
        same = self.same(wanted)
        if same or len(wanted) > _LONGEST:
            return same
        close = closest(wanted, self._around(wanted), _ALIKE)
        if close:
            return close
        ends = [*self._within(wanted), *self._longer(wanted)]
        return ends[0] if len(ends) == 1 else ""

    def _around(self, wanted: str) -> Sequence[str]:
        """The names to compare: all if they are few, else those that begin or end like the unknown one."""
        found = self.forwards
        if len(found) > 4 * _NEIGHBOURS:
            ends = _around(self.backwards, wanted[::-1])
            found = sorted({*_around(self.forwards, wanted), *(name[::-1] for name in ends)})
        return [name for name in found if len(name) <= _LONGEST]

    def _within(self, wanted: str) -> Iterator[str]:
        """The names that follow a hyphen of the unknown one."""
        for place, character in enumerate(wanted):
            if character == "-" and len(wanted) - place - 1 >= _SHORTEST_END:
                end = wanted[place + 1 :]
                if holds(self.forwards, end):
                    yield end

    def _longer(self, wanted: str) -> Iterator[str]:
        """Names that end in a hyphen and the unknown one, two at most."""
        end = f"-{wanted}"[::-1]
        place = bisect_left(self.backwards, end)
        alike = takewhile(lambda name: name.startswith(end), islice(self.backwards, place, None))
        yield from islice((name[::-1] for name in alike if len(name) >= _SHORTEST_END), 2)


def holds(ordered: Sequence[str], name: str) -> bool:
    """Whether a sorted sequence has a name."""
    place = bisect_left(ordered, name)
    return place < len(ordered) and ordered[place] == name


def _around(ordered: Sequence[str], wanted: str) -> Sequence[str]:
    place = bisect_left(ordered, wanted)
    return ordered[max(place - _NEIGHBOURS, 0) : place + _NEIGHBOURS]


def _fold(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(".", "")
