"""Finds twin folders: siblings that hold the same objects are environments, whatever they are called."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from cnilint.gitops.conventions import environment_names

TwinIdentity = tuple[str, str]

_SHARED_KINDS = frozenset(
    (
        "Application",
        "Bucket",
        "GitRepository",
        "HelmRelease",
        "HelmRepository",
        "Kustomization",
        "Namespace",
        "OCIRepository",
    )
)
_COMMON_KINDS = frozenset(("ConfigMap", "Role", "RoleBinding", "Secret", "Service", "ServiceAccount"))
_LOOKS = 256
"""Holders of a folder's objects that are compared: enough to find a twin, and never quadratic."""


def twin_words(identities: Mapping[str, frozenset[TwinIdentity]]) -> dict[str, frozenset[str]]:
    """For each folder the segments in which it has twins.

    ``identities`` maps a folder to the (kind, name) of its objects. Two sibling folders are twins when the smaller
    has at least two objects and half of them, by kind, name and place below, are in the larger too. Where
    environments are expected, one is enough, unless it is of a kind that every program has under its own name.
    """
    below = _below(identities)
    twins = {parent: _twins(siblings, 2) for parent, siblings in below.items() if len(siblings) > 1}
    for parent in twins:
        if _expected(parent, below[parent]):
            twins[parent] |= _twins(_telling(below[parent]), 1)
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


def _below(
    identities: Mapping[str, frozenset[TwinIdentity]],
) -> dict[str, defaultdict[str, set[TwinIdentity]]]:
    """By parent and folder, the objects below; the kind of each begins with the path from there, for comparison."""
    below: defaultdict[str, defaultdict[str, set[TwinIdentity]]] = defaultdict(lambda: defaultdict(set))
    for folder, members in identities.items():
        segments = folder.split("/")
        for depth, segment in enumerate(segments):
            rest = "/".join(segments[depth + 1 :])
            below["/".join(segments[:depth])][segment].update(
                (f"{rest}:{kind}", name) for kind, name in members if kind not in _SHARED_KINDS
            )
    return below


def _expected(parent: str, siblings: Iterable[str]) -> bool:
    """Whether environments are expected below a folder: it is called ``overlays`` or so, or holds one called ``prod``."""
    known = environment_names()
    above = (segment.lower() in known.parents for segment in parent.split("/")[-2:])
    return any(above) or any(name.lower() in known.words for name in siblings)


def _telling(siblings: Mapping[str, set[TwinIdentity]]) -> dict[str, set[TwinIdentity]]:
    return {
        name: {identity for identity in members if identity[0].rpartition(":")[2] not in _COMMON_KINDS}
        for name, members in siblings.items()
    }


def _twins(siblings: Mapping[str, set[TwinIdentity]], least: int) -> set[str]:
    """The siblings that have a twin among the others, with at least so many objects."""
    holders: defaultdict[TwinIdentity, list[str]] = defaultdict(list)
    for name, members in siblings.items():
        for identity in members:
            holders[identity].append(name)
    twins: set[str] = set()
    for name, members in siblings.items():
        if name in twins or len(members) < least:
            continue
        for other, count in _common(members, holders).items():
            smaller = min(len(members), len(siblings[other]))
            if other != name and smaller >= least and 2 * count >= smaller:
                twins.update((name, other))
    return twins


def _common(members: set[TwinIdentity], holders: Mapping[TwinIdentity, Sequence[str]]) -> Counter[str]:
    """How many of the objects each other folder holds; the rarest objects are counted first, up to ``_LOOKS`` holders."""
    shared = [identity for identity in members if len(holders[identity]) > 1]
    looks = _LOOKS - (len(members) - len(shared))
    common: Counter[str] = Counter()
    if looks < 0:
        return common
    for identity in sorted(shared, key=lambda identity: (len(holders[identity]), identity)):
        looks -= len(holders[identity])
        common.update(holders[identity][:_LOOKS])
        if looks < 0:
            break
    return common
