"""Builds the kustomizations of a source, in several processes when there are enough of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.extract.builds import (
    BuiltObject,
    FactsKey,
    KustomizationReader,
    ReadBuild,
    ReadBuilds,
)
from cnilint.extract.chartfiles import ChartFiles
from cnilint.extract.file import Keep
from cnilint.extract.listing import Listing
from cnilint.extract.model import Gathered, ObjectFacts
from cnilint.extract.sourcefiles import FileText, SourceFiles
from cnilint.gitops.repository import Repositories, with_parents
from cnilint.packs.library import Library
from cnilint.render.installed import InstalledTools
from cnilint.render.kustomize import MOST_PACKED, Inclusions
from cnilint.source.reads import log_of
from cnilint.source.workers import Task, Team

if TYPE_CHECKING:
    from cnilint.extract.rememberedbuilds import BuildMemory

_WORTH_PROCESSES = 12
"""Kustomizations; fewer take less time than starting processes for them."""
_MOST_AT_ONCE = 64
"""Kustomizations that a process builds before it gives the results, unless more of them share a base."""
_PARTS_OF_A_PROCESS = 8

_BuildGroups = Callable[[list[list[str]]], Iterable[ReadBuilds]]


def read_kustomizations(
    gathered: Gathered,
    listed: Listing,
    library: Library,
    charts: ChartFiles,
    *,
    keep: Keep | None,
    tools: InstalledTools | None,
    team: Team,
    memory: "BuildMemory | None" = None,
) -> set[str]:
    """Adds what the kustomizations build to ``gathered``. Returns the files that the builds use.

    Built is what no other kustomization includes, and what a deployer among the objects applies. ``team`` are the
    processes; a list of deployed charts and installed tools force one. ``memory`` has what an earlier run built.
    """

    def reader() -> KustomizationReader:
        return KustomizationReader(SourceFiles(gathered.source, listed), library, charts, keep, tools)

    alone = tools is not None or charts.deployed is not None or len(listed.kustomizations) < _WORTH_PROCESSES
    made = _Builder(
        folders=sorted(listed.kustomizations), reader=reader, team=None if alone else team, memory=memory
    ).made()
    log = log_of(gathered.source)
    if log is not None:
        for ids in made.consulted:
            log.note_all(ids)
    known = made.facts()
    for folder in sorted(made.builds):
        _add_build(gathered, made.builds[folder], known)
    used = {path for each in made.builds.values() for path in each.used}
    for path in sorted(used & made.texts.keys()):
        _add_text(gathered, path, made.texts[path])
    gathered.read += len(used)
    return used


class _Made(Struct):
    """What kustomizations gave, by their folder."""

    builds: dict[str, ReadBuild] = field(default_factory=dict)
    texts: dict[str, FileText] = field(default_factory=dict)
    packed: int = 0
    consulted: list[Mapping[str, str]] = field(default_factory=list)
    """The ids of the files that each part of the work read."""

    def add(self, found: Iterable[ReadBuilds]) -> None:
        for each in found:
            self.packed += each.packed
            self.consulted += (each.searched, *(build.consulted for build in each.builds))
            self.builds.update((build.rendered.root, build) for build in each.builds)
            for path, text in each.texts.items():
                known = self.texts.get(path)
                self.texts[path] = text if known is None else known.with_diagnostics(text)

    @property
    def bases(self) -> frozenset[str]:
        """The kustomizations that the others include."""
        return frozenset(base for each in self.builds.values() for base in each.rendered.bases)

    def facts(self) -> dict[FactsKey, ObjectFacts]:
        """The facts of all objects, as the first build has them."""
        found: dict[FactsKey, ObjectFacts] = {}
        for folder in sorted(self.builds, reverse=True):
            found.update(self.builds[folder].new)
        return found

    def deployed(self, folders: Iterable[str]) -> set[str]:
        """Those of the folders that objects apply."""
        facts = self.facts()
        applied = {obj.key for each in self.builds.values() for obj in each.applied}
        entries = [entry for key in applied for entry in facts[key].deployments]
        addresses = [address for key in applied if (address := facts[key].address) is not None]
        repositories = Repositories(entries, addresses, with_parents(folders))
        return {entry.path for entry in entries if repositories.is_here(entry)}


class _Builder(Struct, frozen=True, kw_only=True):
    """Builds the kustomizations in some folders, in this process where there is no ``team``. ``reader`` makes one that has built
    nothing yet."""

    folders: Sequence[str]
    reader: Callable[[], KustomizationReader]
    team: Team | None
    memory: "BuildMemory | None"

    def made(self) -> _Made:
        """What those give that no other one includes, and those that their objects apply."""
        reader = self.reader()
        listed = Inclusions(self.folders, reader.files)
        if listed.are_free_of_order():
            made = self._of_tops(listed, reader)
            # The bound is for all builds: which generator is beyond it depends on what was packed before.
            if made.bases >= listed.included and made.packed <= MOST_PACKED:
                return made
        return self._in_order()

    def _of_tops(self, listed: Inclusions, reader: KustomizationReader) -> _Made:
        made = _Made(texts=reader.files.texts())
        reader.files.look_for_absent(listed)

        def read_part(part: list[list[str]]) -> list[ReadBuilds]:
            return list(map(reader.read_apart, part))

        build = self._by_team(self.team.task(read_part), self.team) if self.team else read_part
        made.add(self._read(listed.groups(), reader, build))
        deployed = sorted(made.deployed(self.folders) & listed.included)
        made.add(self._read([[folder] for folder in deployed], reader, build))
        return made

    def _by_team(self, task: Task[list[list[str]], list[ReadBuilds]], team: Team) -> "_BuildGroups":
        """What a team builds of groups. The processes begin with what the reader has read."""

        def build(groups: Sequence[list[str]]) -> Iterable[ReadBuilds]:
            parts = _parts(groups, team.workers.count)
            # Few of them are only built by processes that are there.
            worth = 1 if _size(groups) >= _WORTH_PROCESSES else len(parts) + 1
            return chain.from_iterable(task.map(parts, worth=worth))

        return build

    def _read(
        self, groups: list[list[str]], reader: KustomizationReader, build: "_BuildGroups"
    ) -> Iterator[ReadBuilds]:
        """What groups of kustomizations give: those that an earlier run built, and the others."""
        if self.memory is None:
            yield from build(groups)
            return
        known, others = self.memory.find(groups, reader.files.unread)
        yield from known
        for found in build(others):
            self.memory.add(found)
            yield found
        self.memory.flush()

    def _in_order(self) -> _Made:
        """The same, where it depends on the order of evaluation what includes what."""
        reader = self.reader()
        bases = [reader.bases(folder) for folder in self.folders]
        included = frozenset[str]().union(*bases)
        made = _Made()
        made.add([reader.read([folder for folder in self.folders if folder not in included])])
        reader.forget_facts()
        made.add([reader.read(sorted(made.deployed(self.folders) & included))])
        made.texts |= reader.files.texts()
        return made


def _parts(groups: Sequence[list[str]], processes: int) -> list[list[list[str]]]:
    """The work in parts, large ones first. Groups share nothing, and are divided only where one would take longest."""
    total = sum(map(len, groups))
    most = -(-total // processes)
    least = min(_MOST_AT_ONCE, -(-most // _PARTS_OF_A_PROCESS))
    parts: list[list[list[str]]] = []
    last: list[list[str]] = []
    for group in groups:
        if len(group) >= least:
            parts += [[group[start : start + most]] for start in range(0, len(group), most)]
            continue
        last.append(group)
        if _size(last) >= least:
            parts.append(last)
            last = []
    return sorted([*parts, last] if last else parts, key=_size, reverse=True)


def _size(part: Iterable[Sequence[str]]) -> int:
    return sum(map(len, part))


def _add_build(gathered: Gathered, each: ReadBuild, known: Mapping[FactsKey, ObjectFacts]) -> None:
    """Adds a build. ``known`` are the facts of all objects."""
    objects = tuple(_facts(obj, known[obj.key]) for obj in each.objects)
    gathered.builds.append(replace(each.rendered, objects=objects))
    gathered.secret_files |= each.secret_files
    gathered.customizations += each.customizations
    gathered.diagnostics += each.diagnostics
    gathered.kept += [(objects[index], value) for index, value in each.kept]


def _facts(obj: BuiltObject, as_read: ObjectFacts) -> ObjectFacts:
    """The facts of an object as its build changes them, which has the definitions themselves that it shares."""
    own = obj.own
    if own is None or not obj.shared or len(own.definitions) != len(as_read.definitions):
        return own or as_read
    pairs = enumerate(zip(own.definitions, as_read.definitions, strict=True))
    definitions = tuple(read if at in obj.shared else changed for at, (changed, read) in pairs)
    return replace(own, definitions=definitions)


def _add_text(gathered: Gathered, path: str, text: FileText) -> None:
    """Adds what the text of a file holds beside the objects that are built of it."""
    gathered.documents += text.documents
    gathered.imperative.extend(text.created)
    gathered.diagnostics.extend(text.diagnostics)
    if text.comments:
        gathered.comments[path] = text.comments
