"""Bytes to documents, cut and decoded as kubectl cuts and decodes them.

kubectl splits a stream by lines that begin with ``---`` before any YAML is read; each piece is then parsed on
its own. A stream whose first character is ``{`` is JSON, one value after the other.
Source: k8s.io/apimachinery pkg/util/yaml decoder.go, held to the real kubectl by the differential test.
"""

import codecs
import re
from dataclasses import dataclass, field

from cnilint.document.json import compose_json
from cnilint.document.node import Node, Place, Span, Text
from cnilint.document.yaml import Broken, Fault, compose

MAX_BYTES = 64 * 1024 * 1024
"""Files above this size are refused: no API server takes an object of more than a few megabytes."""

_SEPARATOR = re.compile(r"^---([^\n]*)(?:\n|\Z)", re.MULTILINE)
_SOURCE = re.compile(r"^# Source: (\S.*?)\s*$", re.MULTILINE)
_HIDDEN_SECRET = "# HIDDEN: The Secret output has been suppressed"


@dataclass(slots=True)
class Document:
    """One document of a stream. ``root`` is None when it is empty, was passed over or could not be read."""

    file: str
    line: int
    root: Node | None = None
    source: str = ""
    """The template that Helm says it was rendered from (its ``# Source:`` comment)."""
    hides_secret: bool = False
    """Helm left a Secret out of this output (``--hide-secret``)."""
    broken: Fault | None = None
    faults: list[Fault] = field(default_factory=list)


def read(file: str, data: bytes, *, everything: bool = False) -> list[Document]:
    """The documents of a file.

    Unless ``everything`` is set, a piece without the word ``kind`` is passed over: it holds no object. What
    cannot be read is a document with ``broken`` set; nothing is raised.
    """
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data) >> 20} MiB, more than the {MAX_BYTES >> 20} MiB that are read"
        return [Document(file, 1, broken=Fault("CNI902", Span(file, 1, 1, 1, 1), message))]
    source, encoding_fault = _decode(file, data)
    if source is None:
        return [Document(file, 1, broken=encoding_fault)]
    if source.lstrip()[:1] == "{":
        documents = list(_json_documents(file, source))
    elif data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        documents = [_yaml_document(file, source, 1, everything)]
    else:
        documents = [_yaml_document(file, piece, line, everything) for piece, line in _pieces(source)]
        documents += _refused_separators(file, source)
    if encoding_fault is not None and any(document.root is not None for document in documents):
        documents[0].faults.append(encoding_fault)
    return documents


def _decode(file: str, data: bytes) -> tuple[str | None, Fault | None]:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            try:
                return data[2:].decode(encoding), None
            except UnicodeDecodeError:
                return None, Fault(
                    "CNI902", Span(file, 1, 1, 1, 2), "the file starts like UTF-16 and is not UTF-16"
                )
    try:
        return data.decode("utf-8").removeprefix("\ufeff"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8")) + 1
        message = (
            f"the byte 0x{data[error.start]:02x} is not UTF-8; kubectl replaces it by U+FFFD without a word"
        )
        fault = Fault("CNI902", Span(file, line, column, line, column + 1), message, "save the file as UTF-8")
        return data.decode("utf-8", "replace").removeprefix("\ufeff"), fault


def _pieces(source: str) -> list[tuple[str, int]]:
    """The text between separator lines with the number of its first line."""
    pieces = []
    start, line = 0, 1
    for separator in _SEPARATOR.finditer(source):
        piece = source[start : separator.start()]
        pieces.append((piece, line))
        line += piece.count("\n") + 1
        start = separator.end()
    pieces.append((source[start:], line))
    return pieces


def _yaml_document(file: str, piece: str, line: int, everything: bool) -> Document:
    document = Document(file, line)
    if "#" in piece:
        rendered_from = _SOURCE.search(piece)
        document.source = rendered_from.group(1) if rendered_from else ""
        document.hides_secret = _HIDDEN_SECRET in piece
    if not everything and "kind" not in piece:
        return document
    text = Text(file, line)
    try:
        document.root = compose(piece.removeprefix("\ufeff"), text, document.faults)
    except Broken as broken:
        document.broken = broken.fault
    return document


def _refused_separators(file: str, source: str) -> list[Document]:
    """kubectl refuses a stream with text behind ``---``."""
    documents = []
    for separator in _SEPARATOR.finditer(source):
        rest = separator.group(1).strip()
        if rest and not rest.startswith("#"):
            line = source.count("\n", 0, separator.start()) + 1
            fault = Fault(
                "CNI125",
                Span(file, line, 4, line, 4 + len(separator.group(1).rstrip())),
                "kubectl refuses the stream here: text stands behind the document separator",
                "put the text on a line of its own",
            )
            documents.append(Document(file, line, faults=[fault]))
    return documents


def _json_documents(file: str, source: str) -> list[Document]:
    text = Text(file)
    text.breaks = [0, *(match.end() for match in re.finditer("\n", source))]
    documents: list[Document] = []
    offset = 0
    while source[offset:].strip():
        line, _ = text.locate(Place(0, 0, offset))
        document = Document(file, line)
        documents.append(document)
        try:
            document.root, offset = compose_json(source, text, offset, document.faults)
        except Broken as broken:
            document.broken = broken.fault
            break
    return documents
