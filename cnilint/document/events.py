"""The events of the C parser, and where its libyaml reads otherwise than the parser of Kubernetes.

ruamel.yaml.clib ships libyaml 0.1.7, the ancestor of go-yaml v2, so the two agree on nearly everything. They part
at a colon inside a plain scalar of a flow collection, ``{image: nginx:1.27}``: go-yaml reads it, libyaml 0.1.7
gives up. And a byte order mark inside a document is a character for go-yaml and nothing for libyaml. Such
characters are masked by one that the text does not use, which moves no position, and put back in the values.
"""

import re
from collections.abc import Callable
from typing import Any

from _ruamel_yaml import CParser
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import ScalarEvent

from cnilint.document.fault import Broken, Fault, at, hostile, unparsable
from cnilint.document.node import Place, Text

MAX_REPAIRS = 8
"""Parses of one document. The first repair masks all colons of the usual forms, each later one a rare one."""

_COLON_REFUSED = "found unexpected ':'"
_INNER_COLON = re.compile(r"[!&*][^\s,\[\]{}]*|(?<![\s,\[\]{}\"':])(:+)(?=\S)")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PRIVATE_USE = range(0xE000, 0xF900)
_BYTE_ORDER_MARK = "\ufeff"

Event = Any
"""An event of ruamel.yaml.events; its classes are untyped."""


class ColonRefused(Exception):
    """The parser stopped at a colon that go-yaml reads; ``index`` is its offset."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class Source:
    """A text for the parser. ``masks`` says which characters of ``content`` stand for which."""

    __slots__ = ("content", "masks")

    def __init__(self, content: str) -> None:
        self.content = content
        self.masks: dict[int, str] = {}
        if _BYTE_ORDER_MARK in content:
            self.content = content.replace(_BYTE_ORDER_MARK, self._mask(_BYTE_ORDER_MARK))

    def mask_colon(self, index: int) -> None:
        """Mask the colon at ``index``, and the first time all later ones that stand inside a word.

        In block scalars, quotes and comments that changes nothing, since values get their colons back.
        """
        head, tail = self.content[:index], self.content[index + 1 :]
        if ":" in self.masks.values():
            mask = next(chr(code) for code, original in self.masks.items() if original == ":")
        else:
            mask = self._mask(":")
            tail = _INNER_COLON.sub(lambda found: mask * len(found[1] or "") or found[0], tail)
        self.content = head + mask + tail

    def open(self, text: Text) -> Callable[[], Event]:
        """A function that returns the next event.

        Raises Broken for a surrogate, which stands for a byte that is not UTF-8.
        """
        try:
            parser = CParser(self.content)
        except UnicodeEncodeError as error:
            message = "this is not UTF-8, and kubectl refuses it"
            raise hostile(at(text, _place(self.content, error.start)), message) from None
        next_event: Callable[[], Event] = parser.get_event
        masks = self.masks
        if not masks:
            return next_event

        def unmasked() -> Event:
            event = next_event()
            if type(event) is ScalarEvent:
                event.value = event.value.translate(masks)
            return event

        return unmasked

    def _mask(self, original: str) -> str:
        code = next(code for code in _PRIVATE_USE if chr(code) not in self.content)
        self.masks[code] = original
        return chr(code)


def failure(error: YAMLError, source: str, text: Text) -> Broken | ColonRefused:
    """What an error of the parser means."""
    if not isinstance(error, MarkedYAMLError):
        unprintable = _UNPRINTABLE.search(source)
        place = _place(source, unprintable.start() if unprintable else 0)
        return unparsable(at(text, place), f"the text is not YAML: {_first_line(str(error))}")
    mark = error.problem_mark or error.context_mark or Place(0, 0, 0)
    if error.problem == _COLON_REFUSED:
        return ColonRefused(mark.index)
    problem = ", ".join(part for part in (error.context, error.problem) if part)
    return Broken(Fault("CNI901", at(text, mark), f"the text is not YAML: {_first_line(problem)}"))


def _place(source: str, index: int) -> Place:
    start = source.rfind("\n", 0, index) + 1
    return Place(source.count("\n", 0, index), index - start, index)


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0] if message.strip() else "unknown reason"
