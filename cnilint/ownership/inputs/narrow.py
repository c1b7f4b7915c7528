"""The part of a source that can matter to some live objects, found by their names before anything is parsed.

Parsing costs a hundred times more than looking for a name in the bytes of a file.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from posixpath import basename, dirname, join, normpath

from cnilint.facts.references import stated
from cnilint.gitops.conventions import gitops_conventions
from cnilint.manifest.object import Object
from cnilint.reading import Unreadable
from cnilint.source.base import KUSTOMIZATIONS, MANIFESTS, Source

_MOST_NAMES = 50
"""Of more names most files have one: then all are read."""
_CHART = "Chart.yaml"
_TOKEN = re.compile(rb"[^\s'\"\[\]{},=]+")
_AFFIXES = re.compile(rb"name(?:Prefix|Suffix):[ \t]*['\"]?([^\s'\",}]+)")
_OPEN_NAME = re.compile(rb"name:[ \t]*[^\s#]*(?:\$|\{\{)")
"""A name that is filled in later."""
_HASH = re.compile(r"-[a-z0-9]{10}$")
_CRD = b"CustomResourceDefinition"


@dataclass(kw_only=True, frozen=True, slots=True)
class NarrowSource:
    """A source with some of its files only."""

    whole: Source
    files: Sequence[str]
    selected: Sequence[str]

    @property
    def root(self) -> str:
        return self.whole.root

    @property
    def revision(self) -> str | None:
        return self.whole.revision

    @property
    def named(self) -> frozenset[str]:
        return self.whole.named

    @property
    def base(self) -> str:
        return self.whole.base

    @property
    def skipped(self) -> Mapping[str, str]:
        return self.whole.skipped

    def read(self, path: str) -> bytes | None:
        return self.whole.read(path)


def narrowed(source: Source, objects: Sequence[Object]) -> Source:
    """The source without the files that cannot be about the objects or what they refer to.

    Files that the user names are the manifests: then only their neighbours are read beside them, and what builds or
    deploys them elsewhere is not.
    """
    names = _names(objects)
    if _names_manifests(source):
        folders = frozenset(map(dirname, source.named))
        near = [path for path in source.files if dirname(path) in folders and path.endswith(MANIFESTS)]
        kept = source.named.union(path for path in near if basename(path) not in KUSTOMIZATIONS)
        if len(kept) > len(source.named) and len(names) <= _MOST_NAMES:
            kept = source.named | _Search(source, names, kept).hits
    elif len(names) <= _MOST_NAMES:
        kept = _Search(source, names, source.files).needed()
    else:
        return source
    files = tuple(path for path in source.files if path in kept)
    return NarrowSource(
        whole=source, files=files, selected=tuple(path for path in source.selected if path in kept)
    )


def _names_manifests(source: Source) -> bool:
    """Whether all that the user points at are files, and none of them says how others are built."""
    named = all(path in source.named for path in source.selected)
    return bool(source.named) and named and not any(basename(path) in KUSTOMIZATIONS for path in source.named)


def _names(objects: Sequence[Object]) -> frozenset[str]:
    """The names of objects and of what they refer to, with and without the hash of a generator. Of too many objects to
    search for, only their names: what they refer to is not looked up."""
    found = {obj.name for obj in objects}
    for obj in objects if len(found) <= _MOST_NAMES else ():
        found.update(reference.name for reference in stated(obj).references if reference.name)
    return frozenset(found | {_HASH.sub("", name) for name in found})


class _Search:
    """Looks for names in files."""

    def __init__(self, source: Source, names: Collection[str], files: Collection[str]) -> None:
        self._source = source
        self._files = frozenset(files)
        self._kustomizations = {
            dirname(path): data
            for path in files
            if basename(path) in KUSTOMIZATIONS and (data := self._read(path)) is not None
        }
        self._wanted = [(name.encode(), _whole(name)) for name in self._with_affixes(names)]
        self._marks = (*(kind.group.encode() for kind in gitops_conventions().deployers), _CRD)

    @cached_property
    def hits(self) -> frozenset[str]:
        """The files that have one of the names, or a name that is filled in later."""
        return frozenset(path for path in self._files if self._is_hit(path, ()))

    def needed(self) -> frozenset[str]:
        """The files that have one of the names, deployers, and all that the kustomizations of such files use."""
        always = {_CHART, *gitops_conventions().hydrated}
        found = {path for path in self._files if basename(path) in always or self._is_hit(path, self._marks)}
        uses = {folder: frozenset(self._used(folder)) for folder in self._kustomizations}
        folders = _growing(
            {folder for folder in uses if found & self._own(folder, uses[folder])},
            lambda known: {folder for folder, used in uses.items() if known & used},
        )
        folders = _growing(
            folders, lambda known: {used for one in known for used in uses[one] if used in uses}
        )
        return self._source.named.union(found, *(self._own(folder, uses[folder]) for folder in folders))

    def _own(self, folder: str, used: Iterable[str]) -> frozenset[str]:
        """The kustomization of a folder and the files that it uses."""
        names = (join(folder, name) for name in KUSTOMIZATIONS)
        return frozenset(path for path in (*names, *used) if path in self._files)

    def _used(self, folder: str) -> Iterator[str]:
        """The files and folders that a kustomization may name."""
        for token in frozenset(_TOKEN.findall(self._kustomizations[folder])):
            path = normpath(join(folder, token.decode("utf-8", "replace")))
            path = "" if path == "." else path
            if path in self._files or (path in self._kustomizations and path != folder):
                yield path

    def _is_hit(self, path: str, marks: Iterable[bytes]) -> bool:
        data = self._read(path)
        if not data:
            return False
        if any(name in data and whole.search(data) for name, whole in self._wanted):
            return True
        if any(mark in data for mark in marks):
            return True
        return path.endswith(MANIFESTS) and _OPEN_NAME.search(data) is not None

    def _with_affixes(self, names: Collection[str]) -> Iterable[str]:
        """The names, and those that become one of them by what a kustomization puts before or behind."""
        affixes = {
            found.decode("utf-8", "replace")
            for data in self._kustomizations.values()
            for found in _AFFIXES.findall(data)
        }
        bare = {name.removeprefix(affix) for name in names for affix in affixes}
        bare |= {name.removesuffix(affix) for name in (*names, *bare) for affix in affixes}
        return {name for name in (*names, *bare) if name}

    def _read(self, path: str) -> bytes | None:
        try:
            return self._source.read(path)
        except Unreadable:
            return None


def _whole(name: str) -> re.Pattern[bytes]:
    """A name that is not a part of a longer one. It is searched for only where the name is."""
    return re.compile(rb"(?<![a-z0-9-])" + re.escape(name.encode()) + rb"(?![a-z0-9-])")


def _growing(start: set[str], more: Callable[[set[str]], set[str]]) -> set[str]:
    """The start and what it leads to, step by step."""
    found, new = set(start), set(start)
    while new:
        new = more(new) - found
        found |= new
    return found
