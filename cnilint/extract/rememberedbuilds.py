"""The builds of kustomizations from the cache and for it: a changed file is the only reason to build again what read it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from cnilint.cache.keys import digest
from cnilint.cache.messages import decode_message, encode_message
from cnilint.cache.store import CacheEntry
from cnilint.diagnostics.model import Diagnostic
from cnilint.extract.builds import BuiltObject, FactsKey, ReadBuild, ReadBuilds
from cnilint.extract.listing import Listing
from cnilint.extract.model import ObjectFacts, Rendered
from cnilint.extract.remembered import FactMemory
from cnilint.extract.sourcefiles import FileText
from cnilint.facts.model import Definition
from cnilint.source.base import Source

_KIND = "builds"


class _StoredBuild(Struct, frozen=True, kw_only=True):
    """``ReadBuild`` without nodes: what changes other kustomizations is not stored."""

    rendered: Rendered
    objects: tuple[BuiltObject, ...]
    charts: int
    new: tuple[tuple[FactsKey, ObjectFacts], ...]
    used: frozenset[str]
    secret_files: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]


class _StoredBuilds(Struct, frozen=True, kw_only=True):
    """``ReadBuilds`` of a group."""

    builds: tuple[_StoredBuild, ...]
    texts: dict[str, FileText]
    packed: int
    consulted: dict[str, str]
    absent: dict[str, str]


class BuildMemory:
    """What the groups of kustomizations of one source give.

    A group is found again for as long as the list of files is the same, each file that it read has the same content, and
    each that it did not find is absent for the same reason.
    """

    def __init__(self, memory: FactMemory, source: Source, listed: Listing) -> None:
        skipped = (part for pair in sorted(source.skipped.items()) for part in pair)
        self._listing = digest(
            _KIND, memory.rules, *("\0".join(each) for each in (source.files, listed.paths, skipped))
        )
        self._store = memory.store
        self._content_of = memory.content_of
        self._new: list[CacheEntry] = []
        self._encoder = msgspec.json.Encoder(enc_hook=encode_message)
        self._decoder = msgspec.json.Decoder(_StoredBuilds, dec_hook=decode_message)

    def find(self, groups: Sequence[Sequence[str]], absent: Callable[[str], str]) -> Mapping[int, ReadBuilds]:
        """What is known of groups, by their numbers. ``absent`` tells why a file is absent."""
        keys = {self._key(group): number for number, group in enumerate(groups)}
        found = {
            keys[key]: stored
            for key, data in self._store.get(list(keys)).items()
            if (stored := self._decoded(data)) is not None and self._is_current(stored, absent)
        }
        return {number: _read_builds(found[number]) for number in sorted(found)}

    def add(self, group: Sequence[str], read: ReadBuilds) -> None:
        """Adds what a group gives, if the files that it read are all that it comes from."""
        if _is_stored(read):
            data = self._encoded(read)
            if data is not None:
                self._new.append(CacheEntry(self._key(group), _KIND, data))

    def flush(self) -> None:
        """Writes what was added."""
        self._store.put(self._new)
        self._new = []

    def _key(self, group: Sequence[str]) -> bytes:
        return digest(self._listing, *group)

    def _is_current(self, stored: _StoredBuilds, absent: Callable[[str], str]) -> bool:
        return all(self._content_of(path) == content for path, content in stored.consulted.items()) and all(
            absent(path) == reason for path, reason in stored.absent.items()
        )

    def _encoded(self, read: ReadBuilds) -> bytes | None:
        """The builds as bytes; None for what JSON cannot hold, such as a name that is not Unicode."""
        stored = _StoredBuilds(
            builds=tuple(map(_stored_build, read.builds)),
            texts=dict(read.texts),
            packed=read.packed,
            consulted=dict(read.consulted),
            absent=dict(read.absent),
        )
        try:
            return self._encoder.encode(stored)
        except (UnicodeEncodeError, msgspec.MsgspecError, OverflowError, RecursionError):
            return None

    def _decoded(self, data: bytes) -> _StoredBuilds | None:
        try:
            return self._decoder.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None


def _is_stored(read: ReadBuilds) -> bool:
    """Whether the builds come from files only, are without nodes, and cannot hold a part of a Secret's value: a doubtful key
    may be one."""
    return (
        read.alone
        and not any(build.customizations or build.kept for build in read.builds)
        and not any(definition.unquotable for definition in _definitions(read))
    )


def _definitions(read: ReadBuilds) -> Iterator[Definition]:
    for build in read.builds:
        for _, fact in build.new:
            yield from fact.definitions
        for obj in build.objects:
            yield from obj.own.definitions if obj.own is not None else ()
    for text in read.texts.values():
        yield from text.created


def _stored_build(build: ReadBuild) -> _StoredBuild:
    return _StoredBuild(
        rendered=build.rendered,
        objects=build.objects,
        charts=build.charts,
        new=build.new,
        used=build.used,
        secret_files=build.secret_files,
        diagnostics=build.diagnostics,
    )


def _read_builds(stored: _StoredBuilds) -> ReadBuilds:
    return ReadBuilds(
        builds=tuple(map(_read_build, stored.builds)),
        texts=stored.texts,
        packed=stored.packed,
        consulted=stored.consulted,
        absent=stored.absent,
        searched={},
        alone=True,
    )


def _read_build(stored: _StoredBuild) -> ReadBuild:
    return ReadBuild(
        rendered=stored.rendered,
        objects=stored.objects,
        charts=stored.charts,
        new=stored.new,
        used=stored.used,
        secret_files=stored.secret_files,
        diagnostics=stored.diagnostics,
        customizations=(),
        kept=(),
    )
