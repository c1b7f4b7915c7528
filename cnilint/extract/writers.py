"""Finds the files that scripts write: by a redirection, ``tee``, an option, a copy, a program, or as a target of make."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from posixpath import basename, dirname
from typing import NamedTuple

from msgspec import Struct

from cnilint.gitops.conventions import gitops_conventions
from cnilint.regex import regex

_PATH = rb"[\"']?([^\s\"'|;&<>(),]{1,1024})"
_WRITES = (
    ((b">",), regex(rb">(?<![<>=-]>)>?\|?[ \t]*" + _PATH)),
    ((b"tee",), regex(rb"tee(?<=\btee)\b(?:[ \t]+-a)?[ \t]+" + _PATH)),
    (
        (b" -o", b"\t-o", b" -O", b"\t-O", b"--out"),
        regex(rb"-(?<=[ \t]-)(?:o|O|-out(?:put)?(?:-file|-document)?)[ =]" + _PATH),
    ),
    (
        (b"open(",),
        regex(rb"open\((?<=\bopen\()[ \t]*[\"']([^\"'\n]{1,1024})[\"'][ \t]*,[ \t]*[\"'][wax]"),
    ),
    ((b"filename", b"dest:"), regex(rb"\b(?:filename[ \t]*=|dest:)[ \t]*" + _PATH)),
    ((b"\n\t",), regex(rb"^([^\s:#]{1,1024}):(?![^\s])[^\n]*\n\t", re.MULTILINE)),
)
"""What writes a file, and the marks without one of which a text has none: most manifests have no mark."""
_COPY_MARKS = tuple(
    word + space for word in (b"cp", b"mv", b"install", b"touch", b"ln") for space in (b" ", b"\t")
)
_COPIES = regex(rb"\b(?:cp|mv|install|touch|ln)[ \t]([^\n|;&<>]{1,1000})")


class _Generated(NamedTuple):
    """A file whose name a command of a script gives by itself, as a glob."""

    script: str
    glob: str


class _Write(NamedTuple):
    """A path that a script writes; ``moves`` says that the script goes to other folders."""

    script: str
    target: str
    moves: bool


class Written(Struct, frozen=True):
    """What scripts write, by the last part of the path."""

    targets: defaultdict[str, list[_Write]]
    generated: Sequence[_Generated] = ()

    @classmethod
    def of(cls, texts: Iterable[tuple[str, bytes]]) -> "Written":
        """What the scripts of some files write, each given with its text."""
        found: defaultdict[str, list[_Write]] = defaultdict(list)
        generated: list[_Generated] = []
        known = [(each.command.encode(), each.file) for each in gitops_conventions().generated]
        for script, data in texts:
            generated += [_Generated(script, glob) for command, glob in known if command in data]
            moves = b"cd " in data
            for raw in _targets(data):
                target = raw.decode("utf-8", "replace").rstrip("\"'`")
                found[basename(target)].append(_Write(script, target, moves))
        return cls(found, generated)

    def by(self, path: str) -> str:
        """The script that writes a path; empty if none does."""
        writes = self.targets.get(basename(path), ())
        written = (write.script for write in writes if _may_be(path, write))
        made = (
            each.script
            for each in self.generated
            if fnmatchcase(basename(path), each.glob) and _is_below(path, each.script)
        )
        return next(chain(written, made), "")


def _targets(data: bytes) -> Iterator[bytes]:
    for marks, pattern in _WRITES:
        if any(mark in data for mark in marks):
            yield from (match[1] for match in pattern.finditer(data))
    if any(mark in data for mark in _COPY_MARKS):
        for match in _COPIES.finditer(data):
            yield match[1].split()[-1] if match[1].strip() else b""


def _may_be(path: str, write: _Write) -> bool:
    """Whether a script writes this path: the folders that it names have to agree.

    A path without folders is written where the script is, or below, or where it goes.
    """
    given = dirname(write.target).split("/")
    folders = "/".join(part for part in given if part not in ("", ".", "..") and "$" not in part)
    if folders or "$" in write.target:
        return f"/{folders}/" in f"/{dirname(path)}/" or not folders
    return write.moves or _is_below(path, write.script)


def _is_below(path: str, script: str) -> bool:
    """Whether a path is in the folder of a script or below."""
    here = dirname(script)
    return not here or path.startswith(f"{here}/")
