"""Which deployments apply folders of this repository, and which those of another one where a path is here by chance.

No manifest says which repository it is in, so the paths decide: of all sources that deployers name, this repository is
the one of which the most paths are here. A source that the manifests do not define is never taken for another one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from posixpath import dirname

from msgspec import Struct, field

from cnilint.document import string
from cnilint.gitops.conventions import gitops_conventions
from cnilint.gitops.deployers import ANY, Deployment, normalized
from cnilint.manifest.object import Object

_GIT = "GitRepository/"


class SourceAddress(Struct, frozen=True):
    """An object that names a source: ``key`` is what deployers refer to it by, ``address`` where it is fetched from."""

    key: str
    address: str


def source_address(obj: Object) -> SourceAddress | None:
    """The source that an object defines; None for any other object."""
    for known in gitops_conventions().repositories:
        if obj.kind == known.kind and obj.group == known.group:
            parts = [string(obj.node, *path.split(".")) or "" for path in known.address]
            return SourceAddress(f"{obj.kind}/{obj.name}", normalized("/".join(filter(None, parts))))
    return None


def with_parents(folders: Iterable[str]) -> frozenset[str]:
    """The folders and all above them, without the root of the repository."""
    found: set[str] = set()
    for folder in folders:
        above = folder
        while above and above not in found:
            found.add(above)
            above = dirname(above)
    return frozenset(found)


class _Votes(Struct):
    """The paths of one source, by whether they are here."""

    here: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)


class Repositories:
    """Tells the deployments of this repository from those of others."""

    def __init__(
        self, deployments: Iterable[Deployment], sources: Iterable[SourceAddress], folders: Set[str]
    ) -> None:
        """``folders`` are those of the repository, all their parents included."""
        self._addresses: Mapping[str, str] = {each.key: each.address for each in sources}
        votes = self._votes(deployments, folders)
        most = max((len(vote.here) for vote in votes.values()), default=0)
        self._own = frozenset(address for address, vote in votes.items() if most and len(vote.here) == most)
        self._names = frozenset(address.rpartition("/")[2] for address in self._own)

    def is_here(self, entry: Deployment) -> bool:
        """Whether the deployment applies a folder of this repository, as far as the manifests tell."""
        known = entry.repository or self._addresses.get(entry.source_ref, "")
        if not known or ANY in known or known in self._own:
            return True
        if not self._own:
            return entry.path != "" or entry.source_ref.startswith(_GIT)
        return known.rpartition("/")[2] in self._names

    def _votes(self, deployments: Iterable[Deployment], folders: Set[str]) -> Mapping[str, _Votes]:
        """The paths of each source that can be looked for."""
        votes: defaultdict[str, _Votes] = defaultdict(_Votes)
        for entry in deployments:
            address = self._address(entry)
            if address and entry.path and "*" not in entry.path:
                vote = votes[address]
                (vote.here if entry.path in folders else vote.elsewhere).add(entry.path)
        return votes

    def _address(self, entry: Deployment) -> str:
        """What tells the source of a deployment from others."""
        return entry.repository or self._addresses.get(entry.source_ref, entry.source_ref)
