"""Entries of the configuration that a run had nothing for: each is a notice, since it may be a slip."""

import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from cnilint.config.model import NAME, Config
from cnilint.config.nested import misnamed
from cnilint.document import Span
from cnilint.extract.exclude import Excluded
from cnilint.facts.model import Definition
from cnilint.resolve.outcome import Resolution
from cnilint.source import StandardInput, WorkTree
from cnilint.source.base import Source, under


class _Told(Struct, frozen=True):
    """A place in the configuration for a notice; nothing where there is none, as for a record of a test."""

    config: Config

    def __call__(self, section: str, text: str) -> str:
        return _place(self.config.places.get((section, text)))


def unused_entries(
    config: Config, source: Source, resolutions: Sequence[Resolution], unused_targets: Iterable[str]
) -> Iterator[str]:
    """The notices, in order of the sections. A stream has none: the configuration is about a repository."""
    place = _Told(config)
    for name in unused_targets:
        yield f"{place('targets', name)}target {name}: no object of {name} in the manifests"
    if isinstance(source, StandardInput):
        return
    yield from misnamed(source)
    yield from _ignored(config, source)
    yield from config.notices
    yield from _roots(config, source, place)
    yield from _excludes(config, source, place)
    yield from _declared(config, resolutions)


def _ignored(config: Config, source: Source) -> Iterator[str]:
    """The configuration and the baseline, where Git ignores them: this run has them, and other checkouts do not."""
    if not isinstance(source, WorkTree) or not source.in_git:
        return
    root = Path(source.root)
    named = [NAME] if (root / NAME).is_file() else []
    named += [] if config.baseline is None else [os.path.relpath(config.baseline, root)]
    for name in named:
        path = name.replace(os.sep, "/")
        if path not in source.files and not path.startswith("../"):
            yield ignored_by_git(path)


def ignored_by_git(path: str) -> str:
    """What to do with a file that Git ignores."""
    return f"{path}: ignored by Git, so that other checkouts and CI do not have it: `git add --force {path}`"


def _roots(config: Config, source: Source, place: _Told) -> Iterator[str]:
    for environment in config.environments:
        for root in environment.roots:
            if not any(under(file, [root]) or fnmatchcase(file, root) for file in source.files):
                where = place("roots", root)
                yield f"{where}root `{root}` of environment `{environment.name}` matches no file"


def _excludes(config: Config, source: Source, place: _Told) -> Iterator[str]:
    for entry in config.exclude:
        rules = Excluded([entry])
        if rules and not any(rules.decision(file) is not None for file in source.files):
            yield f"{place('exclude', entry)}exclude `{entry}` matches no file"


def _declared(config: Config, resolutions: Sequence[Resolution]) -> Iterator[str]:
    for entry in config.external:
        if not any(entry.declares(each.reference, each.namespace) for each in resolutions):
            name = f"{entry.kind} {entry.namespace}/{entry.name}"
            yield f"{_place(entry.span)}external {name} matches no reference"
    for producer in config.producers:
        if not any(_makes(producer, each) for each in resolutions):
            yield f"{_place(producer.span)}producer of {producer.kind} {producer.name} matches no reference"


def _makes(producer: Definition, resolution: Resolution) -> bool:
    reference = resolution.reference
    return (producer.kind, producer.name) == (reference.kind, reference.name) and (
        producer.namespace is None or resolution.namespace in (None, producer.namespace)
    )


def _place(span: Span | None) -> str:
    return "" if span is None else f"{span.file}:{span.line}: "
