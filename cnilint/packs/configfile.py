"""The fields of a configuration file that is the value of a ConfigMap key, by their dotted paths: for rules and catalogues."""

import re
from collections.abc import Callable, Iterator
from itertools import accumulate

from msgspec import Struct

from cnilint.document import Mapping, Node, Scalar, Sequence, Span, child, read
from cnilint.packs.component import FileFormat
from cnilint.packs.model import Subject
from cnilint.packs.settings import Setting
from cnilint.packs.written import WrittenText
from cnilint.regex import regex

_MOST_FIELDS = 5000
"""No configuration file of a component is larger; what comes after is not read."""
_DEEPEST_OF_NAMED = 6
_NAMES_OF_ITEMS = ("type", "name")
"""The fields that tell the items of a list apart."""
_FEATURE_GATES = "featureGates."
"""Where the configuration of programs with the gates of k8s.io/component-base has them."""
_TOML_TABLE = regex(r"\s*\[\[?\s*([\w.\"' -]+?)\s*\]\]?\s*(?:#.*)?\Z")
_TOML_ENTRY = regex(r"""\s*([\w."'-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^#\s]*))""")
_TOKEN = regex(r'"(?:[^"\\]|\\.)*"|[^\s"]\S*')


class _Found(Struct, frozen=True, kw_only=True):
    """A field: its path, and the places of its name and of its value in the text."""

    name: str
    at: tuple[int, int]
    value: str | None = None
    value_at: tuple[int, int] = (0, 0)


def file_fields(file: Setting, form: FileFormat) -> Iterator[Setting]:
    """The fields of the file, items of lists without their position; none of a text that cannot be read."""
    text = file.value
    if text is None:
        return
    for count, found in enumerate(_READERS[form](text.text)):
        if count == _MOST_FIELDS:
            return
        value = None
        if found.value is not None:
            value = WrittenText(text=found.value, span=text.within(*found.value_at))
        gate = found.name.removeprefix(_FEATURE_GATES)
        yield Setting(
            subject=Subject.CONFIG_FIELD if gate == found.name else Subject.FEATURE_GATE,
            name=gate,
            span=text.within(*found.at),
            value=value,
            path=file.path,
            file=file.name,
        )


def values_by_path(file: Setting) -> Iterator[tuple[str, str]]:
    """The values in a JSON or YAML file by their paths, in which a type or name tells the items of a list apart.

    None of a text of one line, which is not taken for a file, and of what is nested too deep.
    """
    text = file.value.text if file.value is not None else ""
    if "\n" in text.strip():
        for found in _document_fields(text, named=True):
            if found.value is not None:
                yield found.name, found.value


def _yaml_fields(text: str) -> Iterator[_Found]:
    return _document_fields(text, named=False)


def _document_fields(text: str, *, named: bool) -> Iterator[_Found]:
    """The fields of JSON or YAML. ``named``: a list's item has its type or name in the path, or else no fields.

    JSON with placeholders instead of values is read as YAML, but has no named fields: a program fills them in.
    """
    starts = [0, *accumulate(map(len, _lines(text)))]
    for document in read("", text.encode(errors="replace"), everything=True, sniff=named):
        if document.broken is None and (isinstance(document.root, Mapping) or not named):
            yield from _node_fields(document.root, "", starts, named=named)


def _node_fields(
    node: Node | None, path: str, starts: list[int], *, named: bool, depth: int = 0
) -> Iterator[_Found]:
    if named and depth == _DEEPEST_OF_NAMED:
        return
    if isinstance(node, Sequence):
        for item in node.items:
            name = _name_of_item(item) if named else ""
            if name or not named:
                inside = f"{path}[{name}]" if named else path
                yield from _node_fields(item, inside, starts, named=named, depth=depth + 1)
    elif isinstance(node, Mapping):
        for name, entry in node.entries.items():
            inside, value, at = (
                f"{path}.{name}" if path else name,
                entry.value,
                _offsets(entry.key.span, starts),
            )
            if isinstance(value, Scalar):
                yield _Found(name=inside, at=at, value=value.raw, value_at=_offsets(value.span, starts))
            else:
                yield _Found(name=inside, at=at)
                yield from _node_fields(value, inside, starts, named=named, depth=depth + 1)


def _name_of_item(item: Node) -> str:
    texts = (child(item, field) for field in _NAMES_OF_ITEMS)
    return next((text.raw for text in texts if isinstance(text, Scalar) and text.raw), "")


def _offsets(span: Span, starts: list[int]) -> tuple[int, int]:
    """The places in the text between two lines and columns."""
    last = len(starts) - 1
    begin, end = starts[min(span.line - 1, last)], starts[min(span.end_line - 1, last)]
    return begin + span.column - 1, end + span.end_column - 1


def _toml_fields(text: str) -> Iterator[_Found]:
    """Tables and keys, line by line; items of arrays over several lines are not fields."""
    prefix, begin = "", 0
    for line in _lines(text):
        table = _TOML_TABLE.match(line.rstrip())
        entry = None if table else _TOML_ENTRY.match(line)
        if table:
            prefix = f"{_plain(table[1])}."
            yield _Found(name=prefix[:-1], at=(begin + table.start(1), begin + table.end(1)))
        elif entry:
            at = entry.lastindex or 1
            place = (begin + entry.start(at), begin + entry.end(at))
            name = (begin + entry.start(1), begin + entry.end(1))
            yield _Found(name=prefix + _plain(entry[1]), at=name, value=entry[at], value_at=place)
        begin += len(line)


def _plain(name: str) -> str:
    return re.sub(r"""["'\s]""", "", name)


class _Line(Struct, frozen=True):
    """The words of a line, each with its place in the text."""

    words: list[tuple[str, int, int]]

    @property
    def opens(self) -> bool:
        return self.words[-1][0] == "{"

    @property
    def rest(self) -> tuple[int, int]:
        """The place of the arguments."""
        last = self.words[-2 if self.opens else -1]
        return (self.words[1][1], last[2]) if last is not self.words[0] else (last[2], last[2])


def _block_fields(text: str) -> Iterator[_Found]:
    """Directives of the blocks at the top, such as servers, and the properties in the blocks of directives.

    ``name`` is a directive and ``name.property`` a property; properties of properties count as the directive's own.
    Source: https://coredns.io/2017/07/23/corefile-explained/
    """
    depth, directive = 0, ""
    for line in _directives(text):
        word, start, end = line.words[0]
        if word == "}":
            depth = max(depth - 1, 0)
            continue
        if depth and word != "{":
            name = word if depth == 1 else f"{directive}.{word}"
            directive = word if depth == 1 else directive
            place = line.rest
            yield _Found(name=name, at=(start, end), value=text[slice(*place)], value_at=place)
        if line.opens:
            depth += 1


def _directives(text: str) -> Iterator[_Line]:
    """The lines with words; a comment begins with a number sign at the start of a word."""
    begin = 0
    for raw in _lines(text):
        words = []
        for token in _TOKEN.finditer(raw):
            if token[0].startswith("#"):
                break
            words.append((token[0], begin + token.start(), begin + token.end()))
        if words:
            yield _Line(words)
        begin += len(raw)


def _lines(text: str) -> list[str]:
    """The lines with their ends, split where the places in a manifest count lines."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


_READERS: dict[FileFormat, Callable[[str], Iterator[_Found]]] = {
    "yaml": _yaml_fields,
    "toml": _toml_fields,
    "blocks": _block_fields,
}
