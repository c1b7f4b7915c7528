"""Which paths Git ignores, by the patterns of ``.gitignore`` files.

Source: https://git-scm.com/docs/gitignore. The files are those of the source, so that a revision has its own rules.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import dirname

from cnilint.document.patterns import Pattern, PatternError

_MOST_RULES = 10_000


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern of the ``.gitignore`` of ``folder``; ``negated`` takes paths back."""

    folder: str
    pattern: Pattern
    negated: bool


class IgnoredPaths:
    """The rules of a source."""

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        """``files`` are the ``.gitignore`` files, each with its text."""
        rules = [rule for path, data in files for rule in _rules(dirname(path), data)][:_MOST_RULES]
        # The file nearest to a path decides last.
        self._rules = sorted(rules, key=lambda rule: rule.folder.count("/") + bool(rule.folder))

    def ignores(self, path: str) -> bool:
        """Whether Git ignores a path that does not exist: the path itself, or a folder above it."""
        while path:
            if self._decides(path):
                return True
            path = dirname(path)
        return False

    def _decides(self, path: str) -> bool:
        ignored = False
        for rule in self._rules:
            prefix = f"{rule.folder}/" if rule.folder else ""
            if path.startswith(prefix) and rule.pattern.matches(path[len(prefix) :]):
                ignored = not rule.negated
        return ignored


def _rules(folder: str, data: bytes) -> Iterator[_Rule]:
    for line in data.decode("utf-8", "replace").splitlines():
        text = line.rstrip()
        if not text or text.startswith("#"):
            continue
        negated = text.startswith("!")
        try:
            pattern = Pattern(_regular_expression(text.removeprefix("!")))
        except PatternError:
            continue
        yield _Rule(folder, pattern, negated)


def _regular_expression(text: str) -> str:
    """The expression of a pattern. One without a slash inside matches at any depth."""
    text = text.rstrip("/")
    anywhere = "" if "/" in text else "(?:.*/)?"
    return anywhere + "".join(_pieces(text.removeprefix("/")))


_PIECE = re.compile(r"\*\*/|/\*\*|\*+|\?|\\.|\[[^\]/]+\]|.", re.DOTALL)


def _pieces(text: str) -> Iterator[str]:
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece == "**/":
            yield "(?:.*/)?"
        elif piece == "/**":
            yield "/.*"
        elif piece.startswith("*"):
            yield "[^/]*"
        elif piece == "?":
            yield "[^/]"
        elif piece.startswith("[") and len(piece) > 1:
            yield "[^" + re.escape(piece[2:-1]) + "]" if piece[1] in "!^" else _character_class(piece)
        else:
            yield re.escape(piece.removeprefix("\\") or "\\")


def _character_class(piece: str) -> str:
    """A set of characters; a ``-`` inside is a range, as in a regular expression."""
    return "[" + piece[1:-1].replace("\\", "\\\\").replace("[", "\\[") + "]"
