"""The environment words of a path: ``apps/web/overlays/prod`` says ``prod``.

Two paths belong to the same environment when the words of the one are among the words of the other; two paths
are siblings when they differ in these words only.
"""

import re
from functools import lru_cache

from cnilint.layouts import layouts


@lru_cache(maxsize=65536)
def words_of(folder: str) -> frozenset[str]:
    """The environment words of a folder."""
    return frozenset(word for word in _marked(folder) if word is not None)


@lru_cache(maxsize=65536)
def family_of(folder: str) -> str:
    """The folder with its environment words blanked, the same for all siblings."""
    segments = folder.split("/")
    return "/".join("*" if word else segment for segment, word in zip(segments, _marked(folder), strict=True))


def _marked(folder: str) -> list[str | None]:
    """For each segment of the folder its environment word, or None."""
    known = layouts()
    marked: list[str | None] = []
    below_parent = False
    for segment in folder.split("/"):
        word = known.words.get(segment.lower()) or _inner_word(segment)
        if word is None and below_parent and segment.lower() not in known.shared:
            word = segment.lower()
        marked.append(word)
        below_parent = segment.lower() in known.parents
    return marked


def _inner_word(segment: str) -> str | None:
    """``app-prod`` and ``prod-eu1`` name environments too: the whole segment is the word."""
    known = layouts().words
    parts = re.split(r"[-_.]", segment.lower())
    strong = {"dev", "stage", "prod", "preprod", "uat", "qa"}
    if len(parts) > 1 and any(known.get(part) in strong for part in (parts[0], parts[-1])):
        return segment.lower()
    return None


def is_undeployed(folder: str) -> str | None:
    """The segment by which a folder says that nobody deploys what is in it, or None."""
    undeployed = layouts().undeployed
    return next((segment for segment in folder.split("/") if segment.lower() in undeployed), None)
