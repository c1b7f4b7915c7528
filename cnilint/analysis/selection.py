"""Inputs selected on the command line, and those that matched nothing."""

from collections.abc import Iterable
from posixpath import dirname

from msgspec import Struct

from cnilint.environment.model import Environment
from cnilint.resolve.outcome import Resolution
from cnilint.source import StandardInput, WorkTree
from cnilint.source.base import KUSTOMIZATIONS, Source, called


class Selection(Struct, frozen=True):
    """The selected files, and the environments that are selected as a whole, wherever their files are."""

    files: frozenset[str]
    environments: frozenset[str]

    def covers(self, resolution: Resolution) -> bool:
        """Whether the reference is in a selected file or environment."""
        return self.has(resolution.reference.span.file, resolution.environment.name)

    def has(self, file: str, environment: str) -> bool:
        """Whether the file or the environment is selected."""
        return file in self.files or environment in self.environments


def selection(source: Source, environments: Iterable[Environment]) -> Selection:
    """The selected files, and the environments that are built from selected kustomizations only."""
    files = frozenset(source.selected)
    folders = {dirname(file) or "." for file in called(files, KUSTOMIZATIONS)}
    return Selection(files, frozenset(each.name for each in environments if folders.issuperset(each.roots)))


def is_whole(source: Source) -> bool:
    """Whether a source is all of a repository, or of the folder that was run in, whatever of it is selected."""
    if isinstance(source, WorkTree):
        return source.in_git or not source.base
    return not isinstance(source, StandardInput)
