"""The source as kustomize's evaluation reads it, and what the text of each file says beside the objects in it."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

from msgspec import Struct
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


class _Parsed(Struct, kw_only=True):
    """A YAML file, parsed, and what else its text holds: the bytes themselves are dropped."""

    documents: list[Document]
    templated: bool
    """The text holds expressions of a template language."""
    comments: Sequence[Comment]
    created: Sequence[Definition]
    found: int = -1
    """The number of diagnostics when the text was last given; objects that are read from it may add some."""

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
        self._used: set[str] = set()
        """The parsed files that were asked for since their texts were given."""

    def read(self, path: str) -> bytes | None:
        return self._read(path)

    def documents(self, path: str) -> list[Document]:
        if path not in self._parsed:
            data = self._read(path) or b""
            self._parsed[path] = _Parsed(
                documents=read(path, data, everything=True),
                templated=is_templated(data),
                comments=comments(path, data),
                created=created(path, data),
            )
        self._used.add(path)
        return self._parsed[path].documents

    def reading_apart(self) -> AbstractContextManager[dict[str, str]]:
        """The ids of the files that are read meanwhile, which the source does not note itself; none where nobody wants
        to know what was read."""
        log = log_of(self._source)
        return nullcontext({}) if log is None else log.apart()

    def kustomization_file(self, directory: str) -> str | None:
        return self._kustomizations.get(directory)

    def is_folder(self, path: str) -> bool:
        return self._absent.is_folder(path)

    def unread(self, path: str) -> str:
        return self._absent.reason(path)

    def texts(self) -> dict[str, FileText]:
        """The texts of the files that were parsed since the last call, or that have more diagnostics now."""
        return {
            path: text for path, parsed in self._parsed.items() if (text := _new_text(parsed)) is not None
        }

    def _bytes(self, path: str) -> bytes | None:
        try:
            return self._source.read(path)
        except Unreadable:
            return None


def _new_text(parsed: _Parsed) -> FileText | None:
    """The text of a file; None if it was given before."""
    diagnostics = tuple(dict.fromkeys(parsed.diagnostics()))
    if len(diagnostics) == parsed.found:
        return None
    parsed.found = len(diagnostics)
    return FileText(
        documents=len(parsed.documents),
        diagnostics=diagnostics,
        comments=parsed.comments,
        created=parsed.created,
    )
