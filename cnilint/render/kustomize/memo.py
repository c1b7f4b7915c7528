"""What all builds of a source share."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, NamedTuple

from cnilint.document import Node
from cnilint.render.kustomize.model import Accumulator
from cnilint.render.kustomize.packed import PackedFiles


class NodeOrigin(NamedTuple):
    """Where a node was made that several builds can share: a file, or the folder of a kustomization."""

    step: Literal["file", "folder", "root"]
    path: str
    number: int


class Memo(dict[str, Accumulator]):
    """Accumulators by directory. Pass one to all builds of a source: shared bases are then built once."""

    def __init__(self) -> None:
        super().__init__()
        self.packed = PackedFiles()
        self._origins: dict[int, NodeOrigin] = {}
        """By ``id``. The nodes stay alive: those of folders in this memo, those of files in ``Files``."""

    def evaluating(self, directory: str) -> AbstractContextManager[object]:
        """A context in which the accumulator of a directory is made."""
        return nullcontext()

    def reuse(self, directory: str) -> None:
        """Called where an accumulator of the memo is used again."""

    def note(self, step: Literal["file", "folder"], path: str, nodes: Iterable[Node]) -> None:
        """Take the origin of nodes that have none yet."""
        for index, node in enumerate(nodes):
            self._origins.setdefault(id(node), NodeOrigin(step, path, index))

    def origin(self, node: Node) -> NodeOrigin | None:
        """Where a node of a build was made; None for one that no other build has."""
        return self._origins.get(id(node))
