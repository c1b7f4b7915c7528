"""Suppressions: comments and annotations in manifests, and the rules of the configuration."""

import re
from collections.abc import Sequence

from msgspec import Struct

from cnilint.diagnostics.span import Span
from cnilint.regex import regex

_MARK = b"cnilint:"
_COMMENT = regex(r"#\s*cnilint:\s*ignore\[([^\[\]]*)\]\s*(.*)")
"""The codes hold no bracket, so that a line of many opening ones is read once."""
_SELECTOR = regex(r"[\w.*-]+(?:/[\w.*-]+)?")
_CODE = r"[Cc][Nn][Ii][0-9]{1,3}\b"
_ONE = rf"(?:{_CODE}|[\w-]+/[\w.*-]+)"
_ANNOTATION = regex(rf"\s*({_ONE}(?:\s*,\s*{_ONE}|\s+{_CODE})*)[\s,]*(.*)", re.DOTALL)
"""Codes may be separated by blanks; a rule follows a comma, since the reason may begin with a path."""


class Comment(Struct, frozen=True, kw_only=True):
    """``# cnilint: ignore[CNI101] reason``; ``line`` is the line to which it applies, its own or the next.

    ``written`` is the text in the brackets, ``codes`` the codes, prefixes or names of codes, and rules in it.
    """

    line: int
    written: str
    codes: tuple[str, ...]
    reason: str
    span: Span


def comments(file: str, data: bytes) -> Sequence[Comment]:
    """The comments of a file that suppress something."""
    if _MARK not in data:
        return ()
    found = []
    lines = data.decode("utf-8", "replace").split("\n")
    below = len(lines) + 1
    # From the bottom, because a comment applies to the first line below it that is not a comment.
    for number in range(len(lines), 0, -1):
        line = lines[number - 1]
        match = _COMMENT.search(line)
        if match is not None:
            alone = not line[: match.start()].strip()
            found.append(_comment(match, file, number, below if alone else number))
        if not line.lstrip().startswith("#"):
            below = number
    return found[::-1]


def _comment(match: re.Match[str], file: str, number: int, applies_to: int) -> Comment:
    end = len(match.string) + 1
    return Comment(
        line=applies_to,
        written=match.group(1).strip(),
        codes=tuple(_SELECTOR.findall(match.group(1))),
        reason=match.group(2).strip(),
        span=Span(file=file, line=number, column=match.start() + 1, end_line=number, end_column=end),
    )


def annotation_codes(value: str) -> tuple[tuple[str, ...], str]:
    """Codes or rules, and the reason, in the value of the annotation ``cnilint.dev/ignore``."""
    match = _ANNOTATION.fullmatch(value)
    if match is None:
        return (), value
    return tuple(_SELECTOR.findall(match.group(1))), match.group(2).strip()


class SuppressionRule(Struct, frozen=True, kw_only=True):
    """A suppression: findings that ``code`` selects and that match all its globs.

    ``file`` is matched below ``folder``, the folder of the configuration file.
    """

    code: str
    reason: str
    span: Span
    folder: str = ""
    file: str = "*"
    object: str = "*"
    reference: str = "*"
    environment: str = "*"
    until: str = ""
