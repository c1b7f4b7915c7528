"""Inputs selected on the command line, and those that matched nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from posixpath import basename, dirname

from cnilint.environment.model import DeclaredEnvironment, Environment
from cnilint.resolve.outcome import Resolution
from cnilint.source.base import KUSTOMIZATIONS, Source, under


@dataclass(frozen=True, slots=True)
class Selection:
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
    folders = {dirname(file) or "." for file in files if basename(file) in KUSTOMIZATIONS}
    return Selection(files, frozenset(each.name for each in environments if folders.issuperset(each.roots)))


def empty_root_notices(source: Source, declared: Iterable[DeclaredEnvironment]) -> Iterator[str]:
    """A notice for each root in the configuration that matches no file of the source."""
    for environment in declared:
        for root in environment.roots:
            if not any(under(file, [root]) or fnmatchcase(file, root) for file in source.files):
                yield f"root `{root}` of environment `{environment.name}` in the configuration matches no file"
