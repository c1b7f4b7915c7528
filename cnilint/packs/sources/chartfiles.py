"""What the files of one chart release say of its values: declared, read by a template, refused, and of which type.

A value counts as read wherever there is a doubt: below a mapping that a template uses as a whole, or where its name is
in a comment of the defaults. So a table says of few values that a release does not read them, and those are certain.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from cnilint.document import Mapping as MappingNode
from cnilint.document import Node, Scalar, is_null
from cnilint.packs.program import SettingRun
from cnilint.regex import regex

_LONGEST_DEFAULT = 24
_STEP = r"[A-Za-z_][\w-]*"
_KEY = regex(rf"{_STEP}\Z")
_VALUES = rf"\$?\.Values((?:\.{_STEP})*)"
_CHAIN = regex(_VALUES)
_PARENTHESES = regex(rf"\(\s*(\$?\.Values(?:\.{_STEP})*)\s*\)")
_FIELD = regex(rf'\b(?:index|get|hasKey)\s+{_VALUES}((?:\s+"{_STEP}")+)')
_PICK = regex(rf'\bpick\s+{_VALUES}((?:\s+"{_STEP}")+)')
_OWN = regex(
    r'\bset \$(?:\.Values)? "\w+" .*|\bunset \$\.Values "\w+"|\.Values \| toPrettyJson', re.MULTILINE
)
"""How charts change or show all of their values, such as to merge a profile in: that reads none of them."""
_DIG = regex(rf'\bdig((?:\s+"{_STEP}")+)\s+(?:""|\S+)\s+{_VALUES}')
_BLOCK = regex(r"\{\{-?\s*(if|with|range|define|block|end)\b([^{}]*?)-?\}\}", re.DOTALL)
_FAIL = regex(r"\s*\{\{-?\s*fail\b")
_SIMPLE = regex(rf"(?:\s|\(|\)|\bor\b|\|\s*toString\b|\$?\.Values(?:\.{_STEP})+)*\Z")
_LINE = regex(rf"(?P<indent>\s*)(?P<comment>#[#\s]*(?:--\s*)?)?(?:-\s+)?(?P<key>{_STEP}):(?:\s|$)")
_COMMENT = regex(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
_DESCOPED = regex(r"mustMergeOverwrite\s+\$\.Values\s+\$?\.Values\.(\w+)")
_WORD = regex(rf'[."]({_STEP})\b')
_UNEMPTY, _ANY = "x", "X"
"""Marks of values that a template refuses: unless they are empty, false or zero; whatever they are."""
_Schema = Mapping[str, object]


class ChartRelease:
    """One release of a chart. ``defaults`` are the values of the chart, ``comments`` is the text that has them."""

    def __init__(
        self, *, defaults: Mapping[str, Node], comments: str, templates: Sequence[str], schema: _Schema
    ) -> None:
        texts = [_plain(text) for text in templates]
        self._scopes = frozenset(scope for text in texts for scope in _DESCOPED.findall(text))
        texts = [_DESCOPED.sub("", text) for text in texts]
        self._declared = dict(_declared(defaults))
        self._closed = {path.rpartition(".")[0] for path in self._declared}
        self._refused = {path: mark for text in texts for path, mark in _refused(text)}
        self._references = {path for text in texts for path in _references(text)} - self._refused.keys()
        self._prefixes = {prefix for path in self._references for prefix in _lineage(path)}
        self._commented = frozenset(_commented(comments))
        self._words = frozenset(word for text in texts for word in _WORD.findall(text))
        self._types = dict(_types(schema, schema, ""))

    def paths(self) -> Iterator[str]:
        """The values that the release knows by name."""
        own = {*self._declared, *self._prefixes, *self._refused}
        yield from own
        yield from self._scopes
        yield from (f"{scope}.{path}" for scope in self._scopes for path in own)

    def run(self, path: str, position: int) -> SettingRun | None:
        """How the release reads a value; None for one that it does not read."""
        scope, _, rest = path.partition(".")
        if scope in self._scopes:
            inner = self.run(rest, position) if rest else None
            return inner or SettingRun(first=position, last=position) if not rest or inner else None
        if path in self._refused:
            return SettingRun(first=position, last=position, marks=self._refused[path])
        if not self._is_read(path):
            return None
        return SettingRun(
            first=position, last=position, kind=self._types.get(path, ""), default=self._declared.get(path)
        )

    def _is_read(self, path: str) -> bool:
        if path in self._declared or path in self._prefixes or path in self._commented:
            return True
        for above in list(_lineage(path))[1:]:
            is_open = above in self._declared and above not in self._closed
            if is_open or above in self._references or above in self._commented:
                return True
        return "" in self._references and path.rpartition(".")[2] in self._words


def _plain(text: str) -> str:
    """A template with other ways to write ``.Values.a.b`` as this one."""
    text = _OWN.sub("", _COMMENT.sub("", text))
    before = ""
    while before != text:
        before = text
        text = _DIG.sub(lambda match: f" .Values{match[2].removesuffix('.AsMap')}{_steps(match[1])}", text)
        text = _PICK.sub(
            lambda match: "".join(f" .Values{match[1]}.{each}" for each in _quoted(match[2])), text
        )
        text = _FIELD.sub(lambda match: f" .Values{match[1]}{_steps(match[2])}", text)
        text = _PARENTHESES.sub(r"\1", text)
    return text


def _steps(quoted: str) -> str:
    return "".join(f".{step}" for step in _quoted(quoted))


def _quoted(text: str) -> list[str]:
    return re.findall(r'"([^"]*)"', text)


def _references(text: str) -> Iterator[str]:
    """The values that a template uses, by path; empty for all of them."""
    for match in _CHAIN.finditer(text):
        yield match[1].removesuffix(".AsMap").lstrip(".")


def _refused(text: str) -> Iterator[tuple[str, str]]:
    """The values for which a template fails whatever else is given."""
    depth = 0
    for match in _BLOCK.finditer(text):
        word, condition = match[1], match[2]
        if word == "if" and not depth and _SIMPLE.match(condition) and _FAIL.match(text, match.end()):
            for chain in re.finditer(rf"{_VALUES}\s*\)?\s*(\|\s*toString)?", condition):
                yield chain[1].lstrip("."), _ANY if chain[2] else _UNEMPTY
        depth += -1 if word == "end" else 1


def _declared(values: Mapping[str, Node], front: str = "") -> Iterator[tuple[str, str | None]]:
    """The values that are declared, with their defaults; None for one that is long, null, or has others in it.

    A mapping with a name that is not a word is one of names to values: it is not entered.
    """
    for name, node in values.items():
        path = f"{front}{name}"
        inner = (
            {key: entry.value for key, entry in node.entries.items()} if isinstance(node, MappingNode) else {}
        )
        yield path, _default(node)
        if all(_KEY.match(key) for key in inner):
            yield from _declared(inner, f"{path}.")


def _commented(text: str) -> Iterator[str]:
    """The values that comments of the defaults show, by every path that they may have: no comment tells its level."""
    keys: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        if match["comment"]:
            yield from (
                ".".join([*(name for _, name in keys[:level]), match["key"]])
                for level in range(len(keys) + 1)
            )
        else:
            keys = [each for each in keys if each[0] < len(match["indent"])]
            keys.append((len(match["indent"]), match["key"]))


def _default(node: Node) -> str | None:
    if isinstance(node, Scalar):
        return None if is_null(node) or len(node.raw) > _LONGEST_DEFAULT else node.raw
    if isinstance(node, MappingNode):
        return None if node.entries else "{}"
    return None if node.items else "[]"


def _types(schema: object, root: _Schema, front: str) -> Iterator[tuple[str, str]]:
    """The types that a JSON Schema allows, by value, alternatives joined by ``|``."""
    schema = _resolved(schema, root)
    properties = schema.get("properties")
    for name, each in properties.items() if isinstance(properties, dict) else ():
        path = f"{front}{name}"
        kinds = _resolved(each, root).get("type")
        if isinstance(kinds, str | list):
            yield path, "|".join(sorted([kinds] if isinstance(kinds, str) else kinds))
        yield from _types(each, root, f"{path}.")


def _resolved(schema: object, root: _Schema) -> _Schema:
    """The schema that a reference within its file leads to."""
    if not isinstance(schema, dict):
        return {}
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    found: object = root
    for step in reference[2:].split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _lineage(path: str) -> Iterator[str]:
    """A path, and those above it, from the inside."""
    while path:
        yield path
        path = path.rpartition(".")[0]
