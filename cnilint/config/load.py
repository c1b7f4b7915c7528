"""``.cnilint.yaml`` to a Config. Its shape is ``schemas/config.schema.json``."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.config.model import NAME as NAME
from cnilint.config.model import Config
from cnilint.config.validate import mistakes
from cnilint.diagnostics.model import Severity
from cnilint.document import Node, Span, entries, items, string
from cnilint.document.structure import Convert, DataError, Key, parse_document, structure
from cnilint.environment.model import DeclaredEnvironment
from cnilint.errors import UsageError
from cnilint.facts.keys import keys_of
from cnilint.facts.model import Definition
from cnilint.findings.codes import Code
from cnilint.findings.selectors import canonical_all
from cnilint.findings.suppression import SuppressionRule
from cnilint.reading import Folder, Unreadable, read_named
from cnilint.resolve.index import External


def _folder(text: str) -> str:
    return text.removeprefix("./").strip("/")


class _Environment(Struct, frozen=True, kw_only=True):
    name: str
    roots: tuple[Annotated[str, Convert(_folder)], ...]
    namespace: str | None = None
    cluster: str | None = None


class _External(Struct, frozen=True, kw_only=True):
    kind: str
    name: str
    namespace: str = "*"
    span: Span


class _Producer(Struct, frozen=True, kw_only=True):
    kind: Literal["ConfigMap", "Secret"]
    name: str
    namespace: str | None = None
    keys: tuple[str, ...] = ()
    span: Span


class _ConfigFile(Struct, frozen=True, kw_only=True):
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
    namespace: str | None = None
    kube_version: Annotated[str | None, Key("kube-version")] = None
    closed_world: Annotated[bool | None, Key("closed-world")] = None
    fail_on: Annotated[str | None, Key("fail-on")] = None
    format: str | None = None
    baseline: str | None = None


def load(
    path: Path | None,
    root: str,
    codes: Mapping[str, Code],
    read: Callable[[str], bytes | None] | None = None,
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
    named = [("pack", pack) for pack in config.packs]
    named += [("baseline", config.baseline)] if config.baseline is not None else []
    for what, path in named:
        # A repository says what is checked in it, and must not name files of the machine.
        if not repository.holds(os.path.relpath(path, root)):
            raise UsageError(
                f"{NAME}: the {what} `{path}` is outside of the repository", "name it with --config"
            )
    return config


def parse(name: str, data: bytes, folder: Path, codes: Mapping[str, Code]) -> Config:
    """The configuration in a text. ``name`` is for messages; packs are relative to ``folder``. Raises DataError."""
    root = parse_document(name, data)
    if root is None:
        return Config()
    for found in mistakes(root, folder, codes):
        raise DataError(found)
    return config_in(root, folder, codes)


def _named(file: Path) -> bytes:
    try:
        return read_named(file)
    except Unreadable as error:
        raise UsageError(f"cannot read the configuration `{file}`: {error}") from None


def config_in(root: Node, folder: Path, codes: Mapping[str, Code]) -> Config:
    """The configuration in a document that has no mistake."""
    given = structure(root, _ConfigFile)
    return Config(
        environments=tuple(
            DeclaredEnvironment(name=row.name, roots=row.roots, namespace=row.namespace, cluster=row.cluster)
            for row in given.environments
        ),
        external=tuple(
            External(kind=row.kind, namespace=row.namespace, name=row.name, span=row.span)
            for row in given.external
        ),
        producers=tuple(_definition(row) for row in given.producers),
        severity=given.severity,
        suppressions=tuple(
            replace(row, code=code)
            for row in given.suppressions
            for code in canonical_all((row.code,), codes)
        ),
        exclude=given.exclude,
        targets=given.targets,
        packs=tuple(folder / pack for pack in given.packs),
        select=canonical_all(given.select, codes),
        ignore=canonical_all(given.ignore, codes),
        namespace=given.namespace,
        kube_version=given.kube_version,
        closed_world=given.closed_world,
        fail_on=given.fail_on,
        format=given.format,
        baseline=None if given.baseline is None else folder / given.baseline,
        places=dict(_places(root)),
    )


def _places(root: Node) -> Iterator[tuple[tuple[str, str], Span]]:
    """Where the entries are that a run may have nothing for."""
    for node in items(root, "exclude"):
        yield ("exclude", string(node) or ""), node.span
    for component, entry in entries(root, "targets").items():
        yield ("targets", component), entry.key.span
    for item in items(root, "environments"):
        for node in items(item, "roots"):
            yield ("roots", _folder(string(node) or "")), node.span


def _definition(row: _Producer) -> Definition:
    """Without keys, the keys are unknown."""
    return Definition(
        kind=row.kind,
        namespace=row.namespace,
        name=row.name,
        span=row.span,
        keys=keys_of(dict.fromkeys(row.keys, row.span)),
        open=not row.keys,
        producer="the configuration",
    )
