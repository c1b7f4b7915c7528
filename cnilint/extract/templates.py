"""Reads the deployers in the templates of charts that are not rendered: which folders they apply, and beside what.

A chart of Argo CD Applications often applies a folder together with a chart, or with a folder of another repository.
Expressions are replaced by placeholders, so that the text can be read: what is certain is only what it spells out.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from posixpath import dirname

from msgspec import Struct
from msgspec.structs import replace

from cnilint.document import Document, Mapping, Node, Scalar, Sequence, child, read, string, walk
from cnilint.document.patterns import Pattern
from cnilint.extract.listing import Listing, is_template
from cnilint.extract.model import Gap, Gathered
from cnilint.facts.model import Definition
from cnilint.gitops.conventions import gitops_conventions
from cnilint.gitops.deployers import deployments
from cnilint.gitops.helm import UNKNOWN, installations
from cnilint.manifest.names import is_subdomain
from cnilint.manifest.object import Object, objects
from cnilint.reading import Unreadable
from cnilint.regex import regex
from cnilint.source.base import MANIFESTS

_COMMENT = regex(r"\{\{-?\s*/\*")
_ONLY_EXPRESSIONS = regex(rf"^[ \t]*(?:{re.escape(UNKNOWN)}[ \t]*)+$", re.MULTILINE)
_CHART = regex(rb"chart(?<=\bchart)(?:Name|Repository)?:")
_CHART_FIELD = regex("chart|chartName|chartRepository")
_NEAR = 2
"""Levels of mappings below one that names a chart, in which a path is applied with the chart."""
_SEPARATOR = regex(rb"^---[ \t]*$", re.MULTILINE)
_VALUES = (".yaml", ".yml")
_MOST_BYTES = 1 << 20
"""Bytes; a larger file is data, and not written by hand."""
_MOST_PATTERNS = 64
"""Folders with an expression in their names; of more the rest are not looked for."""


class TemplatedDeployment(Struct, frozen=True, kw_only=True):
    """What one deployer in a template applies: folders, in which ``**`` is one segment or a part of it.

    ``complete`` says that all its sources are folders that it names.
    """

    file: str
    folders: tuple[str, ...]
    namespace: str | None
    complete: bool


class _Applied:
    """Which folders are applied together with something unknown."""

    def __init__(self, known: Iterable[TemplatedDeployment]) -> None:
        self._by_folder: defaultdict[str, list[TemplatedDeployment]] = defaultdict(list)
        self._by_pattern: list[tuple[Pattern, TemplatedDeployment]] = []
        self._incomplete: dict[str, TemplatedDeployment] = {}
        for each in known:
            if not each.complete and each.namespace is not None:
                self._incomplete.setdefault(each.namespace, each)
            for folder in each.folders:
                if "**" not in folder:
                    self._by_folder[folder].append(each)
                elif len(self._by_pattern) < _MOST_PATTERNS:
                    text = re.escape(folder).replace(r"\*\*", "[^/]+")
                    self._by_pattern.append((Pattern(text), each))

    def reason(self, folder: str) -> str:
        """Why more may be applied with a folder than the repository shows; empty without a reason."""
        matching = (each for pattern, each in self._by_pattern if pattern.matches(folder))
        for each in chain(self._by_folder.get(folder, ()), matching):
            other = each if not each.complete else self._incomplete.get(each.namespace or "")
            if other is not None:
                return f"`{other.file}` applies more with it than this repository holds"
        return ""


def add_templates(gathered: Gathered, listed: Listing) -> None:
    """Adds a gap to the folders that a template applies beside something that is not known, and what charts make."""
    lists = list(_lists_of_charts(gathered, listed))
    gathered.imperative.extend(account for document in lists for account in _accounts(document))
    known = [
        *_templated(gathered, listed),
        *(each for document in lists for each in _beside_charts(document)),
    ]
    if known:
        _add_gaps(gathered, _Applied(known))


def _add_gaps(gathered: Gathered, applied: _Applied) -> None:
    folders = {*(dirname(file.file) for file in gathered.files), *(built.root for built in gathered.builds)}
    gaps = {folder: Gap(reason) for folder in folders if (reason := applied.reason(folder))}
    gathered.files[:] = [
        replace(file, gaps=(*file.gaps, gaps[folder])) if (folder := dirname(file.file)) in gaps else file
        for file in gathered.files
    ]
    gathered.builds[:] = [
        replace(built, gaps=(*built.gaps, gaps[built.root])) if built.root in gaps else built
        for built in gathered.builds
    ]


def _lists_of_charts(gathered: Gathered, listed: Listing) -> Iterator[Document]:
    """The files of values that name charts, which templates install, and folders."""
    manifests = {file.file for file in gathered.files}
    paths = (path for path in listed.paths if path.endswith(_VALUES) and path not in manifests)
    for path, data in _texts(gathered, paths):
        if _CHART.search(data):
            yield from filter(_is_of_values, read(path, data, everything=True))


def _is_of_values(document: Document) -> bool:
    return document.broken is None and document.root is not None and string(document.root, "kind") is None


def _texts(gathered: Gathered, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The files that can be read and may be written by hand, with their bytes."""
    for path in paths:
        try:
            data = gathered.source.read(path) or b""
        except Unreadable:
            continue
        if len(data) <= _MOST_BYTES:
            yield path, data


