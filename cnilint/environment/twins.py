"""Twin folders: siblings that hold the same objects are environments, whatever they are called."""

from collections import defaultdict
from collections.abc import Mapping

Identity = tuple[str, str]

_SHARED_KINDS = frozenset(("Namespace", "Kustomization", "HelmRelease", "Application"))


def twin_words(identities: Mapping[str, frozenset[Identity]]) -> dict[str, frozenset[str]]:
    """For each folder the segments in which it has twins.

    ``identities`` maps a folder to the (kind, name) of its objects. Two sibling folders are twins when the smaller
    has at least two objects and half of them, by kind and name, are in the larger too.
    """
    below: defaultdict[str, dict[str, set[Identity]]] = defaultdict(dict)
    for folder, members in identities.items():
        segments = folder.split("/")
        for depth, segment in enumerate(segments):
            parent = "/".join(segments[:depth])
            rest = "/".join(segments[depth + 1 :])
            store = below[parent].setdefault(segment, set())
            store.update((f"{rest}:{kind}", name) for kind, name in members if kind not in _SHARED_KINDS)
    words: defaultdict[str, set[str]] = defaultdict(set)
    for folder in identities:
        segments = folder.split("/")
        for depth, segment in enumerate(segments):
            siblings = below["/".join(segments[:depth])]
            if _has_twin(segment, siblings):
                words[folder].add(segment.lower())
    return {folder: frozenset(found) for folder, found in words.items()}


def _has_twin(segment: str, siblings: Mapping[str, set[Identity]]) -> bool:
    own = siblings[segment]
    if len(own) < 2:
        return False
    for other, members in siblings.items():
        if other == segment:
            continue
        smaller = min(len(own), len(members))
        if smaller >= 2 and 2 * len(own & members) >= smaller:
            return True
    return False
