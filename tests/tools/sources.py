"""Whether each source that the rules name exists: repository, tag or commit, path, and line of it.

    python -m tests.tools.sources MIRRORS

MIRRORS holds git directories of upstream repositories (``owner+name/repo``), or of forks of them. Prints every source that
does not resolve and every repository without a directory; exits with 1 if a source does not resolve.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

from cnilint.document import Mapping, Node, Scalar, read
from cnilint.document import Sequence as SequenceNode
from cnilint.errors import UsageError
from cnilint.packs.program import PROGRAMS_FOLDER
from cnilint.packs.sources.derive import ProgramSource, read_source
from cnilint.packs.sources.history import History
from cnilint.resources import data_dir
from cnilint.source.process import git
from cnilint.versions import parse_version

_FIELDS = ("repository", "tag", "commit", "path", "line", "issue")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+\Z")
_ISSUE = re.compile(r"(?:https://github\.com/[\w.-]+/[\w.-]+/(?:issues|pull)/|[\w.-]+/[\w.-]+#)\d+\Z")
_NEWEST = "HEAD"
_COMMIT = re.compile(r"[0-9a-f]{7,40}\Z")


class NamedSource(Struct, frozen=True, kw_only=True):
    """One entry of ``evidence``, and where it is written; a field that it does not have is empty."""

    where: str
    repository: str = ""
    tag: str = ""
    commit: str = ""
    path: str = ""
    line: str = ""
    issue: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.repository}@{self.tag or self.commit}:{self.path}"


def main(mirrors: Path) -> int:
    """Check all sources; the number of those that do not resolve."""
    verdicts = resolved([source for source in named_sources() if not source.issue], mirrors)
    missing = [source for source, verdict in verdicts.items() if verdict is False]
    unknown = Counter(source.repository for source, verdict in verdicts.items() if verdict is None)
    for source in missing:
        print(f"does not resolve: {source}")
    for repository, number in sorted(unknown.items()):
        print(f"no git directory of {repository}: {number} not checked")
    resolving = len(verdicts) - len(missing) - unknown.total()
    print(f"{resolving} resolve, {len(missing)} do not, {unknown.total()} not checked")
    return len(missing)


def named_sources(folder: Path | None = None) -> Iterator[NamedSource]:
    """The sources in all files of rules."""
    root = folder or data_dir("rules")
    for path in sorted(root.glob("**/*.yaml")):
        shown = path.relative_to(root).as_posix()
        documents = read(shown, path.read_bytes(), everything=True)
        for entry in (entry for each in documents for entry in _entries(each.root)):
            values = {name: _text(entry, name) for name in _FIELDS}
            yield NamedSource(where=f"{shown}:{entry.span.line}", **values)


def malformed(source: NamedSource) -> str:
    """What is wrong with the form of a source; empty if nothing is."""
    if source.issue:
        return "" if _ISSUE.match(source.issue) else "an issue is owner/name#number or its address at GitHub"
    if not _REPOSITORY.match(source.repository):
        return "a repository is owner/name"
    if source.commit and not _COMMIT.match(source.commit):
        return "a commit is hexadecimal"
    if source.path.startswith("/") or " " in source.path:
        return "a path is relative to the repository"
    return ""


def resolved(sources: Iterable[NamedSource], mirrors: Path) -> dict[NamedSource, bool | None]:
    """Whether each source exists; None where no directory can tell.

    One without a tag or commit is looked up in the newest commit. Of a repository that only forks have, a release without
    a tag is the commit that prepares it.
    """
    by_repository: dict[str, list[NamedSource]] = {}
    for source in sources:
        by_repository.setdefault(source.repository, []).append(source)
    verdicts: dict[NamedSource, bool | None] = {}
    for repository, named in by_repository.items():
        try:
            history = History(mirrors, repository)
        except UsageError:
            verdicts |= dict.fromkeys(named)
        else:
            verdicts |= _resolved_in(history, named)
    return verdicts


def _resolved_in(history: History, named: Sequence[NamedSource]) -> Iterator[tuple[NamedSource, bool | None]]:
    revisions = {source: _revisions(history, source) for source in named}
    asked = [f"{each}:{source.path}" for source in named for each in revisions[source]]
    commits = [f"{each}^{{commit}}" for source in named for each in revisions[source]]
    existing = {found for directory in history.directories for found in _existing(directory, asked + commits)}
    for source in named:
        paths = [f"{each}:{source.path}" for each in revisions[source]]
        found = any(path in existing and _has_line(history, path, source.line) for path in paths)
        is_known = any(f"{each}^{{commit}}" in existing for each in revisions[source])
        # The newest commit of a fork, or of another repository of the same name, tells nothing.
        can_tell = history.is_own or (is_known and revisions[source] != [_NEWEST])
        yield source, found if can_tell else None


def _has_line(history: History, path: str, line: str) -> bool:
    """Whether a file has a line of this number."""
    if not line:
        return True
    held = next(each for each in history.directories if list(_existing(each, [path])))
    return len(git(held, ("cat-file", "blob", path)).splitlines()) >= int(line)


def _revisions(history: History, source: NamedSource) -> list[str]:
    own = source.commit or source.tag or _NEWEST
    version = parse_version(source.tag) if source.tag else None
    prepared = [
        commit.identifier
        for program in _programs()
        if version is not None and program.repository == source.repository and program.mark
        for released, commit in history.marked(program.mark, program.subject).items()
        if released.same_release(version)
    ]
    return [own, *prepared]


@cache
def _programs() -> tuple[ProgramSource, ...]:
    return tuple(map(read_source, sorted(data_dir("rules").glob(f"*/{PROGRAMS_FOLDER}/*.yaml"))))


def _existing(directory: Path, names: Sequence[str]) -> Iterator[str]:
    """Those names of objects that a directory has."""
    answers = git(directory, ("cat-file", "--batch-check"), "".join(f"{name}\n" for name in names).encode())
    for name, answer in zip(names, answers.decode().splitlines(), strict=True):
        if not answer.endswith(" missing"):
            yield name


def _text(entry: Mapping, name: str) -> str:
    """A field as it is written; empty where there is none."""
    field = entry.entries.get(name)
    return field.value.raw if field is not None and isinstance(field.value, Scalar) else ""


def _entries(node: Node | None) -> Iterator[Node]:
    """The mappings in every list ``evidence`` of a document."""
    if isinstance(node, Mapping):
        for entry in node.entries.values():
            if entry.key.raw == "evidence" and isinstance(entry.value, SequenceNode):
                yield from (item for item in entry.value.items if isinstance(item, Mapping))
            else:
                yield from _entries(entry.value)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _entries(item)


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1])) else 0)
