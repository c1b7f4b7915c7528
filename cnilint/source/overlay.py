"""The source of an editor: a work tree in which standard input is the content of one file."""

from __future__ import annotations

from pathlib import Path

from cnilint.source.worktree import WorkTree, work_tree_of


class WorkTreeWith(WorkTree):
    """A work tree with ``data`` as the content of the file that is selected."""

    def __init__(self, file: str, data: bytes) -> None:
        super().__init__((file,))
        self._data = data

    @classmethod
    def of(cls, name: str, data: bytes) -> WorkTreeWith | None:
        """The work tree around a file, if a name is that of a file in one; None for a name that is only a label."""
        path = Path(name)
        try:
            if not path.is_file() or work_tree_of(Path.cwd() / path) is None:
                return None
        except (OSError, ValueError):
            return None
        return cls(name, data)

    def read(self, path: str) -> bytes | None:
        """The content of a file, standard input for the selected one; None when it does not exist. Raises Unreadable."""
        return self._data if path in self.named else super().read(path)
