"""The events of the C parser (libyaml), corrected where Kubernetes' parser (go-yaml v2) reads differently.

ruamel.yaml.clib ships libyaml 0.1.7, and go-yaml v2 is a port of libyaml, so they agree except here:

* a colon inside a plain scalar of a flow collection, ``{image: nginx:1.27}``: YAML 1.2, section 7.3.3
  (https://yaml.org/spec/1.2.2/#733-plain-style), and go-yaml allow it, libyaml 0.1.7 refuses it;
* ``\\'`` in double quotes: allowed by go-yaml (``yaml_parser_scan_flow_scalar`` in scannerc.go), unknown to YAML 1.1
  and 1.2 and refused by libyaml;
* a byte order mark inside a document: content for go-yaml, dropped by libyaml;
* ``\\/`` in double quotes: an escape of YAML 1.2, section 5.7, and of libyaml, refused by go-yaml.

Before parsing, characters that libyaml would refuse or drop are replaced by private use characters that the text
does not contain: one character for one, so that no position moves. The values of the events get the originals back.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from _ruamel_yaml import CParser
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import ScalarEvent

from cnilint.diagnostics.model import Message
from cnilint.document.errors import Broken, hostile, span_at, unparsable
from cnilint.document.node import Place, Text
from cnilint.regex import regex

_COLON_REFUSED = "found unexpected ':'"
_ESCAPE_REFUSED = "found unknown escape character"
_INNER_COLON = regex(r"[!&*][^\s,\[\]{}]*|(?<![\s,\[\]{}\"':])(:+)(?=\S)")
_ESCAPE = regex(r"\\.", re.DOTALL)
_REST_OF_QUOTED = regex(r'(?:[^"\\]|\\.)*"?', re.DOTALL)
_QUOTED = regex(r"""(?<=[\s\[{,])"(?:[^"'\\\n]|\\(?!'').|'(?!'))*\"""")
"""A scalar in double quotes on one line.

It has no two single quotes in a row: those may be the escape of a scalar in single quotes, and then the double
quotes around them are content.
"""
_QUOTE_ESCAPE, _SLASH_ESCAPE = r"\'", r"\/"
_BYTE_ORDER_MARK = "\ufeff"
_PRIVATE_USE = range(0xE000, 0xF900)

Event = Any
"""An event of ruamel.yaml.events, whose classes are untyped."""


@cache
def _refused_characters() -> re.Pattern[str]:
    """Characters that YAML refuses. Slow to compile, and needed only where one was found."""
    return re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class MaskedText:
    """The text of a document with the characters masked that libyaml reads differently. ``text`` locates positions."""

    __slots__ = ("_content", "_masks", "_originals", "_text")

    def __init__(self, content: str, text: Text) -> None:
        self._content = content
        self._text = text
        self._masks: dict[str, str] = {}
        self._originals: dict[int, str] = {}
        if _BYTE_ORDER_MARK in content:
            self._content = content.replace(_BYTE_ORDER_MARK, self._mask(_BYTE_ORDER_MARK))

    def events(self) -> Callable[[], Event]:
        """A function that returns the next event and raises the parser's YAMLError.

        Raises Broken for a surrogate: that is how ``stream`` decodes a byte that is not UTF-8.
        """
        try:
            parser = CParser(self._content)
        except UnicodeEncodeError as error:
            raise hostile(
                span_at(self._text, self._place(error.start)), Message("text is not UTF-8")
            ) from None
        next_event: Callable[[], Event] = parser.get_event
        if not self._masks and _SLASH_ESCAPE not in self._content:
            return next_event

        def corrected() -> Event:
            event = next_event()
            if type(event) is ScalarEvent:
                event.value = self._corrected(event)
            return event

        return corrected

    def repair(self, error: YAMLError) -> bool:
        """Mask the character that the parser refused, and later ones like it; False when go-yaml refuses it too."""
        if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
            return False
        index = error.problem_mark.index
        if error.problem == _COLON_REFUSED:
            self._mask_colons(index)
            return True
        if error.problem == _ESCAPE_REFUSED and self._content.startswith(_QUOTE_ESCAPE, index):
            self._mask_quotes(index)
            return True
        return False

    def failure(self, error: YAMLError) -> Broken:
        """The exception for an error of the parser. An error at the end of the text is placed at its last character."""
        if not isinstance(error, MarkedYAMLError):
            found = _refused_characters().search(self._content)
            mark, problem = self._place(found.start() if found else 0), str(error).strip().partition("\n")[0]
        else:
            mark = error.problem_mark or error.context_mark or Place(0, 0, 0)
            last = max(len(self._content.rstrip()) - 1, 0)
            mark = mark if mark.index <= last else self._place(last)
            problem = ", ".join(part for part in (error.context, error.problem) if part)
        return unparsable(span_at(self._text, mark), Message("not valid YAML: {problem}", problem=problem))

    def _corrected(self, event: Event) -> str:
        value: str = event.value
        if event.style == '"':
            self._refuse_slash_escape(event.start_mark.index, event.end_mark.index)
            if "'" in self._masks:
                value = value.replace(self._masks["\\"] + self._masks["'"], "'")
        return value.translate(self._originals)

    def _refuse_slash_escape(self, start: int, end: int) -> None:
        for escape in _ESCAPE.finditer(self._content, start, end):
            if escape[0] == _SLASH_ESCAPE:
                span = span_at(self._text, self._place(escape.start()))
                raise unparsable(span, Message("not valid YAML: the escape `\\/` is valid in JSON only"))

    def _mask_colons(self, index: int) -> None:
        """Mask the colon at ``index``; on the first call also all later colons inside words.

        Words in quotes and comments are included: masking there changes nothing, and one pass then does for most
        documents.
        """
        head, tail = self._content[:index], self._content[index + 1 :]
        if ":" not in self._masks:
            mask = self._mask(":")
            tail = _INNER_COLON.sub(lambda found: mask * len(found[1] or "") or found[0], tail)
        self._content = head + self._masks[":"] + tail

    def _mask_quotes(self, index: int) -> None:
        """Mask the escaped quotes of the scalar around ``index``, and those of later scalars on one line."""
        mask = self._mask("\\") + self._mask("'")

        def masked(text: str) -> str:
            return _ESCAPE.sub(lambda found: mask if found[0] == _QUOTE_ESCAPE else found[0], text)

        rest = _REST_OF_QUOTED.match(self._content, index)
        end = index if rest is None else rest.end()
        later = _QUOTED.sub(lambda found: masked(found[0]), self._content[end:])
        self._content = self._content[:index] + masked(self._content[index:end]) + later

    def _mask(self, original: str) -> str:
        if original not in self._masks:
            used = {*self._content, *self._masks.values()}
            code = next((code for code in _PRIVATE_USE if chr(code) not in used), None)
            if code is None:
                raise hostile(
                    span_at(self._text, Place(0, 0, 0)), Message("text uses all private use characters")
                )
            self._masks[original] = chr(code)
            self._originals[code] = original
        return self._masks[original]

    def _place(self, index: int) -> Place:
        start = self._content.rfind("\n", 0, index) + 1
        return Place(self._content.count("\n", 0, index), index - start, index)
