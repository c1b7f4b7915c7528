"""Git's object database: revisions, the entries of trees and of the index, and the content of blobs. Nothing is written."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from cnilint.errors import UsageError
from cnilint.reading import MAX_BYTES, Unreadable, content, read_named, too_large
from cnilint.regex import regex
from cnilint.source.process import Failed, GitConversation, NotInstalled, git, program
from cnilint.source.reads import blob_id

LINK_MODE = "120000"
MODULE_MODE = "160000"
_ZERO = "0"
_LONG_IDS = regex(r"^\s*objectformat\s*=\s*\"?sha256\"?\s*$", re.IGNORECASE | re.MULTILINE)
_EMPTY = (blob_id(b""), blob_id(b"", long=True))
"""The ids of the empty content, which the index has for a file that is only intended to be added."""
_EMPTY_TREES = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""The ids of the empty tree, by their length, which git knows without an object."""
_GIT_FILES = ("HEAD", "objects", "refs")
"""What makes a folder a Git directory (gitrepository-layout(5)); ``config`` may be missing."""
_REFUSALS = ("dubious ownership", "safe.directory", "not a git repository", "unsafe repository")
"""What git says of a repository that it does not read, where it is not about the revision."""


class GitEntry(Struct, frozen=True, kw_only=True):
    """A file of a tree or of the index: its path, its mode as Git writes it, and the id of its content, which is empty
    for an unmerged path: the index has several versions of it."""

    path: str
    mode: str
    blob: str


