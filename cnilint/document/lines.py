"""Lines of block YAML that say all of themselves: a key, an item, a plain or quoted value.

``LineReader`` reads each distinct line once: manifests repeat most of theirs. What a line alone does not decide, such as an
anchor, a tag or a tab, is ``UNCLEAR``: the parser has to read its document.
"""

import re
from contextlib import suppress
from functools import cache
from typing import TypeAlias

from msgspec import Struct

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import scalars
from cnilint.document.errors import Broken
from cnilint.document.node import Mapping, Node, Scalar, Sequence, Text
from cnilint.document.scalars import ScalarError
from cnilint.document.yaml import compose
from cnilint.regex import regex

KEY, OPEN_KEY, BLANK, ITEM_KEY, ITEM_OPEN_KEY, ITEM, TEXT, UNCLEAR, LONG = range(9)
"""What a line is: a key with its value; a key without one; empty or a comment; the same keys behind the dash of an item;
an item that is a scalar; more of a plain scalar; what the parser has to read. ``LONG`` is added where the line begins a
value of several lines. Plain numbers: they are compared for every line."""

NULL, PLAIN, COMMENTED, QUOTED, FLOW, BLOCK, OPEN_QUOTE = range(7)
"""How a value is written: not at all; plain; plain with a comment behind it, so that no line continues it; in quotes; as a
flow collection; as a literal or folded scalar, of which the line has the header; in a quote that is not closed."""


class ScalarToken(Struct, frozen=True, gc=False):
    """A scalar on a line: its text after unquoting, its columns from 0, and its quote."""

    raw: str
    start: int
    end: int
    quote: str = ""


class LineTokens(Struct, frozen=True):
    """The parts of a line. ``dash`` is the column of the dash; ``value`` is the whole text of the value where ``style`` says
    that it has a form of its own."""

    dash: int
    key: ScalarToken
    value: ScalarToken
    style: int


Line: TypeAlias = tuple[int, int, str, LineTokens]
"""Its form, the column of its key, or of its value, the key's name in JSON, and its parts."""

_MAX_COLUMN = 200
_LONGEST_KEY = 1000
"""Characters of a key. The parser refuses longer ones than 1024 (``yaml_parser_stale_simple_keys`` in scanner.c)."""
_CACHED_LINE, _CACHED_LINES = 160, 40_000
"""Characters of a line that may occur again, and how many lines are held."""

