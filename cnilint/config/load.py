"""``.cnilint.yaml`` to a frozen Config. Its shape is ``schemas/config.schema.json``; a mistake is told by its place."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import cast

from cnilint.config.model import Config
from cnilint.config.validate import mistakes, node_at
from cnilint.diagnostics.model import Severity
from cnilint.document import Node, Span, is_null, plain, read
from cnilint.environment.model import DeclaredEnvironment
from cnilint.errors import UsageError
from cnilint.facts.model import Definition, Kind
from cnilint.findings.suppression import SuppressionRule
from cnilint.resolve.index import External

NAME = ".cnilint.yaml"


def load(path: Path | None, root: str, codes: Collection[str]) -> Config:
    """The configuration at ``path``, or the one at the repository's root, or none.

    Raises UsageError with file, line and column.
    """
    file = path if path is not None else Path(root) / NAME
    if path is None and not os.path.lexists(file):
        return Config()
    if path is None and not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(root)):
        raise UsageError(f"the configuration '{file}' is a link that leads out of the repository")
    try:
        return parse(str(path or NAME), _content(file), file.parent, codes)
    except OSError as error:
        raise UsageError(f"cannot read the configuration '{file}': {error.strerror}") from None


def parse(name: str, data: bytes, folder: Path, codes: Collection[str]) -> Config:
    """The configuration in a text. ``name`` is for messages; packs are found from ``folder``."""
    documents = [
        document for document in read(name, data, everything=True) if document.root or document.broken
    ]
    for document in documents:
        for fault in (document.broken, *document.diagnostics):
            if fault is not None:
                raise UsageError(f"{_place(fault.span)}: {fault.message}")
    roots = [document.root for document in documents if document.root is not None]
    for root in roots[1:]:
        raise UsageError(f"{_place(root.span)}: a configuration is one document, and this is another")
    if not roots or is_null(roots[0]):
        return Config()
    for mistake in mistakes(roots[0], folder, codes):
        raise UsageError(f"{_place(mistake.span)}: {mistake.message}")
    return _config(roots[0], cast("dict[str, list[dict[str, object]]]", plain(roots[0])), folder)


def _content(file: Path) -> bytes:
    if file.exists() and not file.is_file():
        raise UsageError(f"the configuration '{file}' is no regular file")
    return file.read_bytes()


def _config(root: Node, values: dict[str, list[dict[str, object]]], folder: Path) -> Config:
    def spans(section: str) -> list[Span]:
        return [node_at(root, [section, index]).span for index in range(len(values.get(section, [])))]

    return Config(
        environments=tuple(_declared(row) for row in values.get("environments", [])),
        external=tuple(
            External(str(row["kind"]), str(row.get("namespace", "*")), str(row["name"]))
            for row in values.get("external", [])
        ),
        producers=tuple(
            _producer(row, span)
            for row, span in zip(values.get("producers", []), spans("producers"), strict=True)
        ),
        severity=cast("dict[str, Severity]", values.get("severity", {})),
        suppressions=tuple(
            _rule(row, span)
            for row, span in zip(values.get("suppressions", []), spans("suppressions"), strict=True)
        ),
        exclude=_texts(values, "exclude"),
        targets=cast("dict[str, str]", values.get("targets", {})),
        packs=tuple(folder / pack for pack in _texts(values, "packs")),
        select=_texts(values, "select"),
        ignore=_texts(values, "ignore"),
    )


def _declared(row: dict[str, object]) -> DeclaredEnvironment:
    roots = tuple(root.removeprefix("./").strip("/") for root in cast("list[str]", row["roots"]))
    namespace, cluster = (cast("str | None", row.get(name)) for name in ("namespace", "cluster"))
    return DeclaredEnvironment(name=str(row["name"]), roots=roots, namespace=namespace, cluster=cluster)


def _producer(row: dict[str, object], span: Span) -> Definition:
    kind: Kind = "ConfigMap" if row["kind"] == "ConfigMap" else "Secret"
    keys = cast("list[str]", row.get("keys", []))
    namespace = cast("str | None", row.get("namespace"))
    return Definition(
        kind=kind,
        namespace=namespace,
        name=str(row["name"]),
        span=span,
        keys=dict.fromkeys(keys, span),
        binary=frozenset(),
        open=not keys,
        producer="the configuration",
    )


def _rule(row: dict[str, object], span: Span) -> SuppressionRule:
    texts = {key: str(value) for key, value in row.items()}
    return SuppressionRule(
        code=texts["code"],
        reason=texts["reason"],
        span=span,
        file=texts.get("file", "*"),
        object=texts.get("object", "*"),
        reference=texts.get("reference", "*"),
        environment=texts.get("environment", "*"),
        until=texts.get("until", ""),
    )


def _texts(values: Mapping[str, object], section: str) -> tuple[str, ...]:
    return tuple(cast("list[str]", values.get(section, [])))


def _place(span: Span) -> str:
    return f"{span.file}:{span.line}:{span.column}"
