"""Finds twin folders: siblings that hold the same objects are environments, whatever they are called."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct, field

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
    twins = {parent: _twins(siblings, 2) for parent, siblings in below.items()}
    for parent in twins:
        if _expected(parent, below[parent]):
            twins[parent] |= _twins({name: members.telling() for name, members in below[parent].items()}, 1)
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


def lone(identities: Mapping[str, frozenset[TwinIdentity]]) -> set[str]:
    """The folders that have no twin, and whose words no twin decides, whatever they hold that no other folder does: at each
    step of the path all siblings are called after environments anyway, or none of them has an object of this one."""
    words = environment_names().words
    together: set[tuple[str, str]] = set()
    for parent, siblings in _below(identities).items():
        if not all(name.lower() in words for name in siblings):
            holders = Counter(chain.from_iterable(members.shared for members in siblings.values()))
            together.update(
                (parent, name)
                for name, members in siblings.items()
                if any(holders[each] > 1 for each in members.shared)
            )
    return {
        folder
        for folder in identities
        if together.isdisjoint((parent, name) for parent, name, _ in _steps(folder))
    }


class _Members(Struct):
    """The objects below a folder. ``shared`` are those that other folders hold, too: the kind of each begins with the path from
    there, for comparison. Of the others, which most are, only their number counts: how many are ``alone``, and how many of
    these are of a ``telling_alone`` kind."""

    shared: set[TwinIdentity] = field(default_factory=set)
    alone: int = 0
    telling_alone: int = 0

    @property
    def size(self) -> int:
        return len(self.shared) + self.alone

    def telling(self) -> "_Members":
        """Those of kinds that not every program has under its own name."""
        shared = {each for each in self.shared if each[0].rpartition(":")[2] not in _COMMON_KINDS}
        return _Members(shared, self.telling_alone, self.telling_alone)


def _below(identities: Mapping[str, frozenset[TwinIdentity]]) -> dict[str, dict[str, _Members]]:
    """By parent and folder, the objects below, of parents with several folders."""
    below: defaultdict[str, dict[str, _Members]] = defaultdict(dict)
    for folder in identities:
        for parent, segment, _ in _steps(folder):
            below[parent].setdefault(segment, _Members())
    holders = Counter(chain.from_iterable(identities.values()))
    for folder, members in identities.items():
        counted = [each for each in members if each[0] not in _SHARED_KINDS]
        shared = [each for each in counted if holders[each] > 1]
        alone = [each for each in counted if holders[each] == 1]
        telling = sum(kind not in _COMMON_KINDS for kind, _ in alone)
        for parent, segment, rest in _steps(folder):
            if len(below[parent]) > 1:
                found = below[parent][segment]
                found.shared.update((f"{rest}:{kind}", name) for kind, name in shared)
                found.alone += len(alone)
                found.telling_alone += telling
    return {parent: siblings for parent, siblings in below.items() if len(siblings) > 1}


def _steps(folder: str) -> Iterator[tuple[str, str, str]]:
    """The parents of a folder, each with the segment below it and the path from there."""
    segments = folder.split("/")
    for depth, segment in enumerate(segments):
        yield "/".join(segments[:depth]), segment, "/".join(segments[depth + 1 :])


def _expected(parent: str, siblings: Iterable[str]) -> bool:
    """Whether environments are expected below a folder: it is called ``overlays`` or so, or holds one called ``prod``."""
    known = environment_names()
    above = (segment.lower() in known.parents for segment in parent.split("/")[-2:])
    return any(above) or any(name.lower() in known.words for name in siblings)


def _twins(siblings: Mapping[str, _Members], least: int) -> set[str]:
    """The siblings that have a twin among the others, with at least so many objects."""
    holders: defaultdict[TwinIdentity, list[str]] = defaultdict(list)
    for name, members in siblings.items():
        for identity in members.shared:
            holders[identity].append(name)
    twins: set[str] = set()
    for name, members in siblings.items():
        if name in twins or members.size < least:
            continue
        for other, count in _common(members, holders).items():
            smaller = min(members.size, siblings[other].size)
            if other != name and smaller >= least and 2 * count >= smaller:
                twins.update((name, other))
    return twins


def _common(members: _Members, holders: Mapping[TwinIdentity, Sequence[str]]) -> Counter[str]:
    """How many of the objects each folder holds that others hold, too; the rarest are counted first, up to ``_LOOKS`` holders."""
    common: Counter[str] = Counter()
    shared = [identity for identity in members.shared if len(holders[identity]) > 1]
    looks = _LOOKS - (members.size - len(shared))
    for identity in sorted(shared, key=lambda identity: (len(holders[identity]), identity)):
        if looks < 0:
            break
        looks -= len(holders[identity])
        common.update(holders[identity][:_LOOKS])
    return common
