"""The first-parent line of commits of a repository, and the files that each of them changes."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

from msgspec import Struct

from cnilint.errors import UsageError
from cnilint.reading import Unreadable
from cnilint.regex import regex
from cnilint.source.objects import LINK_MODE, MODULE_MODE, GitEntry, GitObjects
from cnilint.source.process import Failed, git, without_git_variables

MOST_COMMITS = 20_000
"""Older commits are not read, which a notice says."""

_BATCH = 500
_DATE = regex(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?")
_REQUESTS = (
    regex(r"^Merge pull request #(\d+)", re.MULTILINE),
    regex(r"^See merge request \S*!(\d+)\s*$", re.MULTILINE),
    regex(
        r"^(?:Pull-Request|PR|PR-URL|Reviewed-on|Merge-Request):\s*(\S+)\s*$", re.MULTILINE | re.IGNORECASE
    ),
    regex(r"\A[^\n]*\((?:#|!)(\d+)\)\s*$", re.MULTILINE),
)
"""How the message of a commit names its pull request: GitHub, GitLab, a trailer, the subject of a squash merge."""


class GitCommit(Struct, frozen=True, kw_only=True):
    """A commit: its id, that of its first parent (empty for a root, and at the border of a shallow clone), who made it,
    when (ISO 8601, as the author's clock had it), and what it says. ``request`` is the number or address of its pull
    request; empty if the message names none."""

    identifier: str
    parent: str
    author: str
    email: str
    date: str
    subject: str
    request: str


class ChangedPath(Struct, frozen=True, kw_only=True):
    """A file that a commit changes; a blob is empty where the file is not there. Links and submodules have no blob."""

    path: str
    before: str
    after: str


def first_parents(objects: GitObjects, end: str, since: str | None) -> tuple[list[GitCommit], str]:
    """The commits up to ``end``, the oldest first, and the commit before them; empty if they reach back to the start.

    ``since`` is a revision, or a date. Raises UsageError.
    """
    limit: Sequence[str] = ()
    seconds = None if since is None else _seconds(since)
    if seconds is not None:
        limit = (f"--max-age={seconds}",)
    elif since is not None:
        limit = (f"^{objects.commit(since)}",)
    most = f"--max-count={MOST_COMMITS}"
    commits = list(_commits(objects, ("--first-parent", most, *limit, end)))[::-1]
    return commits, _known_parent(objects, commits[0]) if commits else objects.commit(end)


def _seconds(date: str) -> int | None:
    """A date of ISO 8601, in local time unless it names a zone, as seconds; None for any other text."""
    if not _DATE.fullmatch(date):
        return None
    try:
        return max(int(datetime.fromisoformat(date).timestamp()), 0)
    except (ValueError, OverflowError, OSError):
        return None


def changed_paths(
    objects: GitObjects, commits: Sequence[GitCommit]
) -> Iterator[tuple[GitCommit, list[ChangedPath]]]:
    """The files that each commit changes against its first parent. Trees are compared by git, by their ids."""
    for start in range(0, len(commits), _BATCH):
        batch = commits[start : start + _BATCH]
        given = "".join(f"{each.identifier} {each.parent}".rstrip() + "\n" for each in batch).encode()
        command = ("diff-tree", "--stdin", "-r", "-z", "--root", "--no-renames", "--raw", "--full-index")
        changed = dict(_records(_git(objects, command, given)))
        yield from ((each, changed.get(each.identifier, [])) for each in batch)


def blamed(objects: GitObjects, revision: str, path: str, lines: Sequence[int]) -> dict[int, GitCommit]:
    """The commits that wrote some lines of a file of a revision. No filter of the repository runs."""
    wanted = [part for line in sorted(set(lines)) for part in ("-L", f"{line},{line}")]
    command = ("-c", "blame.ignoreRevsFile=", "blame", "--no-textconv", "--porcelain", "-s", *wanted)
    try:
        text = git(objects.top, (*command, revision, "--", path)).decode("utf-8", "replace")
    except Failed:
        return {}
    found = dict(_blamed_lines(text))
    names = sorted(set(found.values()))
    known = {each.identifier: each for each in _commits(objects, ("--no-walk", *names))} if names else {}
    return {line: known[name] for line, name in found.items() if name in known}


def _blamed_lines(text: str) -> Iterator[tuple[int, str]]:
    """The line and the commit of each record of ``git blame --porcelain``."""
    for row in text.split("\n"):
        parts = row.split(" ")
        if len(parts) in (3, 4) and len(parts[0]) in (40, 64) and not row.startswith("\t"):
            yield int(parts[2]), parts[0]


def _known_parent(objects: GitObjects, commit: GitCommit) -> str:
    """The parent of a commit, if this clone has it."""
    if not commit.parent:
        return ""
    try:
        return objects.commit(commit.parent)
    except UsageError:
        return ""


def _commits(objects: GitObjects, selection: Sequence[str]) -> Iterator[GitCommit]:
    """The commits that ``git rev-list`` selects. Its parents, unlike those of the record, end at the border of a shallow
    clone."""
    listed = _git(objects, ("rev-list", "--parents", *selection))
    for line in listed.decode("ascii", "replace").splitlines():
        identifier, *parents = line.split(" ")
        try:
            record = objects.blob(identifier)
        except Unreadable as error:
            raise UsageError(f"the commit {identifier} cannot be read: {error}") from None
        yield _commit(identifier, parents[0] if parents else "", record)


def _commit(identifier: str, parent: str, record: bytes) -> GitCommit:
    """The commit in a record of the object database: headers, an empty line, and the message."""
    with without_git_variables():
        # Only here: its import takes a tenth of a second, and starts git.
        from git.objects.util import parse_actor_and_date

    head, _, body = record.partition(b"\n\n")
    headers = dict(line.partition(b" ")[::2] for line in reversed(head.split(b"\n")))
    encoding = headers.get(b"encoding", b"").decode("ascii", "replace")
    author, seconds, offset = parse_actor_and_date(f"author {_text(headers.get(b'author', b''), encoding)}")
    message = _text(body, encoding)
    return GitCommit(
        identifier=identifier,
        parent=parent,
        author=(author.name or "").removesuffix("<>").strip(),
        email=author.email or "",
        date=_date(seconds, offset),
        subject=message.strip().partition("\n")[0],
        request=_request(message),
    )


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding or "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _date(seconds: int, offset: int) -> str:
    """In ISO 8601; empty for a time that no calendar has. ``offset`` is in seconds to the west."""
    try:
        return datetime.fromtimestamp(seconds, timezone(timedelta(seconds=-offset))).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _request(message: str) -> str:
    found = (pattern.search(message) for pattern in _REQUESTS)
    return next((match[1] for match in found if match is not None), "")


def _records(output: bytes) -> Iterator[tuple[str, list[ChangedPath]]]:
    """The changed files by commit, of ``git diff-tree --stdin -r -z``: an id, then a record and a path for each file."""
    tokens = iter(output.split(b"\0"))
    paths: list[ChangedPath] = []
    for token in tokens:
        if token.startswith(b":"):
            path = next(tokens, b"").decode("utf-8", "surrogateescape")
            paths.append(_changed(token[1:].decode("ascii", "replace").split(" "), path))
        elif token:
            paths = []
            yield token.decode("ascii", "replace").strip(), paths


def _changed(fields: Sequence[str], path: str) -> ChangedPath:
    old_mode, new_mode, old, new = fields[:4]
    return ChangedPath(path=path, before=_blob(old_mode, old), after=_blob(new_mode, new))


def _blob(mode: str, blob: str) -> str:
    is_file = mode.strip("0") and mode not in (LINK_MODE, MODULE_MODE)
    return blob if is_file else ""


def files_of(entries: Sequence[GitEntry]) -> dict[str, str]:
    """The blobs of the regular files among some entries, by path."""
    return {each.path: each.blob for each in entries if _blob(each.mode, each.blob)}


def _git(objects: GitObjects, arguments: Sequence[str], given: bytes | None = None) -> bytes:
    try:
        return git(objects.top, arguments, given)
    except Failed as error:
        raise UsageError(f"git cannot read the history of `{objects.top}`: {error}") from None
