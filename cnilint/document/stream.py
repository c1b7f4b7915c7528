"""Bytes to documents, cut and decoded as kubectl cuts and decodes them.

kubectl splits a stream by lines that begin with ``---`` before any YAML is read; each piece is then parsed on
its own. A stream whose first character is ``{`` is JSON, one value after the other.
Source: k8s.io/apimachinery pkg/util/yaml decoder.go, held to the real kubectl by the differential test.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cnilint.diagnostics.model import Diagnostic
from cnilint.diagnostics.span import Span
from cnilint.document.fault import Broken, Budget
from cnilint.document.json import compose_json, next_value
from cnilint.document.node import Node, Place, Text
from cnilint.document.yaml import compose, require_json

MAX_BYTES = 64 * 1024 * 1024
"""Files above this size are refused: no API server takes an object of more than a few megabytes."""
_JSON_SNIFF = 4096
"""How far kubectl looks for the brace that makes a stream JSON."""
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Go calls a space; Python's own idea is a little wider."""
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SOURCE = re.compile(r"^# Source: (.*)", re.MULTILINE)
_HIDDEN_SECRET = "# HIDDEN: The Secret output has been suppressed"


@dataclass(kw_only=True, slots=True)
class Document:
    """One document of a stream. ``root`` is None when it is empty, was passed over or could not be read."""

    file: str
    line: int
    root: Node | None = None
    source: str = ""
    """The template that Helm says it was rendered from (its ``# Source:`` comment)."""
    hides_secret: bool = False
    """Helm left a Secret out of this output (``--hide-secret``)."""
    broken: Diagnostic | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)


def read(file: str, data: bytes, *, everything: bool = False) -> list[Document]:
    """The documents of a file, one for each piece between separators.

    Unless ``everything`` is set, a piece without the word ``kind`` is passed over: it holds no object. What
    cannot be read is a document with ``broken`` set; nothing is raised.
    """
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data) >> 20} MiB, more than the {MAX_BYTES >> 20} MiB that are read"
        return [
            Document(
                file=file,
                line=1,
                broken=Diagnostic(
                    code="CNI902",
                    span=Span(file=file, line=1, column=1, end_line=1, end_column=1),
                    message=message,
                ),
            )
        ]
    source, encoding_fault = _decode(file, data)
    budget = Budget()
    if source[:_JSON_SNIFF].lstrip(_SPACE).startswith("{"):
        documents = _json_documents(file, source, budget)
    else:
        documents = [_yaml_document(file, piece, everything, budget) for piece in _pieces(file, source)]
    if encoding_fault is not None and any(document.root is not None for document in documents):
        documents[0].diagnostics.append(encoding_fault)
    return documents


def _decode(file: str, data: bytes) -> tuple[str, Diagnostic | None]:
    """The text without byte order mark and carriage returns before line feeds, which Go's line reader removes."""
    mark, encoding = next((pair for pair in _BYTE_ORDER_MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    data = data.removeprefix(mark)
    fault = None
    try:
        source = data.decode(encoding)
    except UnicodeDecodeError as error:
        fault = _encoding_fault(file, error)
        source = data.decode(encoding, "surrogateescape" if mark == codecs.BOM_UTF8 else "replace")
    return source.replace("\r\n", "\n"), fault


def _encoding_fault(file: str, error: UnicodeDecodeError) -> Diagnostic:
    before = error.object[: error.start].decode(error.encoding)
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    name = error.encoding.upper()
    message = f"this is not {name}; kubectl replaces it by U+FFFD without a word"
    return Diagnostic(
        code="CNI902",
        span=Span(file=file, line=line, column=column, end_line=line, end_column=column + 1),
        message=message,
        hint="save the file as UTF-8",
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """What kubectl parses at once. ``refused`` is the text behind the separator that ends it, if there is one."""

    text: str
    line: int
    refused: Span | None


def _pieces(file: str, source: str) -> Iterator[_Piece]:
    """The text between separator lines. A separator with nothing before it belongs to the piece it opens."""
    start, line = 0, 1
    for separator, end in _separators(source):
        lines = source.count("\n", start, separator)
        refused = _refused_text(file, line + lines, source[separator + 3 : end])
        if separator > start or refused is not None:
            yield _Piece(source[start:separator], line, refused)
            start, line = end + 1, line + lines + 1
    yield _Piece(source[start:], line, None)


def _separators(source: str) -> Iterator[tuple[int, int]]:
    """Start and end of every line that begins with three dashes."""
    padded = "\n" + source
    start = padded.find("\n---")
    while start >= 0:
        end = source.find("\n", start)
        end = len(source) if end < 0 else end
        yield start, end
        start = padded.find("\n---", end + 1)


def _refused_text(file: str, line: int, behind: str) -> Span | None:
    text = behind.strip(_SPACE)
    if not text or text.startswith("#"):
        return None
    column = 4 + behind.index(text)
    return Span(file=file, line=line, column=column, end_line=line, end_column=column + len(text))


def _yaml_document(file: str, piece: _Piece, everything: bool, budget: Budget) -> Document:
    document = Document(file=file, line=piece.line)
    if piece.refused is not None:
        message = "kubectl refuses the stream here: text stands behind the document separator"
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
        document.root = compose(
            source if source.endswith("\n") else source + "\n", text, document.diagnostics, budget
        )
    except Broken as broken:
        document.broken = broken.fault
    return document


def _json_documents(file: str, source: str, budget: Budget) -> list[Document]:
    text = Text(file)
    text.breaks = [0, *(match.end() for match in re.finditer("\n", source))]
    documents: list[Document] = []
    offset = next_value(source, 0)
    while offset < len(source):
        line, _ = text.locate(Place(0, 0, offset))
        document = Document(file=file, line=line)
        documents.append(document)
        try:
            root, offset = compose_json(source, text, offset, document.diagnostics, budget)
        except Broken as broken:
            document.broken = broken.fault
            break
        try:
            require_json(root)
            document.root = root
        except Broken as broken:
            document.broken = broken.fault
        offset = next_value(source, offset)
    return documents
