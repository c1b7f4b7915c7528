"""A Git revision, read from the object database without a checkout."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from cnilint.errors import UsageError
from cnilint.source.base import Unreadable, common_base, too_large, under

if TYPE_CHECKING:
    from git.objects import Blob

_LINK_MODE = 0o120000


class Revision:
    """The tree of a revision. A symbolic link is a file whose text is the path it names."""

    def __init__(self, paths: Sequence[str], revision: str) -> None:
        from git import Repo
        from git.exc import BadName, GitError, InvalidGitRepositoryError, NoSuchPathError

        try:
            repository = Repo(paths[0], search_parent_directories=True)
        except (InvalidGitRepositoryError, NoSuchPathError):
            raise UsageError(
                f"'{paths[0]}' is in no Git repository, so there is no revision to read"
            ) from None
        try:
            commit = repository.commit(revision)
        except (BadName, ValueError, IndexError, GitError):
            raise UsageError(f"there is no revision '{revision}' in this repository") from None
        top = Path(repository.working_dir)
        self.root = str(top)
        self.revision: str | None = commit.hexsha
        self._blobs: dict[str, Blob] = {
            str(item.path): item
            for item in commit.tree.traverse()
            if not isinstance(item, tuple) and item.type == "blob"
        }
        folders = [_relative(Path(path).absolute(), top) for path in paths]
        self.files = tuple(sorted(self._blobs))
        self.selected = tuple(path for path in self.files if under(path, folders))
        self.named = frozenset(folders).intersection(self._blobs)
        self.base = common_base(folders, self.named)
        self.skipped: Mapping[str, str] = {}

    def read(self, path: str) -> bytes | None:
        blob = self._blobs.get(path)
        if blob is None:
            return None
        if blob.mode == _LINK_MODE:
            return self._follow(path, blob)
        refused = too_large(blob.size)
        if refused:
            raise Unreadable(refused)
        return bytes(blob.data_stream.read())

    def _follow(self, path: str, blob: "Blob") -> bytes | None:
        target = normpath(join(dirname(path), blob.data_stream.read().decode("utf-8", "replace")))
        if target.startswith(("../", "/")):
            raise Unreadable("the link leads out of the repository")
        found = self._blobs.get(target)
        if found is None or found.mode == _LINK_MODE:
            raise Unreadable("the link leads to no file")
        return self.read(target)


def _relative(path: Path, top: Path) -> str:
    try:
        relative = path.resolve().relative_to(top.resolve()).as_posix()
    except ValueError:
        raise UsageError(f"'{path}' is outside of the repository '{top}'") from None
    return "" if relative == "." else relative
