"""Finds the files that a program embeds, and completes before it applies them: Go's ``//go:embed``.

Source: https://pkg.go.dev/embed: patterns as of ``path.Match``, relative to the folder of the source file, never above
it; a folder is embedded with all that is below it; ``all:`` includes hidden files.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from posixpath import dirname, join, normpath

from msgspec.structs import replace

from cnilint.document.patterns import Pattern, PatternError
from cnilint.extract.model import FileFacts
from cnilint.reading import Unreadable
from cnilint.regex import regex
from cnilint.source.base import MANIFESTS, Source

_SUFFIX = ".go"
_UNPARSABLE = "CNI901"
_DIRECTIVE = regex(rb"^[ \t]*//go:embed[ \t]+([^\n]{1,4096})", re.MULTILINE)
_WILDCARD = regex(r"[*?\[]")
_MOST_PATTERNS = 64
"""Patterns with a wildcard in one folder; of more the rest are not looked for."""
_PATTERN = regex(r'"([^"]*)"|`([^`]*)`|(\S+)')


class EmbeddedFiles:
    """The files of a source that programs embed, by the patterns of their source code."""

    def __init__(self, source: Source, paths: Sequence[str]) -> None:
        self._named: dict[str, str] = {}
        self._by_folder: defaultdict[str, list[tuple[Pattern, str]]] = defaultdict(list)
        for path in _beside_manifests(paths):
            for text in _patterns(source, path):
                self._add(text, path)

    def _add(self, text: str, path: str) -> None:
        folder = dirname(path)
        if ".." in text.split("/"):
            return
        if not _WILDCARD.search(text):
            self._named.setdefault(normpath(join(folder, text)), path)
        elif len(self._by_folder[folder]) < _MOST_PATTERNS:
            with suppress(PatternError):
                self._by_folder[folder].append((Pattern(_expression(text)), path))

    def by(self, file: str) -> str:
        """The source file that embeds a file; empty if none does."""
        place = file
        while self._named or self._by_folder:
            folder = dirname(place)
            below = file.removeprefix(f"{folder}/") if folder else file
            if place in self._named:
                return self._named[place]
            for pattern, path in self._by_folder.get(folder, ()):
                if pattern.matches(below):
                    return path
            if not folder:
                return self._named.get(".", "")
            place = folder
        return ""

    def as_read(self, facts: FileFacts) -> FileFacts:
        """The facts of a file, with the program that embeds it; what its own text is for, the program decides."""
        by = self.by(facts.file)
        if not by:
            return facts
        evidence = (f"`{by}` embeds the file, and its program may read it in another way",)
        return replace(
            facts,
            embedded_by=by,
            diagnostics=tuple(
                replace(each, severity="note", confidence="possible", evidence=evidence)
                if each.code == _UNPARSABLE
                else each
                for each in facts.diagnostics
            ),
        )


def _beside_manifests(paths: Iterable[str]) -> Iterator[str]:
    """The source files in a folder with manifests, or above one: no other can embed them."""
    programs = [path for path in paths if path.endswith(_SUFFIX)]
    if not programs:
        return
    folders = {""}
    for path in paths:
        folder = dirname(path) if path.endswith(MANIFESTS) else ""
        while folder not in folders:
            folders.add(folder)
            folder = dirname(folder)
    yield from (path for path in programs if dirname(path) in folders)


def _patterns(source: Source, path: str) -> Iterator[str]:
    """The patterns of the directives in a source file."""
    try:
        data = source.read(path) or b""
    except Unreadable:
        return
    if b"//go:embed" not in data:
        return
    for directive in _DIRECTIVE.finditer(data):
        for quoted, raw, plain in _PATTERN.findall(directive[1].decode("utf-8", "replace")):
            yield (quoted or raw or plain).removeprefix("all:").strip("/")


def _expression(pattern: str) -> str:
    """A pattern of Go's ``path.Match`` for a file, or for a folder above it; brackets match any character."""
    bare = re.sub(r"\[[^\]]*\]", "?", pattern)
    text = re.escape(bare).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return f"(?s){text}(?:/.*)?"
