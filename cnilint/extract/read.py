"""Reads a source: its files to facts, its kustomizations to what they build, its scripts to what they create."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from posixpath import basename, dirname

from cnilint.document import Diagnostic, Document, Span, read
from cnilint.extract.file import Keep, facts_of
from cnilint.extract.model import FileFacts, Gap, ObjectFacts, Rendered, Unread
from cnilint.extract.parallel import created, in_order
from cnilint.facts.model import Definition, Reference
from cnilint.findings.suppression import Comment, comments
from cnilint.gitops.conventions import layouts
from cnilint.gitops.deployers import deployments
from cnilint.manifest.object import Object
from cnilint.packs.library import Library
from cnilint.producers.scripts.find import imperative, is_script, looks_imperative
from cnilint.render.installed import kustomized, templated
from cnilint.render.kustomize import Build, BuildGap, Memo, build
from cnilint.source.base import KUSTOMIZATIONS, MANIFESTS, Source
from cnilint.source.reading import Unreadable

Progress = Callable[[int, int], None]


@dataclass(kw_only=True, slots=True)
class Gathered:
    """What a source holds. ``files`` are those that no kustomization uses."""

    source: Source
    base: str
    files: list[FileFacts]
    builds: list[Rendered]
    kustomized: frozenset[str]
    hydrated: frozenset[str]
    imperative: list[Definition]
    diagnostics: list[Diagnostic]
    comments: dict[str, Sequence[Comment]]
    skipped: dict[str, str]
    charts: frozenset[str] = frozenset()
    """The folders of charts that nobody rendered."""
    read: int = 0
    documents: int = 0


def gather(
    source: Source,
    exclude: Sequence[str],
    library: Library,
    jobs: int,
    progress: Progress | None,
    keep: Keep | None = None,
    *,
    render: bool = False,
) -> Gathered:
    """Everything that the source states.

    ``keep`` is given every object with its facts. ``render`` lets the installed kustomize and helm fill in what is
    open without them.
    """
    paths = [path for path in source.files if not any(fnmatchcase(path, glob) for glob in exclude)]
    folders = {dirname(path): path for path in paths if basename(path) in KUSTOMIZATIONS}
    hydrated = frozenset(
        dirname(path) for path in paths if basename(path) in layouts().hydrated and "/" in path
    )
    charts = [dirname(path) for path in paths if basename(path) == "Chart.yaml"]
    gathered = Gathered(
        source=source,
        base=source.base,
        files=[],
        builds=[],
        kustomized=frozenset(folders),
        hydrated=hydrated,
        imperative=[],
        diagnostics=[],
        comments={},
        skipped=dict(source.skipped),
    )
    used = _kustomizations(gathered, folders, library, keep, render=render)
    rendered = [
        path
        for path in paths
        if (path.endswith(MANIFESTS) or path in source.named)
        and path not in used
        and not _is_template(path, charts)
    ]
    _manifests(gathered, rendered, library, jobs, progress, keep)
    _scripts(gathered, paths)
    _charts(gathered, charts, library, render=render)
    return gathered


class _Files:
    """The source as kustomize's evaluation wants it: every file read and parsed once.

    ``parsed`` are the documents of those that it took for YAML. What a generator packs is data, in any format.
    """

    def __init__(self, source: Source, folders: Mapping[str, str]) -> None:
        self._source = source
        self._folders = folders
        self.parsed: dict[str, list[Document]] = {}

    def read(self, path: str) -> bytes | None:
        try:
            return self._source.read(path)
        except Unreadable:
            return None

    def documents(self, path: str) -> list[Document]:
        if path not in self.parsed:
            self.parsed[path] = read(path, self.read(path) or b"", everything=True)
        return self.parsed[path]

    def kustomization_file(self, directory: str) -> str | None:
        return self._folders.get(directory)


def _kustomizations(
    gathered: Gathered, folders: Mapping[str, str], library: Library, keep: Keep | None, *, render: bool
) -> set[str]:
    """Builds every kustomization that no other one includes. Gives the files that the builds use."""
    files = _Files(gathered.source, folders)
    memo = Memo()
    builds = {folder: build(folder, files, memo) for folder in sorted(folders)}
    included = frozenset(base for each in builds.values() for base in each.bases)
    roots = {folder for folder in builds if folder not in included}
    applied = {
        entry.path
        for folder in roots
        for obj in builds[folder].objects
        for entry in deployments(obj)
        if entry.path in included
    }
    stated = _once(library)
    used: set[str] = set()
    for folder in sorted(roots | applied):
        each = kustomized(builds[folder], Path(gathered.source.root)) if render else builds[folder]
        used |= each.used
        built = _built(each, memo[folder].component, stated)
        gathered.builds.append(built)
        if keep is not None:
            for fact, obj in zip(built.objects, each.objects, strict=True):
                keep(fact, obj)
        gathered.diagnostics.extend(each.diagnostics)
    for path in sorted(used & files.parsed.keys()):
        gathered.documents += len(files.parsed[path])
        data = files.read(path) or b""
        _note_comments(gathered, path, data)
        gathered.imperative.extend(created(path, data))
        for document in files.parsed[path]:
            gathered.diagnostics.extend(document.diagnostics)
            if document.broken is not None:
                gathered.diagnostics.append(document.broken)
    gathered.read += len(used)
    return used


def _once(library: Library) -> Callable[[Object], ObjectFacts]:
    """Facts of an object that several builds share are made once."""
    known: dict[tuple[int, str | None, str], ObjectFacts] = {}
    keep: list[Object] = []

    def facts(obj: Object) -> ObjectFacts:
        key = (id(obj.node), obj.namespace, obj.name)
        if key not in known:
            known[key] = facts_of(obj, library)
            keep.append(obj)
        return known[key]

    return facts


def _built(each: Build, component: bool, stated: Callable[[Object], ObjectFacts]) -> Rendered:
    gaps = tuple(Gap(gap.reason) for gap in each.gaps if gap.adds)
    facts = [stated(obj) for obj in each.objects]
    touched = {
        (touch.kind, touch.namespace, touch.name): (gap, touch.fields)
        for gap in each.gaps
        for touch in gap.touched
    }
    if touched:
        facts = [
            _clouded(fact, touched.get((fact.owner.kind, fact.owner.namespace, fact.owner.name)))
            for fact in facts
        ]
    return Rendered(root=each.root, objects=tuple(facts), gaps=gaps, bases=each.bases, component=component)


def _clouded(fact: ObjectFacts, touched: tuple[BuildGap, tuple[str, ...]] | None) -> ObjectFacts:
    """The facts of an object that something unevaluated may change: only what it can reach is uncertain."""
    if touched is None:
        return fact
    gap, fields = touched
    references = [
        replace(reference, unclear=gap.reason) if _reaches(fields, reference) else reference
        for reference in fact.stated.references
    ]
    data = any(
        field == "" or field.partition(".")[0] in ("data", "stringData", "binaryData") for field in fields
    )
    definitions = tuple(
        replace(definition, open=True, producer=definition.producer or gap.reason) if data else definition
        for definition in fact.definitions
    )
    return replace(fact, stated=replace(fact.stated, references=references), definitions=definitions)


def _reaches(fields: Iterable[str], reference: Reference) -> bool:
    path = _without_indexes(reference.path)
    return any(not field or path == field or path.startswith(f"{field}.") for field in fields)


@lru_cache(maxsize=4096)
def _without_indexes(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)


def _manifests(
    gathered: Gathered,
    paths: Sequence[str],
    library: Library,
    jobs: int,
    progress: Progress | None,
    keep: Keep | None,
) -> None:
    """Reads the manifests that no kustomization uses."""
    for position, scanned in enumerate(in_order(gathered.source, paths, library, jobs, keep)):
        if progress is not None and position % 64 == 0:
            progress(position, len(paths))
        if scanned.refused:
            gathered.skipped[scanned.file] = scanned.refused
            unread = Unread(f"a file could not be read ({scanned.refused})")
            gathered.files.append(
                FileFacts(
                    file=scanned.file, documents=0, objects=(), diagnostics=(), gaps=(unread,), sources=()
                )
            )
            continue
        gathered.read += 1
        gathered.imperative.extend(scanned.created)
        if scanned.comments:
            gathered.comments[scanned.file] = scanned.comments
        facts = scanned.facts
        if facts is None:
            continue
        gathered.documents += facts.documents
        gathered.diagnostics.extend(facts.diagnostics)
        if facts.objects or facts.gaps:
            gathered.files.append(facts)


def _note_comments(gathered: Gathered, path: str, data: bytes) -> None:
    found = comments(path, data)
    if found:
        gathered.comments[path] = found


def _scripts(gathered: Gathered, paths: Iterable[str]) -> None:
    """What shell scripts, documents and Terraform beside the manifests create."""
    for path in paths:
        if not is_script(path):
            continue
        try:
            data = gathered.source.read(path)
        except Unreadable:
            continue
        if data is not None and looks_imperative(data):
            gathered.imperative.extend(imperative(path, data.decode("utf-8", "replace")))


def _is_template(path: str, charts: Iterable[str]) -> bool:
    """Whether the file belongs to an unrendered Helm chart."""
    for chart in charts:
        prefix = f"{chart}/" if chart else ""
        if path.startswith(prefix) and path.removeprefix(prefix).split("/")[0] in (
            "templates",
            "charts",
            "values.yaml",
        ):
            return True
    return False


def _charts(gathered: Gathered, charts: Iterable[str], library: Library, *, render: bool) -> None:
    """Notes the charts that nobody rendered. With ``render`` helm does, and their objects join the facts."""
    unrendered: set[str] = set()
    for chart in charts:
        file = f"{chart}/Chart.yaml" if chart else "Chart.yaml"
        made = templated(chart, Path(gathered.source.root)) if render else None
        if made is not None:
            facts = tuple(facts_of(obj, library) for obj in made)
            gathered.files.append(
                FileFacts(file=file, documents=len(made), objects=facts, diagnostics=(), gaps=(), sources=())
            )
            continue
        unrendered.add(chart)
        message = "this chart is not rendered: what its templates define and use is not verified"
        hint = "pipe 'helm template' into 'cnilint check -'"
        gathered.diagnostics.append(
            Diagnostic(
                code="CNI903",
                span=Span(file=file, line=1, column=1, end_line=1, end_column=2),
                message=message,
                hint=hint,
            )
        )
    gathered.charts = frozenset(unrendered)
