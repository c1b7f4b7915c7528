"""Builds the kustomizations of a source and reads the facts of what they build."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import Document, read
from cnilint.extract.absent import AbsentFiles
from cnilint.extract.chartfiles import ChartFiles
from cnilint.extract.file import Keep, broken_text, facts_of, is_templated, kept
from cnilint.extract.listing import Listing
from cnilint.extract.model import Gap, Gathered, ObjectFacts, Rendered
from cnilint.extract.names import with_names, without_variables
from cnilint.extract.reach import unbuilt, with_gaps
from cnilint.facts.model import Definition
from cnilint.findings.suppression import Comment, comments
from cnilint.gitops.deployers import customizations, deployments
from cnilint.gitops.repository import Repositories, source_address, with_parents
from cnilint.manifest.object import Object
from cnilint.packs.library import Library
from cnilint.producers.scripts.find import created
from cnilint.reading import Unreadable
from cnilint.render.installed import InstalledTools
from cnilint.render.kustomize import REFUSED, Build, BuildGap, Memo, build
from cnilint.source.base import Source

_RECENT = 8
"""Files whose bytes are held: a build asks for the same file several times in a row."""


class _Parsed(Struct, frozen=True, kw_only=True):
    """A YAML file, parsed, and what else its text holds: the bytes themselves are dropped."""

    documents: list[Document]
    templated: bool
    """The text holds expressions of a template language."""
    comments: Sequence[Comment]
    created: Sequence[Definition]


class SourceFiles:
    """The source as kustomize's evaluation reads it.

    Every YAML file is parsed once. Bytes are read again when a file is used after several others:
    holding them all would double the memory. What a generator packs is data in any format, and is not parsed.
    """

    def __init__(self, source: Source, listed: Listing) -> None:
        self._source = source
        self._kustomizations = listed.kustomizations
        self._absent = AbsentFiles(source, listed)
        self._read = lru_cache(maxsize=_RECENT)(self._bytes)
        self.parsed: dict[str, _Parsed] = {}

    def read(self, path: str) -> bytes | None:
        return self._read(path)

    def documents(self, path: str) -> list[Document]:
        if path not in self.parsed:
            data = self._read(path) or b""
            documents = read(path, data, everything=True)
            self.parsed[path] = _Parsed(
                documents=documents,
                templated=is_templated(data),
                comments=comments(path, data),
                created=created(path, data),
            )
        return self.parsed[path].documents

    def kustomization_file(self, directory: str) -> str | None:
        return self._kustomizations.get(directory)

    def is_folder(self, path: str) -> bool:
        return self._absent.is_folder(path)

    def unread(self, path: str) -> str:
        return self._absent.reason(path)

    def _bytes(self, path: str) -> bytes | None:
        try:
            return self._source.read(path)
        except Unreadable:
            return None


def read_kustomizations(
    gathered: Gathered,
    listed: Listing,
    library: Library,
    charts: ChartFiles,
    *,
    keep: Keep | None,
    tools: InstalledTools | None,
) -> set[str]:
    """Adds what the kustomizations build to ``gathered``. Returns the files that the builds use.

    Built is what no other kustomization includes, and what a deployer among the objects applies. The installed
    kustomize, among ``tools``, fills in what the built-in evaluation leaves open.
    """
    files = SourceFiles(gathered.source, listed)
    memo = Memo()
    builds = {folder: build(folder, files, memo) for folder in sorted(listed.kustomizations)}
    stated = facts_once(library, charts)
    used: set[str] = set()
    for folder in sorted(_roots(builds)):
        each = builds[folder] if tools is None else tools.kustomized(builds[folder])
        used |= each.used
        made = rendered(each, memo, stated)
        _add_build(gathered, each, made)
        gathered.kept += kept(made.objects, (*each.objects, *each.charts), keep)
    for path in sorted(used & files.parsed.keys()):
        _add_text(gathered, path, files.parsed[path])
    gathered.read += len(used)
    return used


def _roots(builds: Mapping[str, Build]) -> set[str]:
    """The kustomizations that no other one includes, and those that one of their objects deploys."""
    included = frozenset(base for each in builds.values() for base in each.bases)
    roots = builds.keys() - included
    objects = [obj for folder in roots for obj in builds[folder].objects]
    return roots | (_deployed(objects, builds) & included)


def _deployed(objects: Sequence[Object], folders: Iterable[str]) -> set[str]:
    """The folders of this repository that the objects apply."""
    entries = [entry for obj in objects for entry in deployments(obj)]
    addresses = [address for obj in objects if (address := source_address(obj)) is not None]
    repositories = Repositories(entries, addresses, with_parents(folders))
    return {entry.path for entry in entries if repositories.is_here(entry)}


def _add_build(gathered: Gathered, build: Build, made: Rendered) -> None:
    gathered.secret_files |= build.secret_files
    gathered.builds.append(made)
    gathered.customizations.extend(change for obj in build.objects for change in customizations(obj))
    gathered.diagnostics.extend(found for found in build.diagnostics if found.code != REFUSED)


def _add_text(gathered: Gathered, path: str, parsed: _Parsed) -> None:
    """Adds what the text of a file holds beside the objects that are built of it."""
    gathered.documents += len(parsed.documents)
    gathered.imperative.extend(parsed.created)
    if parsed.comments:
        gathered.comments[path] = parsed.comments
    for document in parsed.documents:
        gathered.diagnostics.extend(document.diagnostics)
        if document.broken is not None:
            gathered.diagnostics.append(broken_text(document.broken, parsed.templated))


_Stated = Callable[[Object, Sequence[Object]], ObjectFacts]
"""Gives the facts of an object among those of its build."""


def facts_once(library: Library, charts: ChartFiles) -> _Stated:
    """A function that gives the facts of an object, made once for an object that several builds share."""
    known: dict[tuple[int, str | None, str], ObjectFacts] = {}
    alive: list[Object] = []
    """The objects whose nodes are in ``known`` by ``id``, which has to stay theirs."""

    def facts(obj: Object, beside: Sequence[Object]) -> ObjectFacts:
        key = (id(obj.node), obj.namespace, obj.name)
        if key not in known:
            known[key] = facts_of(obj, library, charts, beside)
            alive.append(obj)
        return known[key]

    return facts


def _leave_the_rest(refusals: Iterable[Diagnostic], gaps: Iterable[BuildGap]) -> bool:
    """Whether the rest of what kustomize refuses is known: only files are absent.

    Users often add such a file where they build, or a gap has what it may change.
    """
    absent = {(gap.span, gap.reason) for gap in gaps}
    return all(each.severity == "warning" or (each.span, str(each.message)) in absent for each in refusals)


def rendered(each: Build, memo: Memo, stated: _Stated) -> Rendered:
    """The facts of a build.

    A component alone lacks what it changes, so that kustomize may refuse it alone.
    """
    component = _is_component(each.root, memo)
    refusals = () if component else each.refusals
    built = (*each.objects, *each.charts)
    facts = without_variables([stated(obj, each.objects) for obj in built], each)
    facts = with_names(facts, each)
    facts = with_gaps(facts, built, each.gaps)
    return Rendered(
        root=each.root,
        objects=tuple(facts if _leave_the_rest(refusals, each.gaps) else map(unbuilt, facts)),
        refusals=refusals,
        gaps=tuple(Gap(gap.reason) for gap in each.gaps if gap.adds and not gap.chart),
        bases=each.bases,
        components=frozenset(base for base in each.bases if _is_component(base, memo)),
        component=component,
    )


def _is_component(folder: str, memo: Memo) -> bool:
    return folder in memo and memo[folder].component
