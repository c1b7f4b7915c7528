"""The part of a source that can matter to some live objects, found by their names before anything is parsed.

Parsing costs a hundred times more than looking for a name in the bytes of a file.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from posixpath import basename, dirname, join, normpath

from msgspec import Struct

from cnilint.facts.references import stated
from cnilint.gitops.conventions import gitops_conventions
from cnilint.manifest.object import Object
from cnilint.manifest.pod import POD_TEMPLATES
from cnilint.producers.scripts.find import looks_imperative
from cnilint.reading import Unreadable
from cnilint.regex import regex
from cnilint.source.base import KUSTOMIZATIONS, MANIFESTS, Source

_MOST_NAMES = 50
"""Of more names most files have one: then all are read."""
_CHART = "Chart.yaml"
_TOKEN = regex(rb"[^\s'\"\[\]{},=]+")
_AFFIXES = regex(rb"name(?:Prefix|Suffix):[ \t]*['\"]?([^\s'\",}]+)")
_OPEN_NAME = regex(rb"name:[ \t]*[^\s#]*(?:\$|\{\{)")
"""A name that is filled in later."""
_HASH = regex(r"-[a-z0-9]{10}$")
_CRD = b"CustomResourceDefinition"
_YAML = (".yaml", ".yml")
_SEPARATOR = regex(rb"^---[^\n]*\n?", re.MULTILINE)
_KIND = regex(rb"^kind:[ \t]*['\"]?(\w+)", re.MULTILINE)
_NAMES = regex(rb"\bname:[ \t]*['\"]?([a-z0-9][-a-z0-9.]*)")
_WORKLOADS = frozenset(kind.encode() for _, kind in POD_TEMPLATES)
_ALONE = _WORKLOADS | {_CRD, b"ConfigMap", b"Secret", b"Service", b"ServiceAccount"}
"""Kinds whose objects say nothing of how others are applied."""


class NarrowSource(Struct, frozen=True, kw_only=True):
    """A source with some of its files only, and of some files with the documents that ``reduced`` leaves."""

    whole: Source
    files: Sequence[str]
    selected: Sequence[str]
    reducible: frozenset[str] = frozenset()
    reduced: Callable[[bytes], bytes] = bytes

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

    @property
    def notices(self) -> Sequence[str]:
        return self.whole.notices

    def read(self, path: str) -> bytes | None:
        data = self.whole.read(path)
        return self.reduced(data) if data and path in self.reducible else data


def narrowed(source: Source, objects: Sequence[Object]) -> Source:
    """The source without the files and documents that cannot be about the objects or what they refer to.

    Files that the user names are the manifests: then only their neighbours are read beside them, and what builds or
    deploys them elsewhere is not.
    """
    names = _names(objects)
    reduced: Callable[[bytes], bytes] = bytes
    reducible: frozenset[str] = frozenset()
    if _names_manifests(source):
        folders = frozenset(map(dirname, source.named))
        near = [path for path in source.files if dirname(path) in folders and path.endswith(MANIFESTS)]
        kept = source.named.union(path for path in near if basename(path) not in KUSTOMIZATIONS)
        if len(kept) > len(source.named) and len(names) <= _MOST_NAMES:
            kept = source.named | _Search(source, names, (), kept).hits
    elif len(names) <= _MOST_NAMES:
        search = _Search(source, names, {obj.group for obj in objects}, source.files)
        kept, reduced, reducible = search.needed, search.reduced, search.reducible
    else:
        return source
    return NarrowSource(
        whole=source,
        files=tuple(path for path in source.files if path in kept),
        selected=tuple(path for path in source.selected if path in kept),
        reducible=reducible,
        reduced=reduced,
    )


def without(source: Source, files: Collection[str]) -> Source:
    """The source without some files, by their paths from its root."""
    if not any(path in files for path in source.files):
        return source
    return NarrowSource(
        whole=source,
        files=tuple(path for path in source.files if path not in files),
        selected=tuple(path for path in source.selected if path not in files),
    )


def _names_manifests(source: Source) -> bool:
    """Whether all that the user points at are files, and none of them says how others are built."""
    named = all(path in source.named for path in source.selected)
    return bool(source.named) and named and not any(basename(path) in KUSTOMIZATIONS for path in source.named)


def _names(objects: Sequence[Object]) -> dict[str, bool]:
    """The names of objects and of what they refer to, with and without the hash of a generator; whether each is the name
    of an object itself. Of too many objects to search for, only their names: what they refer to is not looked up."""
    own = {obj.name for obj in objects}
    found = dict.fromkeys(own, True)
    for obj in objects if len(own) <= _MOST_NAMES else ():
        for reference in stated(obj).references:
            if reference.name:
                found.setdefault(reference.name, False)
    for name, is_own in list(found.items()):
        found[_HASH.sub("", name)] = is_own or found.get(_HASH.sub("", name), False)
    return found


class _Search:
    """Looks for names in files. ``names`` says of each whether it is the name of an object itself; ``groups`` are those of
    the APIs whose definitions matter."""

    def __init__(
        self, source: Source, names: Mapping[str, bool], groups: Collection[str], files: Collection[str]
    ) -> None:
        self._source = source
        self._files = frozenset(files)
        self._kustomizations = {
            dirname(path): data
            for path in files
            if basename(path) in KUSTOMIZATIONS and (data := self._read(path)) is not None
        }
        self._wanted = [
            (name.encode(), _whole(name.encode()), is_own)
            for name, is_own in self._with_affixes(names).items()
        ]
        conventions = gitops_conventions()
        groups_of_tools = {kind.group for kind in conventions.deployers}
        groups_of_tools |= {kind.group for kind in conventions.repositories}
        self._marks = tuple(group.encode() for group in sorted(groups_of_tools))
        self._fillers = {
            kind.substitute_from.rpartition(".")[2].encode()
            for kind in conventions.deployers
            if kind.substitute_from
        }
        # The group of a custom resource has a dot: https://kubernetes.io/docs/reference/using-api/#api-groups
        self._groups = tuple(group.encode() for group in groups if "." in group)

    @cached_property
    def hits(self) -> frozenset[str]:
        """The files that have one of the names, or a name that is filled in later."""
        return frozenset(path for path in self._files if self._is_hit(path, ()))

    @cached_property
    def needed(self) -> frozenset[str]:
        """The files that have one of the names, deployers, and all that the kustomizations of such files use."""
        always = {_CHART, *gitops_conventions().hydrated}
        found = {path for path in self._files if basename(path) in always or self._is_hit(path, self._marks)}
        filled = self._filled_from(found)
        if filled:
            self._wanted += [(name, _whole(name), False) for name in filled]
            found |= {path for path in self._files - found if self._is_hit(path, ())}
        uses = self._uses
        folders = _growing(
            {folder for folder in uses if found & self._own(folder, uses[folder])},
            lambda known: {folder for folder, used in uses.items() if known & used},
        )
        folders = _growing(
            folders, lambda known: {used for one in known for used in uses[one] if used in uses}
        )
        return self._source.named.union(found, *(self._own(folder, uses[folder]) for folder in folders))

    @cached_property
    def reducible(self) -> frozenset[str]:
        """The needed files that are neither named by the user nor used by a kustomization."""
        used: frozenset[str] = frozenset().union(*self._uses.values())
        plain = self.needed - self._source.named - used
        return frozenset(
            path for path in plain if path.endswith(_YAML) and basename(path) not in KUSTOMIZATIONS
        )

    def reduced(self, data: bytes) -> bytes:
        """A stream of documents with empty lines in place of those that are not needed."""
        if b"\0" in data or data.lstrip().startswith(b"{"):
            return data
        parts: list[bytes] = []
        for separator, document in _documents(data):
            is_dropped = _is_alone(document) and not self._matters(document, self._marks)
            parts += (separator, b"\n" * document.count(b"\n") if is_dropped else document)
        return b"".join(parts)

    @cached_property
    def _uses(self) -> Mapping[str, frozenset[str]]:
        return {folder: frozenset(self._used(folder)) for folder in self._kustomizations}

    def _filled_from(self, files: Iterable[str]) -> set[bytes]:
        """The names in deployers that take values from ConfigMaps and Secrets: what has these values is among them."""
        found: set[bytes] = set()
        for path in files:
            data = self._read(path) or b""
            for _, document in _documents(data) if any(mark in data for mark in self._fillers) else ():
                if any(mark in document for mark in self._fillers):
                    found.update(_NAMES.findall(document))
        return found.difference(name for name, _, _ in self._wanted)

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
        if b"\0" in data:
            # A name in UTF-16 is not found.
            return path.endswith(MANIFESTS)
        if not path.endswith(MANIFESTS):
            return bool(self._hits(data)) or any(mark in data for mark in marks)
        return any(self._matters(document, marks) for _, document in _documents(data))

    def _matters(self, document: bytes, marks: Iterable[bytes]) -> bool:
        """Whether a document has one of the names, a mark, or a name that is filled in later, or may define the kind of
        an object. What only reads an object that others read, too, does not matter to them."""
        hits = self._hits(document)
        if any(hits) or (hits and not _only_reads(document)):
            return True
        if any(mark in document for mark in marks) or _OPEN_NAME.search(document) is not None:
            return True
        return _CRD in document and any(group in document for group in self._groups)

    def _hits(self, data: bytes) -> list[bool]:
        """Of each name that a text has, whether it is the name of an object itself."""
        return [is_own for name, whole, is_own in self._wanted if name in data and whole.search(data)]

    def _with_affixes(self, names: Mapping[str, bool]) -> Mapping[str, bool]:
        """The names, and those that become one of them by what a kustomization puts before or behind."""
        affixes = {
            found.decode("utf-8", "replace")
            for data in self._kustomizations.values()
            for found in _AFFIXES.findall(data)
        }
        found = dict(names)
        for shorter in (str.removeprefix, str.removesuffix):
            for name, is_own in list(found.items()):
                for affix in affixes:
                    bare = shorter(name, affix)
                    found[bare] = is_own or found.get(bare, False)
        return {name: is_own for name, is_own in found.items() if name}

    def _read(self, path: str) -> bytes | None:
        try:
            return self._source.read(path)
        except Unreadable:
            return None


def _documents(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The documents of a stream, each with the separator line before it."""
    separator, start = b"", 0
    for match in _SEPARATOR.finditer(data):
        yield separator, data[start : match.start()]
        separator, start = match[0], match.end()
    yield separator, data[start:]


def _only_reads(document: bytes) -> bool:
    """Whether a document is a workload, which defines no other object unless a command in it does."""
    return _is_one_of(_WORKLOADS, document) and not looks_imperative(document)


def _is_alone(document: bytes) -> bool:
    """Whether a document is an object that says nothing of how others are applied."""
    return _is_one_of(_ALONE, document)


def _is_one_of(kinds: Collection[bytes], document: bytes) -> bool:
    found = _KIND.findall(document)
    return len(found) == 1 and found[0] in kinds


def _whole(name: bytes) -> re.Pattern[bytes]:
    """A name that is not a part of a longer one. It is searched for only where the name is."""
    return re.compile(rb"(?<![a-z0-9-])" + re.escape(name) + rb"(?![a-z0-9-])")


def _growing(start: set[str], more: Callable[[set[str]], set[str]]) -> set[str]:
    """The start and what it leads to, step by step."""
    found, new = set(start), set(start)
    while new:
        new = more(new) - found
        found |= new
    return found
