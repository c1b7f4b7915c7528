"""The builds of kustomizations from the cache and for it, and of a run that compares two revisions: a changed file is the only
reason to build again what read it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cnilint.cache.keys import digest
from cnilint.cache.messages import decode_message, encode_message
from cnilint.cache.store import CacheEntry, Store
from cnilint.diagnostics.model import Diagnostic
from cnilint.extract.builds import BuiltObject, FactsKey, ReadBuild, ReadBuilds
from cnilint.extract.listing import Listing
from cnilint.extract.model import ObjectFacts, Rendered
from cnilint.extract.remembered import FactMemory
from cnilint.extract.sourcefiles import FileText
from cnilint.source.base import Source
from cnilint.source.reads import ABSENT

_KIND = "builds"
_ABSENT = {"", ABSENT}
"""How sources and their logs say that there is no file."""
_AT_ONCE = 100
"""Builds that are written in one transaction: a run that is killed loses no more."""


class _StoredBuild(Struct, frozen=True, kw_only=True):
    """``ReadBuild`` without what nodes are needed for, with the facts of all its objects and the texts of its files."""

    rendered: Rendered
    objects: tuple[BuiltObject, ...]
    charts: int
    facts: tuple[tuple[FactsKey, ObjectFacts], ...]
    used: frozenset[str]
    secret_files: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    consulted: dict[str, str]
    absent: dict[str, str]
    texts: dict[str, FileText]


class BuildMemory:
    """What the kustomizations of one source give.

    A build is found again for as long as the list of files is the same, each file that it read has the same content, and
    each that it did not find is absent for the same reason. ``store`` has those of earlier runs, without any object that is
    kept as plain values; the memory of a run that has several sources those of the others, as they are.
    """

    def __init__(self, memory: FactMemory, store: Store | None, source: Source, listed: Listing) -> None:
        skipped = (part for pair in sorted(source.skipped.items()) for part in pair)
        self._listing = digest(
            _KIND, memory.rules, *("\0".join(each) for each in (source.files, listed.paths, skipped))
        )
        self._store = store
        self._shared = None if memory.shared is None else memory.shared.builds
        self._content_of = memory.content_of
        self._new: list[CacheEntry] = []
        self._encoder = msgspec.json.Encoder(enc_hook=encode_message)
        self._decoder = msgspec.json.Decoder(_StoredBuild, dec_hook=decode_message)

    def find(
        self, groups: Sequence[Sequence[str]], absent: Callable[[str], str]
    ) -> tuple[list[ReadBuilds], list[list[str]]]:
        """What is known of groups, and the groups that are left to build. ``absent`` tells why a file is absent."""
        keys = [self._key(folder) for group in groups for folder in group]
        data = {} if self._store is None else self._store.get(keys)
        known: list[ReadBuilds] = []
        others: list[list[str]] = []
        for group in groups:
            left: list[str] = []
            for folder in group:
                key = self._key(folder)
                found = self._shared_builds(key) or self._decoded(data.get(key))
                if found is not None and self._is_current(found.builds[0], absent):
                    known.append(found)
                else:
                    left.append(folder)
            if left:
                others.append(left)
        return known, others

    def add(self, read: ReadBuilds) -> None:
        """Adds builds, those that come from files only."""
        facts = {key: fact for build in read.builds for key, fact in build.new}
        for build in read.builds:
            whole = _by_itself(build, facts, read.texts)
            key = self._key(build.rendered.root)
            if self._shared is not None:
                self._shared[key] = whole
            data = None if self._store is None else self._encoded(whole)
            if data is not None:
                self._new.append(CacheEntry(key, _KIND, data))
        if len(self._new) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Writes what was added."""
        if self._store is not None:
            self._store.put(self._new)
        self._new = []

    def _shared_builds(self, key: bytes) -> ReadBuilds | None:
        return None if self._shared is None else self._shared.get(key)

    def _key(self, folder: str) -> bytes:
        return digest(self._listing, folder)

    def _is_current(self, build: ReadBuild, absent: Callable[[str], str]) -> bool:
        return all(self._is_same(path, content) for path, content in build.consulted.items()) and all(
            absent(path) == reason for path, reason in build.absent.items()
        )

    def _is_same(self, path: str, content: str) -> bool:
        """Whether a file has the same content, or is still absent."""
        now = self._content_of(path)
        return now == content or {now, content} <= _ABSENT

    def _encoded(self, whole: ReadBuilds) -> bytes | None:
        """The build as bytes; None where it is not stored, and for what JSON cannot hold, such as a name that is not Unicode."""
        build = whole.builds[0]
        stored = _StoredBuild(
            rendered=build.rendered,
            objects=build.objects,
            charts=build.charts,
            facts=build.new,
            used=build.used,
            secret_files=build.secret_files,
            diagnostics=build.diagnostics,
            consulted=dict(build.consulted),
            absent=dict(build.absent),
            texts=dict(whole.texts),
        )
        if build.customizations or build.kept or _is_doubtful(stored):
            return None
        try:
            return self._encoder.encode(stored)
        except (UnicodeEncodeError, msgspec.MsgspecError, OverflowError, RecursionError):
            return None

    def _decoded(self, data: bytes | None) -> ReadBuilds | None:
        if data is None:
            return None
        try:
            return _read_builds(self._decoder.decode(data))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None


def _by_itself(
    build: ReadBuild, facts: Mapping[FactsKey, ObjectFacts], texts: Mapping[str, FileText]
) -> ReadBuilds:
    """A build with the facts of all its objects and the texts of its files, whatever was built beside it."""
    own = tuple((key, facts[key]) for key in dict.fromkeys(obj.key for obj in build.objects))
    read = {path: texts[path] for path in build.consulted if path in texts}
    return ReadBuilds(builds=(replace(build, new=own),), texts=read)


def _is_doubtful(stored: _StoredBuild) -> bool:
    """Whether a build may hold a part of a Secret's value: a doubtful key may be one."""
    return any(each.unquotable for fact in _facts(stored) for each in fact.definitions) or any(
        each.unquotable for text in stored.texts.values() for each in text.created
    )


def _facts(stored: _StoredBuild) -> Iterator[ObjectFacts]:
    yield from (fact for _, fact in stored.facts)
    yield from (obj.own for obj in stored.objects if obj.own is not None)


def _read_builds(stored: _StoredBuild) -> ReadBuilds:
    build = ReadBuild(
        rendered=stored.rendered,
        objects=stored.objects,
        charts=stored.charts,
        new=stored.facts,
        used=stored.used,
        secret_files=stored.secret_files,
        diagnostics=stored.diagnostics,
        customizations=(),
        kept=(),
        consulted=stored.consulted,
        absent=stored.absent,
    )
    return ReadBuilds(builds=(build,), texts=stored.texts)
