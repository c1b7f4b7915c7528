"""The facts of files by their contents, from the cache and for it."""

from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

from cnilint.cache.files import KnownFiles
from cnilint.cache.keys import digest
from cnilint.cache.messages import decode_message, encode_message
from cnilint.cache.store import CacheEntry, Store
from cnilint.diagnostics.model import Diagnostic
from cnilint.extract.model import FileFacts, Gap, ObjectFacts
from cnilint.extract.scanned import Scanned
from cnilint.facts.model import Definition
from cnilint.findings.suppression import Comment
from cnilint.source import WorkTree
from cnilint.source.moves import VersionedSource
from cnilint.source.reads import ReadLog, is_content
from cnilint.source.revision import GitFiles, blob_of

if TYPE_CHECKING:
    from cnilint.extract.builds import ReadBuilds

KIND = "facts"
_AT_ONCE = 1000
"""Files whose facts are written in one transaction: a run that is killed loses no more."""
_FACTS_SIZE = 16


class _StoredFacts(Struct, frozen=True, kw_only=True):
    """``Scanned`` without what only one run is interested in. ``manifest`` is False for a file that holds none."""

    manifest: bool
    documents: int = 0
    objects: tuple[ObjectFacts, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    gaps: tuple[Gap, ...] = ()
    carried: tuple[Definition, ...] = ()
    set_lines: frozenset[int] = frozenset()
    sources: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    created: tuple[Definition, ...] = ()


class SharedByRun(Struct):
    """What the sources of one run have in common: the ``facts`` of files by path and content, each with its id, which is empty
    where it is not known; and ``builds`` of kustomizations by their folder and the list of files."""

    facts: dict[bytes, tuple[Scanned, str]] = field(default_factory=dict)
    builds: "dict[bytes, ReadBuilds]" = field(default_factory=dict)


class FactMemory:
    """The facts of the files of one source.

    ``rules`` is a digest of the program and its packs, ``contents`` gives the id of the content of a file. ``known`` are the
    files of a work tree. ``shared`` is what several sources of one run have in common; without a ``store`` no others are
    known.
    """

    def __init__(
        self,
        store: Store | None,
        rules: bytes,
        contents: Callable[[str], str],
        known: KnownFiles | None = None,
        shared: SharedByRun | None = None,
    ) -> None:
        self.store = store
        self.shared = shared
        self._shared = {} if shared is None else shared.facts
        self.rules = rules
        self.content_of = contents
        self.known = known
        self._new: list[CacheEntry] = []
        self._encoder = msgspec.json.Encoder(enc_hook=encode_message)
        self._decoder = msgspec.json.Decoder(_StoredFacts, dec_hook=decode_message)
        self.contents: dict[str, str] = {}
        """By path, the id of the content that was scanned."""
        self.facts: dict[str, str] = {}
        """By path, the id of its facts, where nothing else is in them."""

    def find(self, paths: Iterable[str], named: Collection[str]) -> dict[str, Scanned]:
        """The facts of files that are known, by path; of a file that is ``named`` all is read."""
        contents = {path: self.content_of(path) for path in paths if path not in named}
        keys = {self._key(path, content): path for path, content in contents.items() if is_content(content)}
        found: dict[str, Scanned] = {}
        others: list[bytes] = []
        for key, path in keys.items():
            shared = self._shared.get(key)
            if shared is None:
                others.append(key)
            else:
                found[path] = shared[0]
                self._note(*shared)
        for key, data in (self.store.get(others) if self.store is not None else {}).items():
            path = keys[key]
            scanned = self._decoded(path, contents[path], data)
            if scanned is not None:
                found[path] = scanned
                self._learn(key, scanned, facts_id(data))
        return found

    def facts_of(self, path: str, content: str) -> Scanned | None:
        """The facts of a file with a certain content; None if they are not known."""
        key = self._key(path, content)
        data = None if self.store is None else self.store.get([key]).get(key)
        return None if data is None else self._decoded(path, content, data)

    def add(self, scanned: Scanned) -> None:
        """Adds the facts of a file, if its content is all that they come from."""
        stored = self._encoded(scanned) if self.store is not None and _is_stored(scanned) else None
        facts, key = "" if stored is None else facts_id(stored), self._key(scanned.file, scanned.content)
        if _is_alone(scanned):
            self._learn(key, scanned, facts)
        else:
            self._note(scanned, facts)
        if stored is not None:
            self._new.append(CacheEntry(key, KIND, stored))
            if len(self._new) >= _AT_ONCE:
                self.flush()

    def flush(self) -> None:
        """Writes what was added."""
        if self.store is not None:
            self.store.put(self._new)
        self._new = []

    def same(self, one: Scanned, other: Scanned) -> bool:
        """Whether two files give the same facts, in the same order."""
        first, second = self._encoded(one), self._encoded(other)
        return first is not None and first == second

    def _learn(self, key: bytes, scanned: Scanned, facts: str) -> None:
        """Notes a file, for the other sources of the run as well."""
        self._shared[key] = scanned, facts
        self._note(scanned, facts)

    def _note(self, scanned: Scanned, facts: str) -> None:
        self.contents[scanned.file] = scanned.content
        if facts and self.known is not None:
            self.facts[scanned.file] = self.known.facts(scanned.file) or facts
            self.known.learn(scanned.file, scanned.content, self.facts[scanned.file])

    def _key(self, path: str, content: str) -> bytes:
        return digest(KIND, self.rules, path, content)

    def _encoded(self, scanned: Scanned) -> bytes | None:
        """The facts as bytes; None for what JSON cannot hold, such as a name that is not Unicode."""
        facts = scanned.facts
        stored = _StoredFacts(
            manifest=facts is not None, comments=tuple(scanned.comments), created=tuple(scanned.created)
        )
        if facts is not None:
            stored = _StoredFacts(
                manifest=True,
                documents=facts.documents,
                objects=facts.objects,
                diagnostics=facts.diagnostics,
                gaps=facts.gaps,
                carried=facts.carried,
                set_lines=facts.set_lines,
                sources=facts.sources,
                comments=tuple(scanned.comments),
                created=tuple(scanned.created),
            )
        try:
            return self._encoder.encode(stored)
        except (UnicodeEncodeError, msgspec.MsgspecError, OverflowError, RecursionError):
            return None

    def _decoded(self, path: str, content: str, data: bytes) -> Scanned | None:
        try:
            stored = self._decoder.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        facts = FileFacts(
            file=path,
            documents=stored.documents,
            objects=stored.objects,
            diagnostics=stored.diagnostics,
            gaps=stored.gaps,
            carried=stored.carried,
            set_lines=stored.set_lines,
            sources=stored.sources,
        )
        return Scanned(
            file=path,
            facts=facts if stored.manifest else None,
            comments=stored.comments,
            created=stored.created,
            content=content,
            is_alone=True,
        )


def of_one_run(
    one: tuple[VersionedSource, Sequence[str]], other: tuple[VersionedSource, Sequence[str]]
) -> tuple[FactMemory, FactMemory]:
    """The facts of two sources, each with the packs that it is read with: what both have is read once."""
    shared = SharedByRun()
    first, second = (_of_run(source, packs, shared) for source, packs in (one, other))
    return first, second


def _of_run(source: VersionedSource, packs: Iterable[str], shared: SharedByRun) -> FactMemory:
    if isinstance(source, GitFiles | WorkTree):
        source.log = ReadLog()
    content_of = (
        blob_of(source) if isinstance(source, GitFiles) else lambda path: source.content_id(path) or ""
    )
    return FactMemory(None, digest(*packs), content_of, shared=shared)


def facts_id(data: bytes) -> str:
    """The id of stored facts."""
    return blake2b(data, digest_size=_FACTS_SIZE).hexdigest()


def _is_alone(scanned: Scanned) -> bool:
    """Whether the facts come from one content only."""
    return scanned.is_alone and is_content(scanned.content)


def _is_stored(scanned: Scanned) -> bool:
    """Whether the facts come from one content only, and cannot hold a part of a Secret's value: a doubtful key may be one."""
    objects = () if scanned.facts is None else scanned.facts.objects
    return _is_alone(scanned) and not any(
        definition.unquotable for fact in objects for definition in fact.definitions
    )
