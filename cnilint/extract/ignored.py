"""Which paths Git ignores, by the ``.gitignore`` files of the source (https://git-scm.com/docs/gitignore).

They are those of the source, not of the work tree, so that a revision has its own.
"""

from collections.abc import Iterable, Iterator
from posixpath import dirname

from cnilint.errors import UsageError
from cnilint.extract.exclude import Excluded


class IgnoredPaths:
    """The rules of a source."""

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        """``files`` are the ``.gitignore`` files, each with its text."""
        self._rules = {dirname(path): Excluded(list(_valid(data))) for path, data in files}

    def ignores(self, path: str) -> bool:
        """Whether Git ignores a path: the ``.gitignore`` nearest to it that has a rule for it decides."""
        folder = dirname(path)
        while True:
            rules = self._rules.get(folder)
            decision = (
                None if rules is None else rules.decision(path.removeprefix(f"{folder}/" if folder else ""))
            )
            if decision is not None or not folder:
                return bool(decision)
            folder = dirname(folder)


def _valid(data: bytes) -> Iterator[str]:
    """The lines that are patterns; Git passes over any other."""
    for line in data.decode("utf-8", "replace").splitlines():
        try:
            Excluded([line])
        except UsageError:
            continue
        yield line
