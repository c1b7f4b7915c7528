"""Compares the names of objects by the words between their separators."""

import re
from collections.abc import Iterator

_WORDS = re.compile(r"[^-._]+")
_GENERAL = frozenset(
    (
        *("config", "configs", "configmap", "credentials", "creds", "env", "envs", "secret", "secrets"),
        *("settings", "cert", "crt", "key", "release", "name"),
    )
)
"""What a name can say of any ConfigMap or Secret. ``release-name`` is Helm's, of a release that has none."""

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


def begins_with(name: str, other: str) -> bool:
    """Whether one name begins with the whole of the other: ``web`` and ``web-login``."""
    return f"{name}-".startswith(f"{other}-") or f"{other}-".startswith(f"{name}-")


def endings(name: str) -> Iterator[str]:
    """The ends of a name that begin with a separator and say at least two words: ``-cluster-ca`` of ``web-cluster-ca``."""
    places = [place for place, character in enumerate(name) if character == "-" and place]
    yield from (name[place:] for place in places[:-1])


def said(name: str) -> Said:
    return frozenset(words_of(name)) - _GENERAL


def words_of(name: str) -> list[str]:
    return _WORDS.findall(name.lower())
