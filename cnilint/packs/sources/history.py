"""Releases and files of upstream repositories, read from git directories without a work tree."""

import io
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from posixpath import dirname
from typing import BinaryIO

from msgspec import Struct

from cnilint.errors import UsageError
from cnilint.source.process import Failed, NotInstalled, git
from cnilint.versions import Version, parse_version

_LOG = ("log", "--all", "--format=%H %s", "--")
_MAIN_LOG = ("log", "--format=%H", "HEAD", "--")
_LIST = ("ls-tree", "-r", "-z")


class Commit(Struct, frozen=True):
    """A commit in one of the git directories; ``name`` is the tag or the shortened id."""

    directory: Path
    identifier: str
    name: str


class SourceFile(Struct, frozen=True):
    """A file of a commit: its path, and the id of its content."""

    path: str
    blob: str


class History:
    """The git directories of one repository: its own, and those of forks, which share its commits.

    Raises UsageError where there is none.
    """

    def __init__(self, mirrors: Path, repository: str) -> None:
        own = mirrors / repository.replace("/", "+") / "repo"
        forks = sorted(mirrors.glob(f"*+{repository.partition('/')[2]}/repo"))
        self.is_own = own.is_dir()
        self.directories = [own] if self.is_own else forks
        if not self.directories:
            raise UsageError(f"`{mirrors}` has no git directory of `{repository}`")

    def tagged(self, pattern: str) -> dict[Version, Commit]:
        """The releases that have a tag; in ``pattern`` the text ``{version}`` is the version."""
        head, _, tail = pattern.partition("{version}")
        found: dict[Version, Commit] = {}
        for directory in self.directories:
            for tag in _answer(directory, ("tag",)).split():
                if tag.startswith(head) and tag.endswith(tail):
                    version = _release(tag[len(head) : len(tag) - len(tail)])
                    if version is not None:
                        found.setdefault(version, Commit(directory, tag, tag))
        return found

    def marked(self, path: str, subject: str) -> dict[Version, Commit]:
        """The releases whose commit writes the version into a file, as in repositories without tags.

        ``subject`` is how the message of such a commit starts: others change the file too.
        """
        found: dict[Version, Commit] = {}
        for directory in self.directories:
            log = _git(directory, *_LOG, path)
            for line in sorted(log.splitlines()):
                identifier, _, message = line.partition(" ")
                if message.startswith(subject):
                    version = _release(_git(directory, "show", f"{identifier}:{path}").strip())
                    if version is not None:
                        found.setdefault(version, Commit(directory, identifier, identifier[:12]))
        return found

    def packed(self, pattern: str) -> dict[Version, tuple[str, bytes]]:
        """The releases that are archives in the newest commit: name and content of each file that fits the pattern."""
        head, _, tail = pattern.partition("{version}")
        found: dict[Version, tuple[str, bytes]] = {}
        for directory in self.directories:
            for name in _git(directory, "ls-tree", "--name-only", "HEAD", *_folder(head)).splitlines():
                version = _release(name[len(head) : len(name) - len(tail)]) if name.startswith(head) else None
                if version is not None and name.endswith(tail):
                    found.setdefault(version, (name, _run(directory, ("show", f"HEAD:{name}"))))
        return found

    def numbered(self, path: str, number: Callable[[str], str]) -> dict[Version, Commit]:
        """The releases that a file numbers: the first commit of the main branch with each number."""
        found: dict[Version, Commit] = {}
        for directory in self.directories:
            for identifier in _git(directory, *_MAIN_LOG, path).split():
                version = _release(number(_git(directory, "show", f"{identifier}:{path}", missing="")))
                if version is not None:
                    found[version] = Commit(directory, identifier, identifier[:12])
        return found

    def commit(self, identifier: str) -> Commit:
        """The commit of an id or a tag. Raises UsageError where no directory has it."""
        for directory in self.directories:
            kind = _git(directory, "cat-file", "-t", identifier, missing="").strip()
            if kind in ("commit", "tag"):
                return Commit(directory, identifier, identifier[:12] if kind == "commit" else identifier)
        raise UsageError(f"no git directory has the commit `{identifier}`")

    def date(self, commit: Commit) -> str:
        """The day of an annotated tag, or of a commit, as ``YYYY-MM-DD``."""
        tag = f"refs/tags/{commit.identifier}"
        day = _git(commit.directory, "for-each-ref", "--format=%(creatordate:short)", tag).strip()
        return day or _git(commit.directory, "log", "-1", "--format=%cs", commit.identifier).strip()

    def files(self, commit: Commit, paths: Sequence[str]) -> list[SourceFile]:
        """The files below some paths."""
        listing = _git(commit.directory, *_LIST, commit.identifier, "--", *paths)
        return [
            SourceFile(path, about.split()[2])
            for entry in listing.split("\0")
            if entry
            for about, _, path in (entry.partition("\t"),)
        ]

    def texts(self, commit: Commit, files: Sequence[SourceFile]) -> dict[SourceFile, str]:
        """The texts of some files; empty for one that the directory does not have."""
        wanted = "".join(f"{file.blob}\n" for file in files).encode()
        try:
            answers = io.BytesIO(_run(commit.directory, ("cat-file", "--batch"), wanted) if files else b"")
        except Failed as error:
            raise UsageError(f"git cat-file: {error}") from None
        return {file: _next_text(answers) for file in files}


def _next_text(answers: BinaryIO) -> str:
    """The content of the next object in the output of ``git cat-file --batch``."""
    head = answers.readline().split()
    if len(head) != 3:
        return ""
    return answers.read(int(head[2]) + 1)[:-1].decode(errors="replace")


@cache
def _git(directory: Path, *arguments: str, missing: str | None = None) -> str:
    """What git says of what does not change: commits and files."""
    return _answer(directory, arguments, missing)


def _answer(directory: Path, arguments: Sequence[str], missing: str | None = None) -> str:
    try:
        return _run(directory, arguments).decode(errors="replace")
    except Failed as error:
        if missing is not None:
            return missing
        raise UsageError(f"git {' '.join(arguments)}: {error}") from None


def _run(directory: Path, arguments: Sequence[str], given: bytes | None = None) -> bytes:
    try:
        return git(directory, arguments, given)
    except NotInstalled:
        raise UsageError("git is not installed") from None


def _release(text: str) -> Version | None:
    """A released version: not a pre-release, not a rebuild, with three numbers."""
    version = parse_version(text)
    plain = version is not None and version.stage is None and not version.suffix and len(version.numbers) == 3
    return version if plain else None


def _folder(head: str) -> list[str]:
    folder = dirname(head)
    return ["--", f"{folder}/"] if folder else []