class GitObjects:
    """The object database of a repository. ``top`` is the root of its work tree, or the folder of a bare repository."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._blobs = GitConversation(top, ("cat-file", "--batch"))

    def commit(self, revision: str) -> str:
        """The id of a commit, from any syntax of gitrevisions(7). Raises UsageError."""
        named = ("rev-parse", "--verify", "--quiet", "--end-of-options")
        try:
            if "\n" in revision or "\0" in revision:
                raise Failed("not a revision")
            name = git(self.top, (*named, revision)).decode("ascii", "replace").strip()
            return git(self.top, (*named, f"{name}^{{commit}}")).decode("ascii", "replace").strip()
        except Failed as error:
            raise self._unknown(revision, str(error)) from None

    def tree(self, commit: str) -> list[GitEntry]:
        """All files and submodules of a commit. Raises UsageError for one whose trees are not all in this clone."""
        try:
            listed = git(self.top, ("ls-tree", "-r", "-z", "--full-tree", commit))
        except Failed:
            hint = "a partial clone lacks it: fetch it first"
            raise UsageError(f"the tree of the revision {commit} is not in this clone", hint) from None
        return list(_entries(listed, blob=2))

    def index(self) -> list[GitEntry]:
        """All files and submodules of the index. Raises UsageError."""
        try:
            listed = git(self.top, ("ls-files", "--stage", "-z"))
        except Failed as error:
            raise UsageError(f"git cannot read the index of `{self.top}`: {error}") from None
        found = {entry.path: entry for entry in _entries(listed, blob=1, stage=2)}
        if any(entry.blob in _EMPTY for entry in found.values()):
            for path in self._intended(found.values()):
                del found[path]
        return list(found.values())

    def _intended(self, entries: Iterable[GitEntry]) -> list[str]:
        """The files that ``git add -N`` added: the index has nothing of them, and the next commit will not have them."""
        empty = [entry for entry in entries if entry.blob in _EMPTY]
        command = ("diff-index", "--cached", "--ita-invisible-in-index", "--name-only", "--no-renames", "-z")
        try:
            listed = git(self.top, (*command, _EMPTY_TREES[len(empty[0].blob)]))
        except Failed:
            # The option is experimental: without it such a file is read as an empty one.
            return []
        staged = frozenset(listed.decode("utf-8", "surrogateescape").split("\0"))
        return [entry.path for entry in empty if entry.path not in staged]

    def blob(self, identifier: str) -> bytes:
        """The content of a blob. Raises Unreadable for one that is not in this clone, or too large."""
        try:
            header = self._blobs.ask(identifier.encode("ascii", "replace")).split(b" ")
            if len(header) != 3 or not header[2].isdigit():
                raise Unreadable("content is not in this clone")
            size = int(header[2])
            if size > MAX_BYTES:
                # Without this the rest of the answer would have to be read.
                self._blobs.end()
                raise Unreadable(too_large(size))
            return self._blobs.take(size + 1)[:-1]
        except Failed as error:
            lost = str(error) == "git ended"
            raise Unreadable("content is not in this clone, or is damaged" if lost else str(error)) from None

    def content(self, identifier: str) -> bytes:
        """The content of the blob of a file. Raises Unreadable, for a pointer of Git LFS too."""
        return content(self.blob(identifier))

    @property
    def is_unborn(self) -> bool:
        """Whether nothing is committed yet to the branch that is checked out."""
        try:
            branch = git(self.top, ("symbolic-ref", "--quiet", "HEAD")).decode("utf-8", "replace").strip()
        except Failed:
            return False
        try:
            git(self.top, ("show-ref", "--verify", "--quiet", branch))
        except Failed:
            return True
        return False

    @property
    def is_shallow(self) -> bool:
        """Whether commits before a certain one are not in this clone."""
        try:
            return git(self.top, ("rev-parse", "--is-shallow-repository")).strip() == b"true"
        except Failed:
            return False

    def _unknown(self, revision: str, reason: str) -> UsageError:
        refused = refusal_of_git(self.top, reason)
        if refused is not None:
            return refused
        problem = f"there is no revision '{revision}' in this repository"
        if self.is_unborn:
            return UsageError(problem, "nothing is committed yet to the current branch")
        if self.is_shallow:
            return UsageError(
                problem,
                "this clone is shallow: fetch the commit, or clone with fetch-depth 0 in GitHub Actions",
            )
        return UsageError(problem)


def refusal_of_git(top: Path, reason: str) -> UsageError | None:
    """The error for a repository that git does not read at all; None where the reason is another one."""
    if not any(each in reason for each in _REFUSALS):
        return None
    hint = f"allow it with: git config --global --add safe.directory {top}" if "owner" in reason else ""
    return UsageError(f"git does not read the repository `{top}`: {reason}", hint)


def repository_around(path: str) -> GitObjects:
    """The repository around a path, which may exist in a revision only. Raises UsageError."""
    require_git("--rev")
    start = Path(path).absolute()
    nearest = next(folder for folder in (start, *start.parents) if folder.is_dir())
    for folder in (nearest, *nearest.parents):
        if (folder / ".git").exists() or is_git_directory(folder):
            return GitObjects(folder)
    raise UsageError(f"'{path}' is not in a Git repository: there is no revision to read")


def require_git(what: str) -> None:
    """Raises UsageError where git is not installed."""
    try:
        program("git")
    except NotInstalled:
        raise UsageError(f"{what} needs git, which is not on the PATH") from None


def is_git_directory(folder: Path) -> bool:
    """Whether a folder is itself a Git directory, as a bare repository is."""
    return all((folder / name).exists() for name in _GIT_FILES) and (folder / "HEAD").is_file()


def has_long_ids(top: Path) -> bool:
    """Whether the ids of a repository are those of SHA-256. A configuration that cannot be read says nothing.

    Source: https://git-scm.com/docs/hash-function-transition; ``.git`` may be a file, see gitrepository-layout(5).
    """
    folder = top / ".git"
    try:
        if folder.is_file():
            folder = top / _text_of(folder).removeprefix("gitdir:").strip()
            if (folder / "commondir").is_file():
                folder /= _text_of(folder / "commondir").strip()
        return _LONG_IDS.search(_text_of(folder / "config")) is not None
    except (Unreadable, OSError, ValueError):
        return False


def _text_of(file: Path) -> str:
    return read_named(file).decode("utf-8", "surrogateescape")


def _entries(listed: bytes, *, blob: int, stage: int | None = None) -> Iterator[GitEntry]:
    """The entries of ``git ls-tree -z`` or ``git ls-files --stage -z``: fields, a tab, the path. ``blob`` and ``stage`` are
    the positions of the fields. An unmerged path has an entry for each of its stages."""
    for record in listed.decode("utf-8", "surrogateescape").split("\0"):
        head, _, path = record.partition("\t")
        fields: Sequence[str] = head.split(" ")
        if path:
            is_merged = stage is None or fields[stage] == _ZERO
            yield GitEntry(path=path, mode=fields[0], blob=fields[blob] if is_merged else "")
