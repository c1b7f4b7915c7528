"""Reads a source: its kustomizations, manifests, scripts and charts to facts."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.document import Span
from cnilint.extract.file import Keep, facts_of
from cnilint.extract.kustomizations import read_kustomizations
from cnilint.extract.listing import listing
from cnilint.extract.model import FileFacts, Gap, Gathered
from cnilint.extract.packages import Packages
from cnilint.extract.parallel import Scanned, in_order
from cnilint.packs.library import Library
from cnilint.producers.scripts.find import created
from cnilint.reading import Unreadable
from cnilint.render.installed import InstalledTools
from cnilint.source.base import Source

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
    render: bool = False,
) -> Gathered:
    """The facts of a source, without the files that ``exclude`` names as ``.gitignore`` does.

    ``keep`` is called with every object and its facts. ``render`` lets the installed kustomize and helm fill in what
    is left open without them.
    """
    listed = listing(source, exclude)
    gathered = Gathered(
        source=source,
        base=source.base,
        kustomized=frozenset(listed.kustomizations),
        hydrated=listed.hydrated,
        skipped=dict(source.skipped),
    )
    tools = InstalledTools(Path(source.root)) if render else None
    used = read_kustomizations(gathered, listed.kustomizations, library, keep=keep, tools=tools)
    manifests = listed.manifests(used)
    packages = Packages(source, listed.paths)
    results = in_order(source, manifests, library, jobs, keep=keep, tell=gathered.notices.append)
    for position, scanned in enumerate(results):
        if progress is not None and position % _STEP == 0:
            progress(position, len(manifests))
        _add_manifest(gathered, scanned, packages)
    _read_scripts(gathered, listed.scripts())
    _read_charts(gathered, listed.charts, library, tools)
    return gathered


def _add_manifest(gathered: Gathered, scanned: Scanned, packages: Packages) -> None:
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
    facts = packages.as_applied(facts)
    gathered.imperative.extend(facts.carried)
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


def _read_charts(
    gathered: Gathered, charts: Iterable[str], library: Library, tools: InstalledTools | None
) -> None:
    """Adds the objects of the charts that the installed helm renders, and a note for each of the others."""
    unrendered: set[str] = set()
    for chart in charts:
        file = f"{chart}/Chart.yaml" if chart else "Chart.yaml"
        made = None if tools is None else tools.templated(chart)
        if made is None:
            unrendered.add(chart)
            gathered.diagnostics.append(_unrendered(file))
        else:
            facts = tuple(facts_of(obj, library) for obj in made)
            gathered.files.append(FileFacts(file=file, documents=len(made), objects=facts))
    gathered.charts = frozenset(unrendered)


def _unrendered(file: str) -> Diagnostic:
    return Diagnostic(
        code="CNI903",
        span=Span(file=file, line=1, column=1, end_line=1, end_column=2),
        message=Message("unrendered Helm chart: its templates are not checked"),
        hint="pipe `helm template` into `cnilint check -`",
    )
