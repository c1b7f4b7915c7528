"""Reads the environment words of a path: ``apps/web/overlays/prod`` has ``prod``, and differs from ``.../dev`` only in it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from cnilint.gitops.conventions import environment_names
from cnilint.regex import regex

Words = frozenset[str]
"""Environment words: ``prod``, or ``prod`` and ``prod-eu1``."""


class FolderPlace(NamedTuple):
    """The environment words of a path.

    ``family`` is the path without its words, the same for all siblings; ``anchor`` the folder that ends with the
    first word, empty without one; ``outer`` are the words of that folder alone.
    """

    words: Words
    family: str
    anchor: str
    outer: Words = frozenset()


@lru_cache(maxsize=65536)
def place_of(path: str, twins: frozenset[str] = frozenset()) -> FolderPlace:
    """The environment words of a folder or file. ``twins`` are segments that are words because of what they hold."""
    segments = path.split("/")
    words: set[str] = set()
    family: list[str] = []
    anchor = ""
    outer: Words = frozenset()
    for depth, (said, rest) in enumerate(_read(segments, twins)):
        words |= said
        if rest:
            family.append(rest)
        if said and not anchor:
            outer = frozenset(said)
            is_file = _FILE.search(segments[depth]) is not None
            anchor = "/".join(
                [*segments[:depth], *(sorted(said) if is_file else segments[depth : depth + 1])]
            )
    return FolderPlace(words=frozenset(words), family="/".join(family), anchor=anchor, outer=outer)


def words_of(path: str) -> Words:
    """The environment words of a folder or file."""
    return place_of(path).words


def common_words_of(name: str) -> Words:
    """The environment words of a name that are common to many repositories."""
    return frozenset(word for word in words_of(name) if is_common_word(word))


def is_common_word(word: str) -> bool:
    """Whether many repositories use the word for an environment."""
    return word in environment_names().words.values()


def is_undeployed(folder: str) -> str | None:
    """The segment by which a folder is not deployed, such as ``examples`` or ``_examples``; None if there is none."""
    undeployed = environment_names().undeployed
    return next(
        (
            segment
            for segment in folder.split("/")
            if segment.lower() in undeployed or segment.lower().lstrip("._") in undeployed
        ),
        None,
    )


def base_of(folder: str) -> str:
    """The folder or the one above it of which environments are made, such as ``app/base``; empty if there is none."""
    segments = folder.split("/")
    for depth in range(len(segments), 0, -1):
        if segments[depth - 1].lower() in environment_names().bases:
            return "/".join(segments[:depth])
    return ""


def is_sample(name: str) -> bool:
    """Whether the name of a file says that it only shows what the real one looks like: ``secret.example.yaml``."""
    return not environment_names().samples.isdisjoint(re.split(r"[._-]", _FILE.sub("", name.lower())))


_FILE = regex(r"\.(ya?ml|json)$")


def _read(segments: list[str], twins: frozenset[str]) -> Iterator[tuple[set[str], str]]:
    """For each segment its environment words, and the rest of it."""
    known = environment_names()
    below_parent = False
    for segment in segments:
        text = _FILE.sub("", segment.lower())
        is_file = text != segment.lower()
        if text in known.words:
            yield {known.words[text]}, ""
        elif text in twins or (below_parent and text not in known.shared):
            yield {text, *_inner(text)[0]}, ""
        else:
            said, rest = _inner(text)
            if said and not is_file:
                said.add(text)
                rest = "" if text.endswith(rest) else rest
            yield said, rest
        below_parent = text in known.parents


def _inner(text: str) -> tuple[set[str], str]:
    """The environment word at the beginning or the end of a segment (``prod-eu1``, ``app-prod``), and its rest.

    The rest of ``app-prod`` is a program that other environments have too; that of ``prod-eu1`` is a cluster.
    ``prod-to-stage`` is about both.
    """
    known = environment_names()
    parts = re.split(r"[-_.]", text)
    ends = [known.words.get(part) if len(parts) > 1 else None for part in (parts[0], parts[-1])]
    first, last = (word if word in known.inner else None for word in ends)
    if first is not None and last is not None and first != last:
        return {first, last}, "-".join(parts[1:-1])
    if first is not None:
        return {first}, "-".join(parts[1:])
    if last is not None:
        return {last}, "-".join(parts[:-1])
    return set(), text
