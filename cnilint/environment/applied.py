"""Who applies a folder, by what the repository itself says."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from posixpath import dirname

from cnilint.layouts import ANY, Deployment


class Appliers:
    """The statements that folders are applied, looked up by folder."""

    def __init__(self, deployments: Iterable[Deployment]) -> None:
        self._by_folder: defaultdict[str, list[Deployment]] = defaultdict(list)
        self._globs: list[Deployment] = []
        self.open = False
        """Some statement leaves the folder open altogether, so that any may be applied."""
        for entry in dict.fromkeys(deployments):
            if not entry.path.replace(ANY, "").strip("/"):
                self.open = self.open or bool(entry.path)
            elif "*" in entry.path:
                self._globs.append(entry)
            if "*" not in entry.path:
                self._by_folder[entry.path].append(entry)

    def of(self, folder: str) -> list[Deployment]:
        """The statements that apply the folder."""
        found = list(self._by_folder.get(folder, ()))
        for ancestor in ancestors(dirname(folder) if folder else ""):
            found += [entry for entry in self._by_folder.get(ancestor, ()) if entry.recursive]
        if folder:
            found += [entry for entry in self._by_folder.get("", ()) if entry.recursive]
        return found + [entry for entry in self._globs if _pattern(entry.path).fullmatch(folder)]

    def recurses(self, folder: str) -> bool:
        """Whether the folder is applied with all that is below it."""
        return any(entry.recursive for entry in self._by_folder.get(folder, ()))


def ancestors(folder: str) -> Iterator[str]:
    """The folder and all above it, without the root of the repository."""
    while folder:
        yield folder
        folder = dirname(folder)


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    """``*`` stays within a segment, as in Argo CD's generator; ``**`` is anything."""
    text = re.escape(glob).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile(text)
