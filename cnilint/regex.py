"""Regular expressions that are compiled when they are first used.

A run uses a part of them, and compiling all 250 would be a fifth of its start.
"""

import re
from typing import Any, AnyStr, cast

_METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What ``re.compile`` gives, with the same methods; an error of the text is raised by the first use."""
    return cast(re.Pattern[AnyStr], _Deferred(text, flags))


class _Deferred:
    """A pattern whose methods are attributes once the first of them is asked for: then a use costs no more than one of a
    compiled pattern."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.pattern, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)
