"""The events of the C parser, corrected where its libyaml reads otherwise than the parser of Kubernetes.

ruamel.yaml.clib ships libyaml 0.1.7, the ancestor of go-yaml v2, so the two agree on nearly everything:

* a colon inside a plain scalar of a flow collection, ``{image: nginx:1.27}``, is refused by libyaml 0.1.7;
* so is ``\\'`` in double quotes;
* a byte order mark inside a document is a character for go-yaml and nothing for libyaml;
* ``\\/`` in double quotes is refused by go-yaml.

Characters that libyaml cannot take are masked by ones that the text does not use, which moves no position, and
put back in the values.
"""

import re
from collections.abc import Callable
from typing import Any

from _ruamel_yaml import CParser
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import ScalarEvent

from cnilint.document.fault import Broken, at, hostile, unparsable
from cnilint.document.node import Place, Text

_COLON_REFUSED = "found unexpected ':'"
_ESCAPE_REFUSED = "found unknown escape character"
_INNER_COLON = re.compile(r"[!&*][^\s,\[\]{}]*|(?<![\s,\[\]{}\"':])(:+)(?=\S)")
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_REST_OF_QUOTED = re.compile(r'(?:[^"\\]|\\.)*"?', re.DOTALL)
_QUOTED = re.compile(r"""(?<=[\s\[{,])"(?:[^"'\\\n]|\\(?!'').|'(?!'))*\"""")
"""A scalar in double quotes in one line. Two single quotes in it may be another scalar's syntax."""
_QUOTE_ESCAPE, _SLASH_ESCAPE = r"\'", r"\/"
_BYTE_ORDER_MARK = "\ufeff"
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PRIVATE_USE = range(0xE000, 0xF900)

Event = Any
"""An event of ruamel.yaml.events; its classes are untyped."""


class MaskedText:
    """A text for the parser, with masks in it. ``text`` is where its positions belong."""

    __slots__ = ("_content", "_masks", "_originals", "_text")

    def __init__(self, content: str, text: Text) -> None:
        self._content = content
        self._text = text
        self._masks: dict[str, str] = {}
        self._originals: dict[int, str] = {}
        if _BYTE_ORDER_MARK in content:
            self._content = content.replace(_BYTE_ORDER_MARK, self._mask(_BYTE_ORDER_MARK))

    def events(self) -> Callable[[], Event]:
        """A function that returns the next event, or raises the parser's YAMLError.

        Raises Broken for a surrogate, which stands for a byte that is not UTF-8.
        """
        try:
            parser = CParser(self._content)
        except UnicodeEncodeError as error:
            raise hostile(at(self._text, self._place(error.start)), "this is not UTF-8") from None
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
        """Mask what the parser stopped at, and what it would stop at next; False when it was right to stop."""
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
        """What an error of the parser means. One at the end of the text is shown at its last character."""
        if not isinstance(error, MarkedYAMLError):
            found = _UNPRINTABLE.search(self._content)
            mark, problem = self._place(found.start() if found else 0), str(error).strip().partition("\n")[0]
        else:
            mark = error.problem_mark or error.context_mark or Place(0, 0, 0)
            last = max(len(self._content.rstrip()) - 1, 0)
            mark = mark if mark.index <= last else self._place(last)
            problem = ", ".join(part for part in (error.context, error.problem) if part)
        return unparsable(at(self._text, mark), f"the text is not YAML: {problem}")

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
                message = f"the text is not YAML: found the escape {_SLASH_ESCAPE}, which only JSON has"
                raise unparsable(at(self._text, self._place(escape.start())), message)

    def _mask_colons(self, index: int) -> None:
        """Mask the colon there, and the first time all later ones inside a word, be it in quotes or in a comment."""
        head, tail = self._content[:index], self._content[index + 1 :]
        if ":" not in self._masks:
            mask = self._mask(":")
            tail = _INNER_COLON.sub(lambda found: mask * len(found[1] or "") or found[0], tail)
        self._content = head + self._masks[":"] + tail

    def _mask_quotes(self, index: int) -> None:
        """Mask the escaped quotes from there to the end of the scalar, and those of later ones that are plain to see."""
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
                raise hostile(at(self._text, Place(0, 0, 0)), "the text uses every character there is")
            self._masks[original] = chr(code)
            self._originals[code] = original
        return self._masks[original]

    def _place(self, index: int) -> Place:
        start = self._content.rfind("\n", 0, index) + 1
        return Place(self._content.count("\n", 0, index), index - start, index)
