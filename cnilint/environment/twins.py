"""Twin folders: siblings that hold the same objects are environments, whatever they are called."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from cnilint.layouts import layouts

Identity = tuple[str, str]

_SHARED_KINDS = frozenset(("Namespace", "Kustomization", "HelmRelease", "Application"))
_LOOKS = 256
"""So many holders of its objects are looked at for one folder: enough to find a twin, and never quadratic."""


def twin_words(identities: Mapping[str, frozenset[Identity]]) -> dict[str, frozenset[str]]:
    """For each folder the segments in which it has twins.

    ``identities`` maps a folder to the (kind, name) of its objects. Two sibling folders are twins when the smaller
    has at least two objects, or is beside a folder that everybody would take for an environment, and half of its
    objects, by kind, name and place below, are in the larger too.
    """
    below: defaultdict[str, defaultdict[str, set[Identity]]] = defaultdict(lambda: defaultdict(set))
    for folder, members in identities.items():
        segments = folder.split("/")
        for depth, segment in enumerate(segments):
            rest = "/".join(segments[depth + 1 :])
            below["/".join(segments[:depth])][segment].update(
                (f"{rest}:{kind}", name) for kind, name in members if kind not in _SHARED_KINDS
            )
    twins = {parent: _twins(siblings) for parent, siblings in below.items() if len(siblings) > 1}
    words: dict[str, frozenset[str]] = {}
    for folder in identities:
        segments = folder.split("/")
        found = {
            segment.lower()
            for depth, segment in enumerate(segments)
            if segment in twins.get("/".join(segments[:depth]), ())
        }
        if found:
            words[folder] = frozenset(found)
    return words


def _twins(siblings: Mapping[str, set[Identity]]) -> set[str]:
    """The siblings that have a twin among the others."""
    holders: defaultdict[Identity, list[str]] = defaultdict(list)
    for name, members in siblings.items():
        for identity in members:
            holders[identity].append(name)
    least = 1 if any(name.lower() in layouts().words for name in siblings) else 2
    twins: set[str] = set()
    for name, members in siblings.items():
        if name in twins or len(members) < least:
            continue
        common: Counter[str] = Counter()
        looks = _LOOKS
        for identity in sorted(members, key=lambda identity: (len(holders[identity]), identity)):
            if looks < 0:
                break
            looks -= len(holders[identity])
            common.update(holders[identity][:_LOOKS])
        for other, count in common.items():
            smaller = min(len(members), len(siblings[other]))
            if other != name and smaller >= least and 2 * count >= smaller:
                twins.update((name, other))
    return twins
