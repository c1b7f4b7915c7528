"""Mistakes in a configuration: first its shape, by the schema, then what no schema can say."""

from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from posixpath import isabs, normpath

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.document import Node, Span, child, entries, items, string
from cnilint.document.schema import schema_mistake
from cnilint.document.structure import INVALID_DATA
from cnilint.versions import parse_version


def mistakes(root: Node, folder: Path, codes: Collection[str]) -> Iterator[Diagnostic]:
    """The mistakes in a configuration; packs are relative to ``folder``. A wrong shape is the only mistake."""
    wrong = schema_mistake(root, "config")
    if wrong is not None:
        yield wrong
        return
    yield from _codes(root, codes)
    yield from _dates(root)
    yield from _names_of_environments(root)
    yield from _roots(root)
    yield from _versions(root)
    yield from _packs(root, folder)


def _codes(root: Node, codes: Collection[str]) -> Iterator[Diagnostic]:
    nodes = [*items(root, "select"), *items(root, "ignore")]
    nodes += [node for item in items(root, "suppressions") if (node := child(item, "code"))]
    for node in nodes:
        code = string(node) or ""
        if not any(known.startswith(code) for known in codes):
            yield _unknown_code(node.span, code)
    for code, entry in entries(root, "severity").items():
        if code not in codes:
            yield _unknown_code(entry.key.span, code)


def _dates(root: Node) -> Iterator[Diagnostic]:
    for position, item in enumerate(items(root, "suppressions")):
        until = child(item, "until")
        if until is not None and not _is_date(string(until) or ""):
            path = f"suppressions.{position}.until"
            yield _mistake(until.span, Message("{path}: no such day", path=path))


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _names_of_environments(root: Node) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for item in items(root, "environments"):
        name = child(item, "name")
        text = string(name) or ""
        if name is not None and text in seen:
            yield _mistake(name.span, Message("duplicate environment `{name}`", name=text))
        seen.add(text)


def _roots(root: Node) -> Iterator[Diagnostic]:
    for position, item in enumerate(items(root, "environments")):
        for node in items(item, "roots"):
            folder = normpath(string(node) or "")
            if isabs(folder) or folder.split("/")[0] == "..":
                path = f"environments.{position}.roots"
                yield _mistake(node.span, Message("{path}: folder outside the repository", path=path))


def _versions(root: Node) -> Iterator[Diagnostic]:
    for component, entry in entries(root, "targets").items():
        if parse_version(string(entry.value) or "") is None:
            path = f"targets.{component}"
            yield _mistake(entry.value.span, Message("{path}: expected a version such as `1.30`", path=path))


def _packs(root: Node, folder: Path) -> Iterator[Diagnostic]:
    for node in items(root, "packs"):
        pack = string(node) or ""
        if not (folder / pack).exists():
            yield _mistake(node.span, Message("no such file or folder: `{pack}`", pack=pack))


def _unknown_code(span: Span, code: str) -> Diagnostic:
    return _mistake(span, Message("unknown code `{code}`", code=code))


def _mistake(span: Span, message: Message) -> Diagnostic:
    return Diagnostic(code=INVALID_DATA, span=span, message=message)
