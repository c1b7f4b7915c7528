"""The source of a hook: the files of a work tree that Git tracks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cnilint.errors import UsageError
from cnilint.source.process import Failed, NotInstalled, git
from cnilint.source.worktree import WorkTree


class TrackedTree(WorkTree):
    """The work tree without files that are not in the index: they are not committed, so they define nothing.

    pre-commit has stashed what is not staged of the others. The index is that of the hook: ``git commit PATH`` makes one of
    its own.
    """

    def _list(self, starts: Sequence[Path]) -> Iterator[str]:
        tracked = _tracked(self._root)
        return (path for path in super()._list(starts) if path in tracked)


def _tracked(root: Path) -> frozenset[str]:
    """The paths in the index. Raises UsageError."""
    try:
        listed = git(root, ("ls-files", "-z", "--cached"))
    except NotInstalled:
        raise UsageError("git not found: it names the files that are committed") from None
    except Failed as error:
        raise UsageError(f"git cannot list the files of '{root}': {error}") from None
    return frozenset(listed.decode("utf-8", "surrogateescape").split("\0"))
