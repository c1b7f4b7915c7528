"""Blocks of YAML as kubectl prints them, to plain values: several times faster than to nodes.

kubectl prints block collections, one key or item a line. A line of that form says all of itself. A block with anything else
in it, such as a comment, an anchor, a flow collection or a key twice, has no value here: it is left to the parser.
"""

import re
from typing import TypeAlias

from cnilint.document import scalars
from cnilint.document.node import Plain
from cnilint.document.scalars import ScalarError
from cnilint.regex import regex

MAX_COLUMN = 140
"""Blocks with deeper lines are left to the parser: no more levels than that are safe for recursions."""
MAX_LINES = 250_000
"""Blocks with more lines are left to the parser, which counts values while it reads. An object has at most a few MiB."""

_ROW = regex(
    rf"""
    ^([ ]{{0,{MAX_COLUMN}}})
    (-[ ])?
    (   [^\s\-:?\[\]{{}},\#&*!|>@%`'"][^\s:]*(?::[^\s:]+)*:(?=[ \n])
    |   "[^"\\\n]*":(?=[ \n])
    |   '[^'\n]*':(?=[ \n])
    )?
    [ ]?
    (   [^\s'"|][^\n]*
    |   '(?:[^'\n]++|''|(?<!\s)\n[ ]+(?=\S))*+'
    |   "(?:[^"\\\n]++|\\["\\ntr]|(?<!\s)\n[ ]+(?=[^\s\\]))*+"
    |   \|[-+]?(?:\n(?:\1(?(2)(?(3)[ ][ ]))[ ]+[^\n]*)?(?=\n))*+
    |
    )\n
    """,
    re.MULTILINE | re.VERBOSE,
)
"""Indentation, the dash of an item, a key with its colon, and a value: a plain scalar, one in quotes, a literal."""
_ODD = regex("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Line breaks other than LF, and characters that YAML refuses or drops."""
_NOT_PLAIN = regex(r"[?:,\[\]{}#&*!|>@%`'\"]|-(?!\S)|.*(?::[ \t]|[ \t]#|[: ]$|\t)")
_FOLD = regex(r"\n +")
_ESCAPE = regex(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_LONGEST = 4096
"""Characters of a plain scalar on several lines, which is put together line by line."""
_LONGEST_KEY = 1000
"""Characters of a key. The parser refuses longer ones than 1024 (``yaml_parser_stale_simple_keys`` in scanner.c)."""
_SHORT = 64
"""Characters of a text that may occur again."""

Holder: TypeAlias = dict[str, Plain] | list[Plain]
_Row: TypeAlias = tuple[str, str, str, str]


class _Unclear(Exception):
    """A line that the parser has to read."""


def is_regular(source: str) -> bool:
    """Whether every line break of a text is an LF, and every character one that YAML takes as it is."""
    return _ODD.search(source) is None


class BlockReader:
    """Reads the blocks of a text. Equal keys and short values of all of its blocks are the same strings."""

    def __init__(self) -> None:
        self._keys = _Keys()
        self._values = _Values()

    def read(self, text: str) -> tuple[Holder, int] | None:
        """The value of a block of a regular text, and about how many values it holds, keys included; None for a block
        that the parser has to read. Empty collections are shared: values are not changed in place."""
        lines = text.count("\n")
        rows = _ROW.findall(text) if lines <= MAX_LINES else []
        if not rows or (len(rows) != lines and len(rows) + sum(row[3].count("\n") for row in rows) != lines):
            return None
        try:
            return _Builder(rows[0], self._keys, self._values).built(rows), 2 * len(rows)
        except (_Unclear, ScalarError):
            return None


class _Values(dict[str, Plain]):
    """The values of scalars by their text. What occurs often, such as ``Always``, is decoded once and kept once."""

    def __missing__(self, text: str) -> Plain:
        value = _decoded(text)
        if len(text) < _SHORT:
            self[text] = value
        return value


class _Keys(dict[str, str]):
    """The names of keys by their text, colon included."""

    def __missing__(self, text: str) -> str:
        name = self[text] = _key_name(text[:-1])
        return name


class _Builder:
    """Nested collections, made row by row. ``_holder`` is the innermost one, whose keys or dashes are at ``_column``."""

    __slots__ = ("_column", "_holder", "_keys", "_outer", "_values")

    def __init__(self, first: _Row, keys: _Keys, values: _Values) -> None:
        spaces, dash, *_ = first
        self._keys = keys
        self._values = values
        self._column = len(spaces)
        self._holder: Holder = [] if dash else {}
        self._outer: list[tuple[int, Holder]] = []

    def built(self, rows: list[_Row]) -> Holder:
        """The value of all rows. Raises _Unclear, and ScalarError for a value that JSON cannot represent."""
        root = holder = self._holder
        keys, values = self._keys, self._values
        name, last, opened = "", "", False
        for spaces, dash, key, text in rows:
            if dash:
                self._go_to_list(len(spaces), name, opened)
                holder = self._item(len(spaces) + 2) if key else self._scalar_item(values[text])
                opened = False
            elif not key:
                holder, last = self._continued(len(spaces), name, "" if opened else last, text)
                continue
            elif opened or len(spaces) != self._column or type(holder) is list:
                holder = self._go_to_map(len(spaces), name, opened)
            if key:
                name = keys[key]
                if type(holder) is not dict or name in holder:
                    raise _Unclear
                holder[name] = values[text]
                opened = not text
            last = text
        return root

    def _go_to_map(self, column: int, name: str, opened: bool) -> Holder:
        """The map of keys at a column: a new one under the open key of that name, or one that is there."""
        holder, outer = self._holder, self._outer
        if opened and column > self._column and type(holder) is dict:
            inner: Holder = {}
            holder[name] = inner
            outer.append((self._column, holder))
            self._column, self._holder = column, inner
            return inner
        while column != self._column or type(self._holder) is list:
            if not outer or self._column < column:
                raise _Unclear
            self._column, self._holder = outer.pop()
        return self._holder

    def _go_to_list(self, column: int, name: str, opened: bool) -> None:
        """As ``_go_to_map``, for a list of dashes at a column. It may be at the column of the key that it belongs to."""
        if opened and column >= self._column:
            assert isinstance(self._holder, dict)
            inner: Holder = []
            self._holder[name] = inner
            self._enter(column, inner)
        while column != self._column or type(self._holder) is dict:
            if not self._outer or self._column < column:
                raise _Unclear
            self._column, self._holder = self._outer.pop()

    def _item(self, column: int) -> Holder:
        """A new map in the list."""
        inner: Holder = {}
        assert isinstance(self._holder, list)
        self._holder.append(inner)
        self._enter(column, inner)
        return inner

    def _enter(self, column: int, inner: Holder) -> None:
        self._outer.append((self._column, self._holder))
        self._column, self._holder = column, inner

    def _scalar_item(self, value: Plain) -> Holder:
        assert isinstance(self._holder, list)
        self._holder.append(value)
        return self._holder

    def _continued(self, column: int, name: str, first: str, text: str) -> tuple[Holder, str]:
        """Adds a line to the plain scalar before it, the last one of the holder, whose text is ``first``."""
        if (
            not first
            or column <= self._column
            or len(first) > _LONGEST
            or _NOT_PLAIN.match(first)
            or _NOT_PLAIN.match(text)
            or not text
        ):
            raise _Unclear
        whole = f"{first} {text}"
        if isinstance(self._holder, dict):
            self._holder[name] = _plain(whole)
        else:
            self._holder[-1] = _plain(whole)
        return self._holder, whole


def _decoded(text: str) -> Plain:
    """The value of a scalar or of an empty collection. Raises _Unclear, and ScalarError as ``scalars.resolve``."""
    first = text[:1]
    if first == "'":
        return _FOLD.sub(" ", text[1:-1]).replace("''", "'")
    if first == '"':
        return _ESCAPE.sub(lambda found: _ESCAPED[found[1]], _FOLD.sub(" ", text[1:-1]))
    if first == "|":
        return _literal(text)
    if text in _EMPTY:
        return {} if text == "{}" else []
    return _plain(text)


_EMPTY = ("{}", "[]")


def _plain(text: str) -> Plain:
    if _NOT_PLAIN.match(text):
        raise _Unclear
    return scalars.resolve(text)


def _literal(text: str) -> str:
    """The value of a literal: its header and the lines below it. Its first line sets the indentation."""
    header, *lines = text.split("\n")
    first = next((line for line in lines if line), "")
    indent = len(first) - len(first.lstrip(" "))
    content = first[indent : indent + 1]
    if content in ("", "\t") or any(line[:indent].strip(" ") for line in lines):
        raise _Unclear
    value = "\n".join(line[indent:] for line in lines)
    if header.endswith("+"):
        return value + "\n"
    return value.rstrip("\n") + ("" if header.endswith("-") else "\n")


def _key_name(text: str) -> str:
    if len(text) > _LONGEST_KEY:
        raise _Unclear
    if text[0] in "'\"":
        return text[1:-1]
    if text == "<<":
        raise _Unclear
    if text not in scalars.WORDS and text[0] not in scalars.NUMERIC_STARTS:
        return text
    name = scalars.key_text(text)
    if name is None:
        raise _Unclear
    return name
