"""Bytes to documents, split and decoded as kubectl does.

kubectl splits a stream at lines that begin with ``---`` before it parses any YAML, and parses each piece on its own.
A stream whose first character is ``{`` is JSON, one value after the other.
Source: ``YAMLOrJSONDecoder`` in k8s.io/apimachinery pkg/util/yaml/decoder.go
(https://github.com/kubernetes/apimachinery/blob/v0.31.0/pkg/util/yaml/decoder.go), verified against kubectl by the
differential test.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import TypeAlias

from msgspec import Struct, field

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.diagnostics.span import Span
from cnilint.document.errors import Broken
from cnilint.document.json import JsonReader, next_value
from cnilint.document.jsonparts import part_reader
from cnilint.document.limits import MAX_BYTES, Budget
from cnilint.document.node import Node, Place, Text
from cnilint.document.outlinenodes import OutlineReader
from cnilint.document.skeleton import part_composer
from cnilint.document.yaml import require_json
from cnilint.regex import regex

_ComposeYaml: TypeAlias = Callable[[str, Text, list[Diagnostic], Budget], Node | None]
_MakeReader: TypeAlias = Callable[[str, Text, list[Diagnostic], Budget], JsonReader]

_JSON_SNIFF = 4096
"""Bytes that kubectl reads to tell JSON from YAML: the ``bufferSize`` of ``NewYAMLOrJSONDecoder``."""
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""The white space of Go's ``unicode.IsSpace``; Python's ``str.isspace`` has a few characters more."""
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SOURCE = regex(r"^# Source: (.*)", re.MULTILINE)
OUTLINES = OutlineReader()
"""One for all files, which repeat the lines of one another."""
_HIDDEN_SECRET = "# HIDDEN: The Secret output has been suppressed"


class Document(Struct, kw_only=True):
    """One document of a stream. ``root`` is None when the document is empty, was skipped or could not be read."""

    file: str
    line: int
    root: Node | None = None
    source: str = ""
    """The template that Helm rendered it from, as its ``# Source:`` comment says."""
    hides_secret: bool = False
    """Helm left out a Secret here (``--hide-secret``)."""
    broken: Diagnostic | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)


def read(
    file: str, data: bytes, *, everything: bool = False, sniff: bool = True, on_demand: bool = False
) -> list[Document]:
    """The documents of a file, one for each piece between separators.

    Unless ``everything`` is set, a piece without the word ``kind`` is skipped: it holds no object. Without ``sniff``
    a text that begins with a brace is YAML, too. ``on_demand`` is for dumps of live objects: most of their nodes are made
    when they are wanted (``ondemand``). A document that cannot be read has ``broken`` set; nothing is raised.
    """
    if len(data) > MAX_BYTES:
        return [Document(file=file, line=1, broken=_too_large(file, len(data)))]
    source, encoding_error = _decode(file, data)
    budget = Budget()
    on_demand = on_demand and encoding_error is None
    if sniff and source[:_JSON_SNIFF].lstrip(_SPACE).startswith("{"):
        documents = _json_documents(file, source, budget, part_reader if on_demand else JsonReader)
    else:
        composed = part_composer() if on_demand else OUTLINES.compose
        documents = [
            _yaml_document(file, piece, everything, budget, composed) for piece in _pieces(file, source)
        ]
    if encoding_error is not None and any(document.root is not None for document in documents):
        documents[0].diagnostics.append(encoding_error)
    return documents


def _too_large(file: str, size: int) -> Diagnostic:
    message = Message(
        "file has {size} MiB; the limit is {limit} MiB", size=str(size >> 20), limit=str(MAX_BYTES >> 20)
    )
    return Diagnostic(
        code="CNI902", span=Span(file=file, line=1, column=1, end_line=1, end_column=1), message=message
    )


