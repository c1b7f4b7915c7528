"""Turns offsets into spans and names with variables into globs, for all readers of scripts."""

import re
from bisect import bisect_right

from cnilint.document import Span
from cnilint.regex import regex

_NAME = regex(r"[a-z0-9*](?:[-a-z0-9.*]*[a-z0-9*])?")
_VARIABLE = regex(r"\$\{\{[^{}]*\}\}|\{\{[^{}]*\}\}|\$\{[^{}]*\}|\$\([^()]*\)|\$\w+|`[^`]*`")
_LEAST_CONSTANT = 4
"""Constant characters that a glob needs: fewer would match other names."""


class LineOffsets:
    """The places of one text."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets; lines and columns count from 1."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end) - 1
        return Span(
            file=self.file,
            line=first + 1,
            column=start - self.starts[first] + 1,
            end_line=last + 1,
            end_column=end - self.starts[last] + 1,
        )


def has_variable(text: str) -> bool:
    """Whether the text is filled in later."""
    return "$" in text or "{{" in text or "`" in text


def object_name(text: str) -> str | None:
    """The name, or its pattern when one part of it is a variable; None when it says too little."""
    if not has_variable(text):
        return text if "*" not in text and _NAME.fullmatch(text) else None
    pattern = _VARIABLE.sub("*", text)
    constant = len(pattern.replace("*", "").strip("-."))
    if pattern.count("*") == 1 and constant >= _LEAST_CONSTANT and _NAME.fullmatch(pattern):
        return pattern
    return None


def namespace(text: str) -> str | None:
    """The namespace; None when a variable gives it, or nobody."""
    return text if text and not has_variable(text) and _NAME.fullmatch(text) else None
