"""Suppressions written beside what they suppress: comments and annotations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cnilint.document import Span

MARK = b"cnilint: ignore["

_COMMENT = re.compile(r"#\s*cnilint: ignore\[([A-Z0-9, ]+)\]\s*(.*)")
_ANNOTATION = re.compile(r"\s*((?:CNI[0-9]{1,3}[\s,]*)+)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Comment:
    """``# cnilint: ignore[CNI101] reason``; ``line`` is the line that it speaks of, its own or the next."""

    line: int
    codes: tuple[str, ...]
    reason: str
    span: Span


def comments(file: str, data: bytes) -> Sequence[Comment]:
    """The comments of a file that suppress something."""
    if MARK not in data:
        return ()
    found = []
    lines = data.decode("utf-8", "replace").split("\n")
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line)
        if match is not None:
            alone = not line[: match.start()].strip()
            codes = tuple(code.strip() for code in match.group(1).split(",") if code.strip())
            span = Span(file, number, match.start() + 1, number, len(line) + 1)
            found.append(
                Comment(_next_line(lines, number) if alone else number, codes, match.group(2).strip(), span)
            )
    return found


def annotation_codes(value: str) -> tuple[tuple[str, ...], str]:
    """Codes and reason in the value of the annotation ``cnilint.dev/ignore``."""
    match = _ANNOTATION.fullmatch(value)
    if match is None:
        return (), value
    return tuple(re.findall(r"CNI[0-9]{1,3}", match.group(1))), match.group(2).strip()


def _next_line(lines: list[str], number: int) -> int:
    """The first line below that is no comment, so that several comments can stand above one line."""
    following = number + 1
    while following <= len(lines) and lines[following - 1].lstrip().startswith("#"):
        following += 1
    return following