def _decode(file: str, data: bytes) -> tuple[str, Diagnostic | None]:
    """The text, and what is wrong with its encoding.

    Without the byte order mark and the carriage returns before line feeds, which ``LineReader`` in decoder.go drops.
    """
    mark, encoding = next((pair for pair in _BYTE_ORDER_MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    data = data.removeprefix(mark)
    problem = None
    try:
        source = data.decode(encoding)
    except UnicodeDecodeError as error:
        problem = _encoding_error(file, error)
        source = data.decode(encoding, "surrogateescape" if mark == codecs.BOM_UTF8 else "replace")
    return source.replace("\r\n", "\n"), problem


def _encoding_error(file: str, error: UnicodeDecodeError) -> Diagnostic:
    before = error.object[: error.start].decode(error.encoding)
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    message = Message(
        "invalid {encoding}: kubectl silently replaces it by U+FFFD", encoding=error.encoding.upper()
    )
    return Diagnostic(
        code="CNI902",
        span=Span(file=file, line=line, column=column, end_line=line, end_column=column + 1),
        message=message,
        hint="save the file as UTF-8",
    )


class _Piece(Struct, frozen=True):
    """What kubectl parses at once. ``refused`` is text after the separator that ends the piece."""

    text: str
    line: int
    refused: Span | None


def _pieces(file: str, source: str) -> Iterator[_Piece]:
    """The text between separator lines. A separator with nothing before it belongs to the piece after it."""
    start, line = 0, 1
    for separator, end in _separators(source):
        lines = source.count("\n", start, separator)
        refused = _refused_text(file, line + lines, source[separator + 3 : end])
        if separator > start or refused is not None:
            yield _Piece(source[start:separator], line, refused)
            start, line = end + 1, line + lines + 1
    yield _Piece(source[start:], line, None)


def _separators(source: str) -> Iterator[tuple[int, int]]:
    """The start and end offset of every line that begins with three dashes."""
    padded = "\n" + source
    start = padded.find("\n---")
    while start >= 0:
        end = source.find("\n", start)
        end = len(source) if end < 0 else end
        yield start, end
        start = padded.find("\n---", end + 1)


def _refused_text(file: str, line: int, behind: str) -> Span | None:
    """The text after ``---``, which YAML allows and ``YAMLReader`` in decoder.go refuses unless it is a comment."""
    text = behind.strip(_SPACE)
    if not text or text.startswith("#"):
        return None
    column = 4 + behind.index(text)
    return Span(file=file, line=line, column=column, end_line=line, end_column=column + len(text))


def _yaml_document(
    file: str, piece: _Piece, everything: bool, budget: Budget, composed: _ComposeYaml
) -> Document:
    document = Document(file=file, line=piece.line)
    if piece.refused is not None:
        message = Message("text after the document separator `---`: kubectl refuses the stream")
        document.diagnostics.append(
            Diagnostic(
                code="CNI125", span=piece.refused, message=message, hint="put the text on a line of its own"
            )
        )
    rendered_from = _SOURCE.search(piece.text) if "# Source: " in piece.text else None
    document.source = rendered_from[1].strip() if rendered_from else ""
    document.hides_secret = _HIDDEN_SECRET in piece.text
    if not everything and "kind" not in piece.text:
        return document
    source = piece.text.removeprefix("\ufeff")
    text = Text(file, piece.line, 1 + len(piece.text) - len(source))
    try:
        document.root = composed(
            source if source.endswith("\n") else source + "\n", text, document.diagnostics, budget
        )
    except Broken as broken:
        document.broken = broken.diagnostic
    return document


def _json_documents(file: str, source: str, budget: Budget, make: _MakeReader) -> list[Document]:
    text = Text(file)
    lengths = map(len, source.split("\n"))
    text.breaks = list(accumulate(map((1).__add__, lengths), initial=0))[:-1]
    reader = make(source, text, [], budget)
    documents: list[Document] = []
    offset = next_value(source, 0)
    while offset < len(source):
        line, _ = text.locate(Place(0, 0, offset))
        document = Document(file=file, line=line)
        documents.append(document)
        try:
            reader.diagnostics = document.diagnostics
            root, offset = reader.value(offset)
        except Broken as broken:
            document.broken = broken.diagnostic
            break
        try:
            require_json(root)
            document.root = root
        except Broken as broken:
            document.broken = broken.diagnostic
        offset = next_value(source, offset)
    return documents
