"""Compares the names of objects by the words between their separators."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import takewhile

from cnilint.diagnostics.suggest import holds
from cnilint.regex import regex

_WORDS = regex(r"[^-._]+")
_GENERAL = frozenset(
    (
        *("config", "configs", "configmap", "credentials", "creds", "env", "envs", "secret", "secrets"),
        *("settings", "cert", "crt", "key", "release", "name"),
    )
)
"""What a name can say of any ConfigMap or Secret. ``release-name`` is Helm's, of a release that has none."""

_FEW = 8
"""Names that begin with another; more are no evidence for one."""

Said = frozenset[str]
"""The words of a name that are not general."""


def are_related(name: str, other: str, key: str) -> bool:
    """Whether two names begin alike or share several words; a word of the key says nothing of either.

    A whole name with which the other one begins does: ``web`` for ``web-login``.
    """
    one, two = words_of(name), words_of(other)
    if two == one[: len(two)] or one == two[: len(one)]:
        return True
    shared = (said(name) & said(other)).difference(words_of(key))
    return len(shared) > 1 or (bool(shared) and one[0] == two[0])


def related_in(ordered: Sequence[str], name: str) -> Iterator[str]:
    """Of sorted names, those with which a name begins, and a few that begin with it: ``web`` and ``web-login``."""
    shorter = (name[:place] for place, character in enumerate(name) if character == "-")
    yield from (each for each in shorter if holds(ordered, each))
    place = bisect_left(ordered, f"{name}-")
    yield from takewhile(lambda each: each.startswith(f"{name}-"), ordered[place : place + _FEW])


def endings(name: str) -> Iterator[str]:
    """The ends of a name that begin with a separator and say at least two words: ``-cluster-ca`` of ``web-cluster-ca``."""
    places = [place for place, character in enumerate(name) if character == "-" and place]
    yield from (name[place:] for place in places[:-1])


@lru_cache(maxsize=8192)
def said(name: str) -> Said:
    return frozenset(words_of(name)) - _GENERAL


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(name.lower()))
