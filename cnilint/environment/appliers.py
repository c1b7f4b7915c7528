"""Looks up who applies a folder, by the objects of the repository."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache
from posixpath import dirname

from msgspec.structs import replace

from cnilint.document.patterns import Pattern
from cnilint.gitops.deployers import ANY, Deployment
from cnilint.manifest.names import is_placeholder

_MOST_WILDCARDS = 12
"""Asterisks of a path; one with more may be any folder."""
_MOST_CHARACTERS = 4096
"""Characters of a path with asterisks (PATH_MAX of Linux); a longer one may be any folder."""


class Deployments:
    """The deployments of a repository, by folder."""

    def __init__(self, deployments: Iterable[Deployment], kustomized: Set[str] = frozenset()) -> None:
        """``kustomized`` are the folders that hold a kustomization."""
        self._kustomized = kustomized
        self._by_folder: defaultdict[str, list[Deployment]] = defaultdict(list)
        self._globs: list[Deployment] = []
        self.open = False
        """A deployment may apply any folder."""
        self._choosy = False
        """A deployment excludes files of its folder."""
        for entry in dict.fromkeys(deployments):
            self._choosy = self._choosy or bool(entry.include or entry.exclude)
            if "*" not in entry.path:
                self._by_folder[entry.path].append(_elsewhere(entry))
            elif _is_anything(entry.path):
                self.open = True
            elif not is_placeholder(entry.by):
                # A deployer whose own name is still to be filled in is the template of others, and applies nothing.
                self._globs.append(entry)

    def of(self, folder: str) -> list[Deployment]:
        """The deployments of the folder."""
        found = list(self._by_folder.get(folder, ()))
        if folder:
            found += self._from_above(dirname(folder))
        return found + [there for entry in self._globs if (there := _matched(entry, folder)) is not None]

    def recursed(self, file: str) -> set[str]:
        """The folders that are applied with everything below them, the file included."""
        return {entry.path for entry in self._from_above(dirname(file)) if entry.takes(file)}

    def leaves_out(self, folder: str, file: str) -> bool:
        """Whether every deployment of the folder excludes the file."""
        entries = self.of(folder) if self._choosy else []
        return bool(entries) and not any(entry.takes(file) for entry in entries)

    def passes_over(self, folder: str) -> bool:
        """Whether the folder is not applied, because a kustomization above it decides and does not list it."""
        covered = any(
            entry.recursive for above in ancestors(folder) for entry in self._by_folder.get(above, ())
        )
        return covered and not self.of(folder)

    def _from_above(self, folder: str) -> Iterator[Deployment]:
        """The recursive deployments of the folder and of those above it that reach it."""
        listed = False
        for ancestor in (*ancestors(folder), "") if self._by_folder else ():
            listed = listed or ancestor in self._kustomized
            for entry in self._by_folder.get(ancestor, ()):
                if entry.recursive and not (listed and entry.kustomizes):
                    yield entry


def ancestors(folder: str) -> Iterator[str]:
    """The folder and all above it, without the root of the repository."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _is_anything(glob: str) -> bool:
    """Whether a path with asterisks may be any folder, or is too elaborate to tell."""
    elaborate = glob.count("*") > _MOST_WILDCARDS or len(glob) > _MOST_CHARACTERS
    return elaborate or not glob.replace(ANY, "").strip("/")


def _matched(entry: Deployment, folder: str) -> Deployment | None:
    """The deployment for one folder: a ``*`` of the namespace is what the one in the path matches; None if none."""
    glob = _pattern(entry.path)
    if entry.namespace is None or glob.groups != 1:
        return _elsewhere(entry) if glob.matches(folder) else None
    segment = glob.first_group(folder)
    return None if segment is None else replace(entry, namespace=entry.namespace.replace("*", segment))


def _elsewhere(entry: Deployment) -> Deployment:
    """The deployment without a namespace whose ``*`` the path does not tell."""
    return replace(entry, namespace=None) if "*" in (entry.namespace or "") else entry


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> Pattern:
    """``*`` stays within a segment, as in Argo CD's generator, and is a group; ``**`` is anything."""
    text = re.escape(glob).replace(r"\*\*", ".*").replace(r"\*", "([^/]*)")
    return Pattern(text)
