"""``.cnilint.yaml`` to a Config. Its shape is ``schemas/config.schema.json``."""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from cnilint.config.model import Config
from cnilint.config.validate import mistakes
from cnilint.diagnostics.model import Severity
from cnilint.document import Span
from cnilint.document.structure import Convert, DataError, parse_document, structure
from cnilint.environment.model import DeclaredEnvironment
from cnilint.errors import UsageError
from cnilint.facts.model import Definition
from cnilint.findings.suppression import SuppressionRule
from cnilint.reading import Folder, Unreadable, read_named
from cnilint.resolve.index import External

NAME = ".cnilint.yaml"


def _folder(text: str) -> str:
    return text.removeprefix("./").strip("/")


@dataclass(kw_only=True, frozen=True, slots=True)
class _Environment:
    name: str
    roots: tuple[Annotated[str, Convert(_folder)], ...]
    namespace: str | None = None
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class _External:
    kind: str
    name: str
    namespace: str = "*"


@dataclass(kw_only=True, frozen=True, slots=True)
class _Producer:
    kind: Literal["ConfigMap", "Secret"]
    name: str
    namespace: str | None = None
    keys: tuple[str, ...] = ()
    span: Span


@dataclass(kw_only=True, frozen=True, slots=True)
class _ConfigFile:
    environments: tuple[_Environment, ...] = ()
    external: tuple[_External, ...] = ()
    producers: tuple[_Producer, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    suppressions: tuple[SuppressionRule, ...] = ()
    exclude: tuple[str, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    packs: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def load(
    path: Path | None, root: str, codes: Collection[str], read: Callable[[str], bytes | None] | None = None
) -> Config:
    """The configuration at ``path``, or the one at the repository's root, or the defaults. ``read`` reads the files of the
    repository where they are not those on disk.

    Raises UsageError; for a mistake in the file a DataError with its file, line and column.
    """
    if path is not None:
        return parse(str(path), _named(path), path.parent, codes)
    repository = Folder(Path(root))
    try:
        data = (read or repository.read)(NAME)
    except Unreadable as error:
        raise UsageError(f"cannot read the configuration `{NAME}`: {error}") from None
    if data is None:
        if read is None and (Path(root) / NAME).is_symlink():
            raise UsageError(
                f"cannot read the configuration `{NAME}`: symbolic link to a file that does not exist"
            )
        return Config()
    config = parse(NAME, data, Path(root), codes)
    for pack in config.packs:
        # A repository says what is checked in it, and must not name files of the machine.
        if not repository.holds(os.path.relpath(pack, root)):
            raise UsageError(
                f"{NAME}: the pack `{pack}` is outside of the repository", "name it with --config"
            )
    return config


def parse(name: str, data: bytes, folder: Path, codes: Collection[str]) -> Config:
    """The configuration in a text. ``name`` is for messages; packs are relative to ``folder``. Raises DataError."""
    root = parse_document(name, data)
    if root is None:
        return Config()
    for found in mistakes(root, folder, codes):
        raise DataError(found)
    return _config(structure(root, _ConfigFile), folder)


def _named(file: Path) -> bytes:
    try:
        return read_named(file)
    except Unreadable as error:
        raise UsageError(f"cannot read the configuration `{file}`: {error}") from None


def _config(given: _ConfigFile, folder: Path) -> Config:
    return Config(
        environments=tuple(
            DeclaredEnvironment(name=row.name, roots=row.roots, namespace=row.namespace, cluster=row.cluster)
            for row in given.environments
        ),
        external=tuple(External(row.kind, row.namespace, row.name) for row in given.external),
        producers=tuple(_definition(row) for row in given.producers),
        severity=given.severity,
        suppressions=given.suppressions,
        exclude=given.exclude,
        targets=given.targets,
        packs=tuple(folder / pack for pack in given.packs),
        select=given.select,
        ignore=given.ignore,
    )


def _definition(row: _Producer) -> Definition:
    """Without keys, the keys are unknown."""
    return Definition(
        kind=row.kind,
        namespace=row.namespace,
        name=row.name,
        span=row.span,
        keys=dict.fromkeys(row.keys, row.span),
        open=not row.keys,
        producer="the configuration",
    )
