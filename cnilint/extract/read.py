"""Reads a source: its kustomizations, manifests, scripts and charts to facts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.document import Document, Span, read
from cnilint.extract.chartfiles import ChartFiles
from cnilint.extract.embedded import EmbeddedFiles
from cnilint.extract.file import Keep, facts_of, unrendered
from cnilint.extract.kustomizations import read_kustomizations
from cnilint.extract.listing import Listing, listing
from cnilint.extract.model import FileFacts, Gap, Gathered, ScannedObjects
from cnilint.extract.overlays import add_overlays
from cnilint.extract.packages import Packages
from cnilint.extract.parallel import ManifestReader
from cnilint.extract.releasefiles import release_file, releases_in
from cnilint.extract.releases import in_release
from cnilint.extract.scanned import Scanned
from cnilint.extract.templates import add_templates
from cnilint.extract.umbrellas import add_umbrellas
from cnilint.findings.suppression import comments
from cnilint.manifest.object import Object
from cnilint.packs.library import Library
from cnilint.producers.scripts.find import created
from cnilint.reading import Unreadable
from cnilint.render.installed import DeployedChart, InstalledTools
from cnilint.source.base import Source
from cnilint.source.workers import Team, Workers

if TYPE_CHECKING:
    from cnilint.extract.remembered import FactMemory
    from cnilint.extract.rememberedbuilds import BuildMemory

Progress = Callable[[int, int], None]
"""Takes the number of files read so far, and of all."""

_STEP = 64
"""Files between two calls of a ``Progress``."""


def gather(
    source: Source,
    *,
    exclude: Sequence[str],
    library: Library,
    jobs: int = 1,
    progress: Progress | None = None,
    keep: Keep | None = None,
    keep_built: Keep | None = None,
    render: bool = False,
    memory: "FactMemory | None" = None,
) -> Gathered:
    """The facts of a source, without the files that ``exclude`` names as ``.gitignore`` does.

    ``keep`` tells which objects are kept as plain values, beside their facts; ``keep_built`` the same only of those that
    kustomizations build: values of others can be read later, with ``FileValues``. ``render`` lets the installed kustomize and
    helm fill in what is left open without them. ``memory`` has the facts of files that an earlier run read.
    """
    library.prepare()  # before processes are forked: each would read the components again
    listed = listing(source, exclude)
    gathered = Gathered(
        source=source,
        base=source.base,
        kustomized=frozenset(listed.kustomizations),
        hydrated=listed.hydrated,
        skipped=dict(source.skipped),
        notices=list(source.notices),
    )
    tools = InstalledTools(Path(source.root)) if render else None
    deployed: list[DeployedChart] | None = None if tools is None else []
    charts = ChartFiles(source.read, listed.paths, deployed)
    keep_built = keep or keep_built
    with Team(Workers(jobs=jobs, tell=gathered.notices.append)) as team:
        reader = ManifestReader(source, library, team, charts=charts, keep=keep, memory=memory)
        used = read_kustomizations(
            gathered,
            listed,
            library,
            charts,
            keep=keep_built,
            tools=tools,
            team=team,
            memory=None
            if tools is not None
            else _builds_of(memory, source, listed, keeps=keep_built is not None),
        )
        manifests = listed.manifests(used)
        packages, embedded = Packages(source, listed.paths), EmbeddedFiles(source, listed.paths)
        for position, scanned in enumerate(reader.in_order(manifests)):
            if progress is not None and position % _STEP == 0:
                progress(position, len(manifests))
            _add_manifest(gathered, scanned, packages, embedded)
    _read_release_files(gathered, listed.paths, library, charts)
    add_templates(gathered, listed)
    add_overlays(gathered, listed, library, charts, keep=keep_built)
    _read_scripts(gathered, listed.scripts())
    add_umbrellas(gathered, listed.charts, library, charts)
    _read_charts(gathered, listed.charts, library, tools, deployed or ())
    _note_values(gathered)
    return gathered


def _builds_of(
    memory: "FactMemory | None", source: Source, listed: Listing, *, keeps: bool
) -> "BuildMemory | None":
    """What an earlier run, or this one of another source, built of the same list of files. A run that ``keeps`` objects as plain
    values has them of this run only."""
    store = None if memory is None or keeps else memory.store
    if memory is None or (store is None and memory.shared is None) or not listed.kustomizations:
        return None
    from cnilint.extract.rememberedbuilds import BuildMemory

    return BuildMemory(memory, store, source, listed)


def _add_manifest(gathered: Gathered, scanned: Scanned, packages: Packages, embedded: EmbeddedFiles) -> None:
    """Adds a file that no kustomization uses."""
    if scanned.refused:
        gathered.skipped[scanned.file] = scanned.refused
        gap = Gap(f"a file could not be read ({scanned.refused})")
        gathered.files.append(FileFacts(file=scanned.file, gaps=(gap,)))
        if scanned.file in gathered.source.named:
            gathered.diagnostics.append(_unread(scanned.file, scanned.refused))
        return
    gathered.read += 1
    gathered.imperative.extend(scanned.created)
    if scanned.comments:
        gathered.comments[scanned.file] = scanned.comments
    facts = scanned.facts
    if facts is None:
        return
    if facts.objects:
        gathered.scanned[scanned.file] = ScannedObjects(scanned.content, facts.objects)
    facts = embedded.as_read(packages.as_applied(facts))
    gathered.imperative.extend(facts.carried)
    gathered.kept.extend(facts.kept)
    gathered.documents += facts.documents
    gathered.diagnostics.extend(facts.diagnostics)
    if facts.objects or facts.gaps:
        gathered.files.append(facts)


def _unread(file: str, reason: str) -> Diagnostic:
    return Diagnostic(
        code="CNI902",
        span=Span(file=file, line=1, column=1, end_line=1, end_column=1),
        message=Message("file is not read: {reason}", reason=reason),
    )


def _read_scripts(gathered: Gathered, paths: Iterable[str]) -> None:
    """Adds what shell scripts, documents and Terraform files create."""
    for path in paths:
        try:
            data = gathered.source.read(path)
        except Unreadable:
            continue
        if data is not None:
            gathered.imperative.extend(created(path, data))


def _read_release_files(
    gathered: Gathered, paths: Iterable[str], library: Library, charts: ChartFiles
) -> None:
    """Adds the releases of files that list them, and a note for each such file that is a template."""
    for path in paths:
        known = release_file(path)
        if known is None:
            continue
        try:
            documents = read(path, gathered.source.read(path) or b"", everything=True)
        except Unreadable:
            continue
        gathered.diagnostics += _unrendered_documents(documents)
        found = [obj for document in documents for obj in releases_in(document, known)]
        if found:
            facts = tuple(facts_of(obj, library, charts, found) for obj in found)
            gathered.files.append(FileFacts(file=path, documents=len(documents), objects=facts))


def _unrendered_documents(documents: Iterable[Document]) -> Iterator[Diagnostic]:
    for document in documents:
        if document.broken is not None:
            yield unrendered(document.broken.span)


def _read_charts(
    gathered: Gathered,
    charts: Iterable[str],
    library: Library,
    tools: InstalledTools | None,
    deployed: Iterable[DeployedChart],
) -> None:
    """Adds the objects of the charts that the installed helm renders, and a note for each of the others."""
    by_folder: defaultdict[str, dict[DeployedChart, None]] = defaultdict(dict)
    for each in deployed:
        by_folder[each.folder][each] = None
    for chart in charts:
        made = None if tools is None else _rendered(tools, chart, list(by_folder[chart]), library)
        if made is None:
            gathered.diagnostics.append(_unrendered(chart, tried=tools is not None))
        else:
            gathered.files += made
            gathered.rendered.add(chart)


def _rendered(
    tools: InstalledTools, chart: str, deployed: Sequence[DeployedChart], library: Library
) -> list[FileFacts] | None:
    """The objects of a chart as it is deployed, a set for each release; None if one of them cannot be rendered."""
    found: list[FileFacts] = []
    for each in deployed or (None,):
        made = tools.templated(chart, None) if each is None else _deployed_objects(tools, chart, each)
        if made is None:
            return None
        file = f"{chart}/Chart.yaml" if len(deployed) < 2 or each is None else f"{chart}/{each.name}.yaml"
        facts = tuple(facts_of(obj, library) for obj in made)
        found.append(FileFacts(file=file.lstrip("/"), documents=len(made), objects=facts))
    return found


def _deployed_objects(tools: InstalledTools, chart: str, each: DeployedChart) -> Sequence[Object] | None:
    """The objects of one release of a chart; None where its values are not known, or helm refuses them."""
    made = tools.templated(chart, each) if each.known else None
    if made is None or not each.namespace:
        return made
    return [in_release(obj, each.namespace) for obj in made]


def _note_values(gathered: Gathered) -> None:
    """Adds the comments of the files of values, which hold no object; and says that they may hold what is secret."""
    places = _files_of_values(gathered)
    gathered.secret_files |= places
    for path in sorted(places - gathered.comments.keys()):
        try:
            found = comments(path, gathered.source.read(path) or b"")
        except Unreadable:
            continue
        if found:
            gathered.comments[path] = found


def _files_of_values(gathered: Gathered) -> set[str]:
    """The files outside of the objects that install charts, from which the charts' values are."""
    groups = [*(file.objects for file in gathered.files), *(built.objects for built in gathered.builds)]
    return {
        reference.span.file
        for facts in groups
        for fact in facts
        if fact.releases
        for reference in fact.stated.references
        if reference.span.file != fact.owner.span.file
    }


def _unrendered(chart: str, *, tried: bool) -> Diagnostic:
    """The note on a chart. What helm says is not quoted: it can hold values."""
    message = Message("unrendered Helm chart: its templates are not checked")
    hint = "pipe `helm template` into `cnilint check -`"
    if tried:
        message = Message("helm does not render this chart: its templates are not checked")
        hint = f"run `helm template {quote(f'./{chart}')}` to see why; cnilint gives all charts of a run two minutes"
    return Diagnostic(
        code="CNI903",
        span=Span(file=f"{chart}/Chart.yaml".lstrip("/"), line=1, column=1, end_line=1, end_column=2),
        message=message,
        hint=hint,
    )
