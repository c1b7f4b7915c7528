"""Regular expressions that the input gives, in RE2's syntax and matched in linear time.

Python's ``re`` backtracks: a pattern of a few bytes can take hours. RE2 cannot, and it is what Go programs use.
Source of the syntax: https://github.com/google/re2/wiki/Syntax
"""

from functools import lru_cache
from typing import Protocol, cast

from cnilint.regex import regex

_LITERAL = regex(r"[A-Za-z0-9 /_-]*")
_SURROGATE = regex("[\ud800-\udfff]")
_TOO_LARGE = "pattern too large"


class PatternError(ValueError):
    """A pattern that RE2 does not accept. ``too_large``: its syntax is right, but it needs too much memory."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.too_large = reason.startswith(_TOO_LARGE)


class _Match(Protocol):
    def group(self, number: int, /) -> str | None: ...


class _Compiled(Protocol):
    @property
    def groups(self) -> int: ...

    def fullmatch(self, text: str, /) -> _Match | None: ...


class Pattern:
    """A pattern to match whole texts with. Raises PatternError where it is not one."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled = None if _LITERAL.fullmatch(text) else _compile(text)

    def __reduce__(self) -> tuple[type["Pattern"], tuple[str]]:
        return Pattern, (self.text,)

    @property
    def groups(self) -> int:
        """The number of groups in the pattern."""
        return 0 if self._compiled is None else self._compiled.groups

    def matches(self, text: str) -> bool:
        """Whether the pattern matches the whole text."""
        if self._compiled is None:
            return text == self.text
        return self._compiled.fullmatch(_encodable(text)) is not None

    def first_group(self, text: str) -> str | None:
        """What the first group matches; empty if it takes no part, None if the pattern does not match the text."""
        if self._compiled is None:
            return None
        match = self._compiled.fullmatch(_encodable(text))
        return None if match is None else match.group(1) or ""


@lru_cache(maxsize=4096)
def pattern(text: str) -> Pattern:
    """The pattern of a text, compiled once. Raises PatternError."""
    return Pattern(text)


def regular_expression(text: str) -> Pattern:
    """The pattern of a text in a data file. Raises ValueError, which says what was expected."""
    try:
        return pattern(text)
    except PatternError as error:
        raise ValueError(f"expected a regular expression: {error}") from None


def _compile(text: str) -> _Compiled:
    # Many runs meet no pattern that is not literal; the module takes milliseconds to load.
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return cast(_Compiled, re2.compile(_encodable(text), options))
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        raise PatternError(
            reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        ) from None


def _encodable(text: str) -> str:
    """The text with U+FFFD for every lone surrogate, which UTF-8 cannot encode."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