def _beside_charts(document: Document) -> Iterator[TemplatedDeployment]:
    """The folders that a file names beside a chart: the templates that read it apply both."""
    folders = () if document.root is None else tuple(map(_folder, _folders(document.root)))
    if document.root is not None and folders:
        file = document.root.span.file
        yield TemplatedDeployment(file=file, folders=folders, namespace=None, complete=False)


def _accounts(document: Document) -> Iterator[Definition]:
    """The ServiceAccounts of the charts that a file names: by default they have the chart's name."""
    for node in walk(document.root) if document.root is not None else ():
        name = child(node, "chartName") or child(node, "chart")
        if isinstance(name, Scalar) and is_subdomain(name.raw):
            yield Definition(
                kind="ServiceAccount",
                namespace=None,
                name=name.raw,
                span=name.span,
                producer=f"chart {name.raw}",
            )


def _folders(root: Node) -> Iterator[str]:
    """The values of ``path`` with the name of a chart beside them, or beside a mapping around them."""
    pending: list[tuple[Node, int]] = [(root, 0)]
    while pending:
        node, near = pending.pop()
        if isinstance(node, Sequence):
            pending += [(item, near) for item in node.items]
        if not isinstance(node, Mapping):
            continue
        near = _NEAR if any(_names_chart(name, entry.value) for name, entry in node.entries.items()) else near
        path = string(node, "path")
        if near and path:
            yield path
        pending += [(entry.value, max(near - 1, 0)) for entry in node.entries.values()]


def _names_chart(field: str, value: Node) -> bool:
    return _CHART_FIELD.fullmatch(field) is not None and isinstance(value, Scalar) and bool(value.raw)


def _folder(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _templated(gathered: Gathered, listed: Listing) -> Iterator[TemplatedDeployment]:
    kinds = b"|".join(sorted({re.escape(known.kind.encode()) for known in gitops_conventions().deployers}))
    deployer = re.compile(rb"\bkind[\"']?:[ \t]*[\"']?(?:" + kinds + rb")\b")
    for path, data in _texts(gathered, _templates(listed)):
        if b"{{" in data:
            named = [each for each in _SEPARATOR.split(data) if deployer.search(each)]
            for document in _documents(path, b"\n---\n".join(named)):
                yield from filter(None, map(_deployment, objects(document)))


def _templates(listed: Listing) -> Iterable[str]:
    """The files of charts that are templates of manifests."""
    if not listed.charts:
        return ()
    return (path for path in listed.paths if path.endswith(MANIFESTS) and is_template(path, listed.charts))


def _documents(path: str, data: bytes) -> list[Document]:
    """The documents of a template with a placeholder for each expression, without lines that are only expressions."""
    text = "".join(_without_expressions(data.decode("utf-8", "replace")))
    return read(path, _ONLY_EXPRESSIONS.sub("", text).encode("utf-8", "replace"), everything=True)


def _without_expressions(text: str) -> Iterator[str]:
    """The text in pieces, with a placeholder for each expression; from one without an end on it is as it was."""
    place = 0
    while (start := text.find("{{", place)) >= 0:
        # A comment may hold braces.
        inside = text.find("*/", start) if _COMMENT.match(text, start) else start
        end = text.find("}}", inside) if inside >= 0 else -1
        if end < 0:
            break
        yield text[place:start]
        yield UNKNOWN
        place = end + 2
    yield text[place:]


def _deployment(obj: Object) -> TemplatedDeployment | None:
    entries = list(deployments(obj))
    folders = [entry.path for entry in entries if not entry.path.startswith("*")]
    if not any(folders):
        return None
    charts = any(each.certain for each in installations(obj))
    return TemplatedDeployment(
        file=obj.file,
        folders=tuple(folders),
        namespace=entries[0].namespace,
        complete=not charts and len(folders) == len(entries),
    )
