"""The source of ``--rev``: a Git revision, read from the object database without a checkout."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from cnilint.errors import UsageError
from cnilint.reading import Unreadable, content, too_large
from cnilint.source.base import NESTED, common_base, under
from cnilint.source.process import NotInstalled, program, without_git_variables

if TYPE_CHECKING:
    from git import Repo
    from git.objects import Blob, Commit, Submodule, Tree

_LINK_MODE = 0o120000


class GitRevision:
    """The files of a commit. Symbolic links to files of the same commit are followed."""

    def __init__(self, paths: Sequence[str], revision: str) -> None:
        with without_git_variables():
            repository = _repository(paths[0])
            commit = _commit(repository, revision)
            items = _items(commit)
        top = Path(repository.working_dir)
        self.root = str(top)
        self.revision: str | None = commit.hexsha
        folders = [_relative(Path(path).absolute(), top) for path in paths]
        known = {"", *(str(item.path) for item in items)}
        for path, folder in zip(paths, folders, strict=True):
            if folder not in known:
                raise UsageError(f"no file or folder '{path}' in the revision '{revision}'")
        self._blobs: dict[str, Blob] = {str(item.path): item for item in items if item.type == "blob"}
        self.files = tuple(sorted(self._blobs))
        self.selected = tuple(path for path in self.files if under(path, folders))
        self.named = frozenset(folders).intersection(self._blobs)
        self.base = common_base(folders, self.named)
        self.skipped: Mapping[str, str] = _submodules(items)

    def read(self, path: str) -> bytes | None:
        """The content of a file; None when the commit has none. Raises Unreadable."""
        blob = self._blobs.get(path)
        if blob is None:
            return None
        try:
            with without_git_variables():
                refused = too_large(blob.size)
                data = b"" if refused else bytes(blob.data_stream.read())
        except ValueError:
            raise Unreadable("content is not in this clone") from None
        if refused:
            raise Unreadable(refused)
        return self._follow(path, data) if blob.mode == _LINK_MODE else content(data)

    def _follow(self, path: str, link: bytes) -> bytes | None:
        """The content of the file that a symbolic link leads to. The blob of a link is the path that it leads to."""
        target = normpath(join(dirname(path), link.decode("utf-8", "surrogateescape")))
        if target.startswith(("../", "/")):
            raise Unreadable("symbolic link leads out of the repository")
        found = self._blobs.get(target)
        if found is None or found.mode == _LINK_MODE:
            raise Unreadable("symbolic link does not lead to a file")
        return self.read(target)


def _submodules(items: "list[Blob | Tree | Submodule]") -> dict[str, str]:
    return {str(item.path): NESTED for item in items if item.type == "submodule"}


def _repository(path: str) -> "Repo":
    """The repository around a path, which may exist in the revision only."""
    try:
        program("git")
    except NotInstalled:
        raise UsageError("--rev needs git, not found on the PATH") from None
    from git import Repo
    from git.exc import InvalidGitRepositoryError, NoSuchPathError

    start = Path(path).absolute()
    nearest = next(folder for folder in (start, *start.parents) if folder.is_dir())
    try:
        repository = Repo(nearest, search_parent_directories=True)
    except (InvalidGitRepositoryError, NoSuchPathError):
        raise UsageError(f"'{path}' is not in a Git repository: there is no revision to read") from None
    return repository


def _commit(repository: "Repo", revision: str) -> "Commit":
    """The commit of a revision in any syntax of Git (gitrevisions(7))."""
    from git.exc import GitError

    named = ("--verify", "--quiet", "--end-of-options")
    try:
        name = repository.git.rev_parse(*named, revision)
        return repository.commit(repository.git.rev_parse(*named, f"{name}^{{commit}}"))
    except (GitError, ValueError):
        raise UsageError(f"there is no revision '{revision}' in this repository") from None


def _items(commit: "Commit") -> "list[Blob | Tree | Submodule]":
    """All files, folders and submodules of a commit."""
    try:
        return [item for item in commit.tree.traverse() if not isinstance(item, tuple)]
    except ValueError:
        hint = "a partial clone lacks it: fetch it first"
        raise UsageError(f"the tree of the revision {commit.hexsha} is not in this clone", hint) from None


def _relative(path: Path, top: Path) -> str:
    try:
        relative = path.resolve().relative_to(top.resolve()).as_posix()
    except ValueError:
        raise UsageError(f"'{path}' is outside of the repository '{top}'") from None
    return "" if relative == "." else relative
