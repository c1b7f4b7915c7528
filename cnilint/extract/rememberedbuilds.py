"""The builds of kustomizations from the cache and for it: a changed file is the only reason to build again what read it."""

from collections.abc import Callable, Sequence

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
from cnilint.source.base import Source

_KIND = "builds"


class _StoredBuild(Struct, frozen=True, kw_only=True):
    """``ReadBuild`` without what nodes are needed for."""

    rendered: Rendered
    objects: tuple[BuiltObject, ...]
    charts: int
    new: tuple[tuple[FactsKey, ObjectFacts], ...]
    used: frozenset[str]
    secret_files: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]


class _StoredBuilds(Struct, frozen=True, kw_only=True):
    """``ReadBuilds`` of a group. ``left_out`` are the folders of the builds that are not stored."""

    builds: tuple[_StoredBuild, ...]
    left_out: tuple[str, ...]
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

    def find(
        self, groups: Sequence[list[str]], absent: Callable[[str], str]
    ) -> tuple[list[ReadBuilds], list[list[str]]]:
        """What is known of groups, and the groups that are left to build. ``absent`` tells why a file is absent."""
        keys = [self._key(group) for group in groups]
        data = self._store.get(keys)
        known: list[ReadBuilds] = []
        others: list[list[str]] = []
        for key, group in zip(keys, groups, strict=True):
            stored = self._decoded(data[key]) if key in data else None
            if stored is None or not self._is_current(stored, absent):
                others.append(group)
                continue
            known.append(_read_builds(stored))
            if stored.left_out:
                others.append(list(stored.left_out))
        return known, others

    def add(self, group: Sequence[str], read: ReadBuilds) -> None:
        """Adds what a group gives, if the files that it read are all that it comes from."""
        data = self._encoded(read) if read.alone else None
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
        """The builds as bytes; None where none can be stored, as for a name that is not Unicode."""
        builds = list(filter(_is_stored, read.builds))
        if not builds or any(each.unquotable for text in read.texts.values() for each in text.created):
            return None
        folders = {build.rendered.root for build in builds}
        stored = _StoredBuilds(
            builds=tuple(map(_stored_build, builds)),
            left_out=tuple(root for each in read.builds if (root := each.rendered.root) not in folders),
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


def _is_stored(build: ReadBuild) -> bool:
    """Whether a build is without nodes, and cannot hold a part of a Secret's value: a doubtful key may be one."""
    facts = (*(fact for _, fact in build.new), *(obj.own for obj in build.objects if obj.own is not None))
    doubtful = any(definition.unquotable for fact in facts for definition in fact.definitions)
    return not (doubtful or build.customizations or build.kept)


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
