"""Regular expressions that are compiled when they are first used.

A run uses a part of them, and compiling all 250 would be a fifth of its start.
"""

import re
from typing import Any, AnyStr, cast

_METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What ``re.compile`` gives, with the same methods; an error of the text is raised by the first use."""
    return cast(re.Pattern[AnyStr], _Deferred(text, flags))


def linear(text: bytes) -> re.Pattern[bytes]:
    """The same for a pattern that RE2 searches for in one pass, whatever it begins with: for a first look at whole files, which
    takes ``re`` ten times as long. RE2 takes bytes above 127 for characters of Latin-1, and has no lookaround."""
    return cast(re.Pattern[bytes], _Linear(text))


class _Deferred:
    """A pattern whose methods are attributes once the first of them is asked for: then a use costs no more than one of a
    compiled pattern."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def compiled(self) -> Any:
        return re.compile(self.pattern, self._flags)

    def __getattr__(self, name: str) -> Any:
        compiled = self.compiled()
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


class _Linear(_Deferred):
    def __init__(self, pattern: bytes) -> None:
        super().__init__(pattern, 0)

    def compiled(self) -> Any:
        # The module takes milliseconds to load.
        import re2

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        return re2.compile(self.pattern, options)
