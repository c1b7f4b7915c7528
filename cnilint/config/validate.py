"""Mistakes in a configuration: first its shape, by the schema, then what no schema can say."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from posixpath import isabs, normpath

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.diagnostics.suggest import closest
from cnilint.document import Node, Span, child, entries, items, string
from cnilint.document.schema import schema_mistake
from cnilint.document.structure import INVALID_DATA
from cnilint.findings.codes import Code
from cnilint.findings.selectors import canonical, closest_selector, is_rule
from cnilint.packs.library import Library, unknown_rule
from cnilint.report import FORMATS
from cnilint.versions import parse_version


def mistakes(root: Node, folder: Path, codes: Mapping[str, Code]) -> Iterator[Diagnostic]:
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
    yield from _formats(root)
    yield from _packs(root, folder)
    yield from _components(root, folder)
    yield from _rules(root, folder)


def _codes(root: Node, codes: Mapping[str, Code]) -> Iterator[Diagnostic]:
    for node in _selectors(root):
        selector = string(node) or ""
        if not canonical(selector, codes):
            yield _unknown(node.span, "code", selector, closest_selector(selector, codes))
    for code, entry in entries(root, "severity").items():
        if code not in codes:
            yield _unknown(entry.key.span, "code", code, closest_selector(code, codes))


def _selectors(root: Node) -> list[Node]:
    own = [node for item in items(root, "suppressions") if (node := child(item, "code"))]
    return [*items(root, "select"), *items(root, "ignore"), *own]


def _components(root: Node, folder: Path) -> Iterator[Diagnostic]:
    """Targets that are not components."""
    packs = [folder / (string(node) or "") for node in items(root, "packs")]
    for component, entry in entries(root, "targets").items():
        if not Library().knows(component) and not any(pack.name == component for pack in packs):
            meant = closest(component, Library().components)
            yield _unknown(entry.key.span, "component", component, meant)


def _rules(root: Node, folder: Path) -> Iterator[Diagnostic]:
    """Selectors of rules that no pack has."""
    packs = [folder / (string(node) or "") for node in items(root, "packs")]
    for node in _selectors(root):
        selector = string(node) or ""
        meant = unknown_rule(selector, packs) if is_rule(selector) else None
        if meant is not None:
            yield _unknown(node.span, "rule", selector, meant)


def _formats(root: Node) -> Iterator[Diagnostic]:
    node = child(root, "format")
    if node is not None and string(node) not in FORMATS:
        names = ", ".join(FORMATS)
        yield _mistake(node.span, Message("format: expected one of {names}", names=names))


def _dates(root: Node) -> Iterator[Diagnostic]:
    for position, item in enumerate(items(root, "suppressions")):
        until = child(item, "until")
        if until is not None and not _is_date(string(until) or ""):
            path = f"suppressions[{position}].until"
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
                path = f"environments[{position}].roots"
                yield _mistake(node.span, Message("{path}: folder outside the repository", path=path))


def _versions(root: Node) -> Iterator[Diagnostic]:
    for component, entry in entries(root, "targets").items():
        if parse_version(string(entry.value) or "") is None:
            path = f"targets.{component}"
            yield _mistake(entry.value.span, Message("{path}: expected a version such as `1.30`", path=path))
    version = child(root, "kube-version")
    if version is not None and parse_version(string(version) or "") is None:
        yield _mistake(
            version.span, Message("{path}: expected a version such as `1.30`", path="kube-version")
        )


def _packs(root: Node, folder: Path) -> Iterator[Diagnostic]:
    for node in items(root, "packs"):
        pack = string(node) or ""
        if not (folder / pack).exists():
            yield _mistake(node.span, Message("no such file or folder: `{pack}`", pack=pack))


def _unknown(span: Span, what: str, name: str, meant: str) -> Diagnostic:
    if meant:
        return _mistake(
            span,
            Message("unknown {what} `{name}`: did you mean `{meant}`?", what=what, name=name, meant=meant),
        )
    return _mistake(span, Message("unknown {what} `{name}`", what=what, name=name))


def _mistake(span: Span, message: Message) -> Diagnostic:
    return Diagnostic(code=INVALID_DATA, span=span, message=message)
