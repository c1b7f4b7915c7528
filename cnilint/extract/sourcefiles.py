"""The source as kustomize's evaluation reads it, and what the text of each file says beside the objects in it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import Document, read
from cnilint.extract.absent import AbsentFiles
from cnilint.extract.file import broken_text, is_templated
from cnilint.extract.listing import Listing
from cnilint.facts.model import Definition
from cnilint.findings.suppression import Comment, comments
from cnilint.producers.scripts.find import created
from cnilint.reading import Unreadable
from cnilint.render.kustomize import Inclusions
from cnilint.source.base import Source
from cnilint.source.reads import log_of

_RECENT = 8
"""Files whose bytes are held: a build asks for the same file several times in a row."""


class FileText(Struct, frozen=True, kw_only=True):
    """What the text of a YAML file holds beside the objects that are built of it."""

    documents: int
    diagnostics: tuple[Diagnostic, ...]
    comments: Sequence[Comment]
    created: Sequence[Definition]

    def with_diagnostics(self, other: "FileText") -> "FileText":
        """The text with what was found in another use of the same file."""
        return replace(self, diagnostics=tuple(dict.fromkeys((*self.diagnostics, *other.diagnostics))))


class FileUse(Struct):
    """What a part of the work uses of the files: which it asks for, and the ids of their contents.

    ``absent`` are the reasons why files are absent, ``searched`` the ids of those that were read to find these.
    """

    paths: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    searched: dict[str, str] = field(default_factory=dict)

    def add(self, other: "FileUse") -> None:
        self.paths |= other.paths
        self.ids |= other.ids
        self.absent |= other.absent
        self.searched |= other.searched


class _Parsed(Struct, kw_only=True):
    """A YAML file, parsed, and what else its text holds: the bytes themselves are dropped."""

    documents: list[Document]
    templated: bool
    """A document is broken, and the text holds expressions of a template language."""
    comments: Sequence[Comment]
    created: Sequence[Definition]

    def diagnostics(self) -> Iterator[Diagnostic]:
        for document in self.documents:
            yield from document.diagnostics
            if document.broken is not None:
                yield broken_text(document.broken, self.templated)


class SourceFiles:
    """The files of a source, by their paths in it.

    Every YAML file is parsed once. Bytes are read again when a file is used after several others:
    holding them all would double the memory. What a generator packs is data in any format, and is not parsed.
    """

    def __init__(self, source: Source, listed: Listing) -> None:
        self._source = source
        self._kustomizations = listed.kustomizations
        self._absent = AbsentFiles(source, listed)
        self._read = lru_cache(maxsize=_RECENT)(self._bytes)
        self._parsed: dict[str, _Parsed] = {}
        self._ids: dict[str, str] = {}
        self._use: FileUse | None = None

    def read(self, path: str) -> bytes | None:
        data = self._read(path)
        self._note(path)
        return data

    def documents(self, path: str) -> list[Document]:
        if path not in self._parsed:
            data = self._read(path) or b""
            documents = read(path, data, everything=True)
            self._parsed[path] = _Parsed(
                documents=documents,
                templated=any(each.broken for each in documents) and is_templated(data),
                comments=comments(path, data),
                created=created(path, data),
            )
        self._note(path)
        return self._parsed[path].documents

    @contextmanager
    def using(self) -> Iterator["FileUse"]:
        """What is used meanwhile, whether it is read then or was read before. The source does not note it itself."""
        log, use, around = log_of(self._source), FileUse(), self._use
        apart: AbstractContextManager[dict[str, str]] = nullcontext({}) if log is None else log.apart()
        self._use = use
        try:
            with apart as ids:
                yield use
        finally:
            self._use = around
        use.ids |= ids
        if around is not None:
            around.add(use)

    def reuse(self, use: "FileUse") -> None:
        """Adds what was used before to what is used now."""
        if self._use is not None and use is not self._use:
            self._use.add(use)

    def kustomization_file(self, directory: str) -> str | None:
        return self._kustomizations.get(directory)

    def is_folder(self, path: str) -> bool:
        return self._absent.is_folder(path)

    def unread(self, path: str) -> str:
        log, use = log_of(self._source), self._use
        if log is None or use is None:
            return self._absent.reason(path)
        with log.apart() as ids:
            reason = use.absent[path] = self._absent.reason(path)
        use.searched |= ids
        return reason

    def look_for_absent(self, listed: Inclusions) -> None:
        """Find out why files that are listed are absent: it takes a search in all files, which the processes that are started
        then need not repeat."""
        absent = list(listed.absent(self._absent.is_file))
        self._absent.expect(absent)
        for path in absent:
            self.unread(path)

    def texts(self, paths: Iterable[str] | None = None) -> dict[str, FileText]:
        """The texts of those of the files that were parsed; of all where none are given."""
        chosen = self._parsed if paths is None else self._parsed.keys() & set(paths)
        return {path: _text(self._parsed[path]) for path in chosen}

    def _note(self, path: str) -> None:
        use = self._use
        if use is not None:
            use.paths.add(path)
            if path in self._ids:
                use.ids[path] = self._ids[path]

    def _bytes(self, path: str) -> bytes | None:
        log = log_of(self._source)
        try:
            return self._source.read(path)
        except Unreadable:
            return None
        finally:
            if log is not None:
                self._ids[path] = log.ids[path]


def _text(parsed: _Parsed) -> FileText:
    return FileText(
        documents=len(parsed.documents),
        diagnostics=tuple(dict.fromkeys(parsed.diagnostics())),
        comments=parsed.comments,
        created=parsed.created,
    )
