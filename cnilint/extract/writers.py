"""Finds the files that scripts write: by a redirection, ``tee``, an option, a copy, a program, or as a target of make."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import basename, dirname
from typing import NamedTuple

_PATH = rb"[\"']?([^\s\"'|;&<>(),]{1,1024})"
_WRITES = (
    re.compile(rb"(?<![<>=-])>{1,2}\|?[ \t]*" + _PATH),
    re.compile(rb"\btee\b(?:[ \t]+-a)?[ \t]+" + _PATH),
    re.compile(rb"[ \t](?:-o|-O|--out(?:put)?(?:-file|-document)?)[ =]" + _PATH),
    re.compile(rb"\bopen\([ \t]*[\"']([^\"'\n]{1,1024})[\"'][ \t]*,[ \t]*[\"'][wax]"),
    re.compile(rb"\b(?:filename[ \t]*=|dest:)[ \t]*" + _PATH),
    re.compile(rb"^([^\s:#]{1,1024}):(?![^\s])[^\n]*\n\t", re.MULTILINE),
)
_COPIES = re.compile(rb"\b(?:cp|mv|install|touch|ln)[ \t]([^\n|;&<>]{1,1000})")


class _Write(NamedTuple):
    """A path that a script writes; ``moves`` says that the script goes to other folders."""

    script: str
    target: str
    moves: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What scripts write, by the last part of the path."""

    targets: defaultdict[str, list[_Write]]

    @classmethod
    def of(cls, texts: Iterable[tuple[str, bytes]]) -> "Written":
        """What the scripts of some files write, each given with its text."""
        found: defaultdict[str, list[_Write]] = defaultdict(list)
        for script, data in texts:
            moves = b"cd " in data
            for raw in _targets(data):
                target = raw.decode("utf-8", "replace").rstrip("\"'`")
                found[basename(target)].append(_Write(script, target, moves))
        return cls(found)

    def by(self, path: str) -> str:
        """The script that writes a path; empty if none does."""
        writes = self.targets.get(basename(path), ())
        return next((write.script for write in writes if _may_be(path, write)), "")


def _targets(data: bytes) -> Iterator[bytes]:
    for pattern in _WRITES:
        yield from (match[1] for match in pattern.finditer(data))
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
    here = dirname(write.script)
    return write.moves or not here or f"{dirname(path)}/".startswith(f"{here}/")