_LINE = regex(
    r"""
    ([ ]*)
    (-[ ]+)?
    (?:
        (   [^\s\-:?\[\]{},\#&*!|>@%`'"][^\s:]*(?::[^\s:]+)*
        |   "[^"\\]*"
        |   '[^']*'
        )
        :(?:[ ]+|\Z)
    )?
    (.*)
    """,
    re.VERBOSE,
)
_USUAL = regex(
    r"""
    ([ ]{0,100})
    (-[ ])?
    (?!(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|null|Null|NULL):)
    ([A-Za-z][\w./-]{0,250}):
    (?:
        [ ]
        (?:
            ([A-Za-z/_][\w./@=+-]*(?::[\w./@=+-]+)*)
        |   (["'])([ !\#-&(-\[\]-~]*)\5
        )
    )?
    """,
    re.VERBOSE | re.ASCII,
)
_CLOSED = {
    '"': regex(r'"((?:[^"\\]|\\["\\ntr])*)"(?: +#.*| *)'),
    "'": regex(r"'((?:[^']|'')*)'(?: +#.*| *)"),
}
_ESCAPES = r"""\\(?:["\\abefnrtvNLP_ ]|x[0-9A-Fa-f]{2}|u(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}|\Z)"""
"""Those that the parser takes; the last one escapes a line break."""
_OPENED = {'"': regex(rf'"(?:[^"\\]|{_ESCAPES})*'), "'": regex(r"'(?:[^']|'')*")}
_REST = {
    '"': regex(rf'(?:[^"\\]|{_ESCAPES})*("(?: +#.*| *))?'),
    "'": regex(r"(?:[^']|'')*('(?: +#.*| *))?"),
}
_HEADER = regex(r"[|>][-+]?(?: +#.*| *)")
_INDICATORS = frozenset(",[]{}#&*!|>@%`'\"")
_ESCAPE = regex(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_NO_TOKEN = ScalarToken(raw="", start=0, end=0)
_NO_TOKENS = LineTokens(dash=-1, key=_NO_TOKEN, value=_NO_TOKEN, style=NULL)
_UNCLEAR: Line = (UNCLEAR, 0, "", _NO_TOKENS)
_BLANK: Line = (BLANK, 0, "", _NO_TOKENS)


class _Unclear(Exception):
    """A line that the parser has to read."""


class LineReader(dict[str, Line]):
    """What each line says."""

    def __missing__(self, text: str) -> Line:
        line = _read(text)
        if len(text) <= _CACHED_LINE:
            if len(self) >= _CACHED_LINES:
                self.clear()
            self[text] = line
        return line


def is_regular(line: str) -> bool:
    """Whether YAML takes every character of a line as it is."""
    return line.isprintable() or _odd().search(line) is None


@cache
def _odd() -> re.Pattern[str]:
    """Line breaks other than LF, and characters that YAML refuses or drops. Slow to compile, and few texts need it."""
    return re.compile(
        "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    )


def closes(line: str, quote: str) -> bool | None:
    """Whether a line closes a quote that is open at its beginning; None for a line that the parser has to read."""
    rest = _REST[quote].match(line)
    if rest is None or rest.end() != len(line) or not is_regular(line) or "\t" in line:
        return None
    return rest[1] is not None


def _read(text: str) -> Line:
    usual = _USUAL.fullmatch(text)
    if usual is not None:
        return _usual(usual)
    if not text.strip(" "):
        return _BLANK
    if "\t" in text or not is_regular(text):
        return _UNCLEAR
    found = _LINE.match(text)
    assert found is not None
    column = found.end(1)
    if column > _MAX_COLUMN:
        return _UNCLEAR
    if text[column] == "#":
        return _BLANK
    try:
        return _line(text, found, column)
    except (_Unclear, ScalarError, Broken):
        return _UNCLEAR


def _usual(found: re.Match[str]) -> Line:
    """A line that needs no further look: a key that is a word, with a word, a text in quotes or nothing behind it."""
    dash, name, plain, quote, quoted = found.group(2, 3, 4, 5, 6)
    start = found.start(3)
    end = start + len(name)
    form = KEY if dash is None else ITEM_KEY
    # Between the parts is one blank each, so that their places need no look at the match.
    if plain is not None:
        value, style = ScalarToken(raw=plain, start=end + 2, end=end + 2 + len(plain)), PLAIN
    elif quoted is not None:
        value = ScalarToken(raw=quoted, start=end + 2, end=end + 4 + len(quoted), quote=quote)
        style = QUOTED
    else:
        value, style = ScalarToken(raw="", start=end + 1, end=end + 1), NULL
        form += OPEN_KEY
    key = ScalarToken(raw=name, start=start, end=end)
    return (
        form,
        start,
        name,
        LineTokens(dash=-1 if dash is None else start - 2, key=key, value=value, style=style),
    )


def _line(text: str, found: re.Match[str], column: int) -> Line:
    """Raises _Unclear, and ScalarError for a value that JSON cannot represent."""
    dash = -1 if found[2] is None else column
    content = found.start(3) if found[3] is not None else found.start(4)
    if found[3] is None and dash < 0:
        return _text(found[4], column)
    style, value = _value(found[4], found.start(4))
    if found[3] is None:
        if style is NULL:
            raise _Unclear
        form: int = ITEM
        return (
            form + _long(style),
            content,
            "",
            LineTokens(dash=dash, key=_NO_TOKEN, value=value, style=style),
        )
    key, name = _key(found[3], content)
    if style is NULL:
        # An empty scalar is where the colon ends.
        value = ScalarToken(raw="", start=key.end + 1, end=key.end + 1)
        form = OPEN_KEY if dash < 0 else ITEM_OPEN_KEY
    else:
        form = KEY if dash < 0 else ITEM_KEY
    return form + _long(style), content, name, LineTokens(dash=dash, key=key, value=value, style=style)


def _text(text: str, column: int) -> Line:
    """A line without a key and a dash. It can begin a value if it has a style."""
    first = text[0]
    style, token = NULL, _NO_TOKEN
    if first in "'\"":
        with suppress(_Unclear, Broken):
            style, token = _quoted(text, first, column)
    elif first not in _INDICATORS and first not in scalars.NUMERIC_STARTS and first not in "?:~":
        style = PLAIN if continues(text) and text.rstrip(" ") not in scalars.WORDS else NULL
    return TEXT, column, "", LineTokens(dash=-1, key=_NO_TOKEN, value=token, style=style)


def continues(text: str) -> bool:
    """Whether a line can be more of a plain scalar."""
    return ": " not in text and " #" not in text and text.rstrip(" ")[-1:] != ":"


def _long(style: int) -> int:
    return LONG if style >= BLOCK else 0


def _key(text: str, start: int) -> tuple[ScalarToken, str]:
    """The key, and its name in JSON."""
    end = start + len(text)
    if len(text) > _LONGEST_KEY or text == "<<":
        raise _Unclear
    if text[0] in "'\"":
        return ScalarToken(raw=text[1:-1], start=start, end=end, quote=text[0]), text[1:-1]
    name: str | None = text
    if text in scalars.WORDS or text[0] in scalars.NUMERIC_STARTS:
        name = scalars.key_text(text)
    if name is None:
        raise _Unclear
    return ScalarToken(raw=text, start=start, end=end), name


def _value(text: str, start: int) -> tuple[int, ScalarToken]:
    first = text[:1]
    if first in ("", "#"):
        return NULL, _NO_TOKEN
    if first in ("'", '"'):
        return _quoted(text, first, start)
    if first in ("|", ">"):
        if _HEADER.fullmatch(text) is None:
            raise _Unclear
        return BLOCK, ScalarToken(raw=first, start=start, end=start + len(text))
    if first in ("[", "{"):
        return _flow(text, start)
    return _plain(text, start)


def _quoted(text: str, quote: str, start: int) -> tuple[int, ScalarToken]:
    closed = _CLOSED[quote].fullmatch(text)
    if closed is None:
        if _OPENED[quote].fullmatch(text) is not None:
            return OPEN_QUOTE, ScalarToken(raw=quote, start=start, end=start + len(text))
        node = _alone(text)
        if not isinstance(node, Scalar):
            raise _Unclear
        return QUOTED, ScalarToken(raw=node.raw, start=start, end=start + node.end.column, quote=quote)
    raw = closed[1]
    if quote == "'":
        raw = raw.replace("''", "'")
    elif "\\" in raw:
        raw = _ESCAPE.sub(lambda found: _ESCAPED[found[1]], raw)
    return QUOTED, ScalarToken(raw=raw, start=start, end=start + closed.end(1) + 1, quote=quote)


def _flow(text: str, start: int) -> tuple[int, ScalarToken]:
    """A flow collection that begins and ends on the line, as the parser reads it alone."""
    if text not in ("{}", "[]"):
        node = _alone(text)
        if not isinstance(node, Mapping | Sequence):
            raise _Unclear
        text = text[: node.end.column]
    return FLOW, ScalarToken(raw=text, start=start, end=start + len(text))


def _alone(text: str) -> Node:
    """A value on one line, as the parser reads it alone."""
    found: list[Diagnostic] = []
    node = compose(f"{text}\n", Text(""), found)
    if found or node is None or node.end.line:
        raise _Unclear
    return node


def _plain(text: str, start: int) -> tuple[int, ScalarToken]:
    first = text[0]
    if first in _INDICATORS or (first in "-?:" and text[1:2] in ("", " ")):
        raise _Unclear
    comment = text.find(" #")
    style = PLAIN if comment < 0 else COMMENTED
    raw = (text if comment < 0 else text[:comment]).rstrip(" ")
    if ": " in raw or raw[-1] == ":":
        raise _Unclear
    if first in scalars.NUMERIC_STARTS:
        scalars.resolve(raw)
    return style, ScalarToken(raw=raw, start=start, end=start + len(raw))
