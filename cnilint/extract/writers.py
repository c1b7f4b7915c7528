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
from cnilint.regex import linear, regex

_PATH = rb"[\"']?([^\s\"'|;&<>(),]{1,1024})"
_WRITES = (
    (linear(rb">"), regex(rb">(?<![<>=-]>)>?\|?[ \t]*" + _PATH)),
    (linear(rb"tee"), regex(rb"tee(?<=\btee)\b(?:[ \t]+-a)?[ \t]+" + _PATH)),
    (
        linear(rb"[ \t]-[oO]|--out"),
        regex(rb"-(?<=[ \t]-)(?:o|O|-out(?:put)?(?:-file|-document)?)[ =]" + _PATH),
    ),
    (
        linear(rb"open\("),
        regex(rb"open\((?<=\bopen\()[ \t]*[\"']([^\"'\n]{1,1024})[\"'][ \t]*,[ \t]*[\"'][wax]"),
    ),
    (linear(rb"filename|dest:"), regex(rb"\b(?:filename[ \t]*=|dest:)[ \t]*" + _PATH)),
    (linear(rb"\n\t"), regex(rb"^([^\s:#]{1,1024}):(?![^\s])[^\n]*\n\t", re.MULTILINE)),
)
"""Marks, and what writes a file, which only a text with the mark has: most manifests have no mark."""
_COPIES = linear(rb"\b(?:cp|mv|install|touch|ln)[ \t]")
_COPIED = regex(rb"[^\n|;&<>]{1,1000}")
_ANY_MARK = linear(b"|".join((*(mark.pattern for mark, _ in _WRITES), _COPIES.pattern)))


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
        known = [
            (linear(re.escape(each.command.encode())), each.file) for each in gitops_conventions().generated
        ]
        for script, data in texts:
            generated += [_Generated(script, glob) for command, glob in known if command.search(data)]
            targets = list(_targets(data))
            moves = bool(targets) and b"cd " in data
            for raw in targets:
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
    if _ANY_MARK.search(data) is None:
        return
    for mark, pattern in _WRITES:
        if mark.search(data) is not None:
            yield from (match[1] for match in pattern.finditer(data))
    end = 0
    for copy in _COPIES.finditer(data):
        paths = _COPIED.match(data, copy.end()) if copy.start() >= end else None
        if paths is not None:
            end = paths.end()
            yield paths[0].split()[-1] if paths[0].strip() else b""


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
