"""``.cnilint.yaml`` to a frozen Config. Its shape is ``schemas/config.schema.json``; a mistake is told by its place."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from cnilint.data import data_dir
from cnilint.document import Mapping as MappingNode
from cnilint.document import Node, Sequence, Span, plain, read
from cnilint.environment.unit import Declared
from cnilint.errors import UsageError
from cnilint.facts.model import Definition, Kind
from cnilint.finding import Severity
from cnilint.index import External

NAME = ".cnilint.yaml"


@dataclass(frozen=True, slots=True)
class Rule:
    """A suppression: findings of a code (or prefix) that match all its globs."""

    code: str
    reason: str
    span: Span
    file: str = "*"
    object: str = "*"
    reference: str = "*"
    environment: str = "*"
    until: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """What the user has settled for a repository."""

    environments: tuple[Declared, ...] = ()
    external: tuple[External, ...] = ()
    producers: tuple[Definition, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    suppressions: tuple[Rule, ...] = ()
    exclude: tuple[str, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    packs: tuple[Path, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def load(path: Path | None, root: str) -> Config:
    """The configuration at ``path``, or the one at the repository's root, or none.

    Raises UsageError with file, line and column.
    """
    file = path if path is not None else Path(root) / NAME
    if path is None and not file.is_file():
        return Config()
    try:
        return parse(str(path or NAME), file.read_bytes(), file.parent)
    except OSError as error:
        raise UsageError(f"cannot read the configuration '{file}': {error.strerror}") from None


def parse(name: str, data: bytes, folder: Path) -> Config:
    """The configuration in a text. ``name`` is for messages; packs are found from ``folder``."""
    documents = [
        document for document in read(name, data, everything=True) if document.root or document.broken
    ]
    for document in documents:
        for fault in (document.broken, *document.faults):
            if fault is not None:
                raise UsageError(f"{_place(fault.span)}: {fault.message}")
    if not documents:
        return Config()
    root = documents[0].root
    assert root is not None
    values = plain(root)
    if values is None:
        return Config()
    _validate(root, values)
    return _config(root, cast("dict[str, list[dict[str, object]]]", values), folder)


def _validate(root: Node, values: object) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    schema = json.loads((data_dir("schemas") / "config.schema.json").read_text("utf-8"))
    error = best_match(Draft202012Validator(schema).iter_errors(values))
    if error is not None:
        span = _node_at(root, list(error.absolute_path)).span
        where = ".".join(str(step) for step in error.absolute_path)
        raise UsageError(f"{_place(span)}: {where + ': ' if where else ''}{error.message}")


def _node_at(node: Node, path: list[str | int]) -> Node:
    for step in path:
        if isinstance(node, MappingNode) and isinstance(step, str) and step in node.entries:
            node = node.entries[step].value
        elif isinstance(node, Sequence) and isinstance(step, int):
            node = node.items[step]
    return node


def _config(root: Node, values: dict[str, list[dict[str, object]]], folder: Path) -> Config:
    def spans(section: str) -> list[Span]:
        return [_node_at(root, [section, index]).span for index in range(len(values.get(section, [])))]

    return Config(
        tuple(_declared(row) for row in values.get("environments", [])),
        tuple(
            External(str(row["kind"]), str(row.get("namespace", "*")), str(row["name"]))
            for row in values.get("external", [])
        ),
        tuple(
            _producer(row, span)
            for row, span in zip(values.get("producers", []), spans("producers"), strict=True)
        ),
        cast("dict[str, Severity]", values.get("severity", {})),
        tuple(
            _rule(row, span)
            for row, span in zip(values.get("suppressions", []), spans("suppressions"), strict=True)
        ),
        _texts(values, "exclude"),
        cast("dict[str, str]", values.get("targets", {})),
        tuple(folder / pack for pack in _texts(values, "packs")),
        _texts(values, "select"),
        _texts(values, "ignore"),
    )


def _declared(row: dict[str, object]) -> Declared:
    roots = tuple(root.removeprefix("./").strip("/") for root in cast("list[str]", row["roots"]))
    namespace = row.get("namespace")
    return Declared(str(row["name"]), roots, None if namespace is None else str(namespace))


def _producer(row: dict[str, object], span: Span) -> Definition:
    kind: Kind = "ConfigMap" if row["kind"] == "ConfigMap" else "Secret"
    keys = cast("list[str]", row.get("keys", []))
    namespace = cast("str | None", row.get("namespace"))
    return Definition(
        kind,
        namespace,
        str(row["name"]),
        span,
        dict.fromkeys(keys, span),
        frozenset(),
        not keys,
        "the configuration",
    )


def _rule(row: dict[str, object], span: Span) -> Rule:
    texts = {key: str(value) for key, value in row.items()}
    return Rule(
        texts["code"],
        texts["reason"],
        span,
        texts.get("file", "*"),
        texts.get("object", "*"),
        texts.get("reference", "*"),
        texts.get("environment", "*"),
        texts.get("until", ""),
    )


def _texts(values: Mapping[str, object], section: str) -> tuple[str, ...]:
    return tuple(cast("list[str]", values.get(section, [])))


def _place(span: Span) -> str:
    return f"{span.file}:{span.line}:{span.column}"
