"""What the user asked for, and what of it there was nothing to see of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from posixpath import basename, dirname

from cnilint.environment.model import DeclaredEnvironment, Environment
from cnilint.resolve.outcome import Resolution
from cnilint.source.base import KUSTOMIZATIONS, Source, under


@dataclass(frozen=True, slots=True)
class Asked:
    """Files, and environments as a whole, whose files may stand elsewhere."""

    files: frozenset[str]
    environments: frozenset[str]

    def holds(self, resolution: Resolution) -> bool:
        return (
            resolution.reference.span.file in self.files or resolution.environment.name in self.environments
        )


def asked_for(source: Source, environments: Iterable[Environment]) -> Asked:
    """What was asked for. An environment is where the kustomizations are that it is built from."""
    files = frozenset(source.selected)
    folders = {dirname(file) or "." for file in files if basename(file) in KUSTOMIZATIONS}
    return Asked(files, frozenset(each.name for each in environments if folders.issuperset(each.roots)))


def unread(source: Source, skipped: Mapping[str, str]) -> Iterator[str]:
    """What was asked for by name, and was passed over."""
    for file, reason in sorted(skipped.items()):
        if file in source.named:
            yield f"'{file}' was not read: {reason}"


def empty_roots(source: Source, declared: Iterable[DeclaredEnvironment]) -> Iterator[str]:
    """The roots of the configuration's environments below which there is nothing."""
    for environment in declared:
        for root in environment.roots:
            if not any(under(file, [root]) or fnmatchcase(file, root) for file in source.files):
                yield f"the environment '{environment.name}' of the configuration holds nothing below '{root}'"
