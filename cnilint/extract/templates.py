"""Reads the deployers in the templates of charts that are not rendered: which folders they apply, and beside what.

A chart of Argo CD Applications often applies a folder together with a chart, or with a folder of another repository.
Expressions are replaced by placeholders, so that the text can be read: what is certain is only what it spells out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from posixpath import dirname

from cnilint.document import Document, read
from cnilint.extract.listing import Listing, is_template
from cnilint.extract.model import Gap, Gathered
from cnilint.gitops.conventions import gitops_conventions
from cnilint.gitops.deployers import deployments
from cnilint.gitops.helm import UNKNOWN, installations
from cnilint.manifest.object import Object, objects
from cnilint.reading import Unreadable
from cnilint.source.base import MANIFESTS

_EXPRESSION = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}|\{\{.*?\}\}", re.DOTALL)
_ONLY_EXPRESSIONS = re.compile(rf"^[ \t]*(?:{re.escape(UNKNOWN)}[ \t]*)+$", re.MULTILINE)


@dataclass(kw_only=True, frozen=True, slots=True)
class TemplatedDeployment:
    """What one deployer in a template applies; ``complete`` says that all its sources are folders that it names."""

    file: str
    folders: tuple[re.Pattern[str], ...]
    namespace: str | None
    complete: bool

    def may_complete(self, other: "TemplatedDeployment") -> bool:
        """Whether it applies something unknown to where the folders of the other one go."""
        alike = self.namespace is not None and self.namespace == other.namespace
        return not self.complete and (self is other or alike)


def add_gaps_of_templates(gathered: Gathered, listed: Listing) -> None:
    """Adds a gap to the folders that a template applies beside something that is not known."""
    known = list(_templated(gathered, listed))
    if not known:
        return
    folders = {*(dirname(file.file) for file in gathered.files), *(built.root for built in gathered.builds)}
    gaps = {folder: Gap(reason) for folder in folders if (reason := _reason(folder, known))}
    gathered.files[:] = [
        replace(file, gaps=(*file.gaps, gaps[folder])) if (folder := dirname(file.file)) in gaps else file
        for file in gathered.files
    ]
    gathered.builds[:] = [
        replace(built, gaps=(*built.gaps, gaps[built.root])) if built.root in gaps else built
        for built in gathered.builds
    ]


def _reason(folder: str, known: Sequence[TemplatedDeployment]) -> str:
    """Why more may be applied with a folder than the repository shows; empty without a reason."""
    for each in known:
        if any(pattern.fullmatch(folder) for pattern in each.folders):
            for other in (each, *known):
                if other.may_complete(each):
                    return f"`{other.file}` applies more than this repository holds to the same namespace"
    return ""


def _templated(gathered: Gathered, listed: Listing) -> Iterator[TemplatedDeployment]:
    marks = {known.kind.encode() for known in gitops_conventions().deployers}
    for path in listed.paths if listed.charts else ():
        if not path.endswith(MANIFESTS) or not is_template(path, listed.charts):
            continue
        try:
            data = gathered.source.read(path) or b""
        except Unreadable:
            continue
        if b"{{" in data and any(mark in data for mark in marks):
            for document in _documents(path, data):
                yield from filter(None, map(_deployment, objects(document)))


def _documents(path: str, data: bytes) -> list[Document]:
    """The documents of a template with a placeholder for each expression, without lines that are only expressions."""
    text = _EXPRESSION.sub(UNKNOWN, data.decode("utf-8", "replace"))
    return read(path, _ONLY_EXPRESSIONS.sub("", text).encode("utf-8", "replace"), everything=True)


def _deployment(obj: Object) -> TemplatedDeployment | None:
    entries = list(deployments(obj))
    folders = [entry.path for entry in entries if not entry.path.startswith("*")]
    if not any(folders):
        return None
    charts = any(each.certain for each in installations(obj))
    return TemplatedDeployment(
        file=obj.file,
        folders=tuple(re.compile(re.escape(path).replace(r"\*\*", "[^/]+")) for path in folders),
        namespace=entries[0].namespace,
        complete=not charts and len(folders) == len(entries),
    )
