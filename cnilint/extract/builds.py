"""Builds kustomizations, and reads the facts of what they build: the part of the work that one process does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import Plain
from cnilint.document.edit import detached
from cnilint.extract.chartfiles import ChartFiles
from cnilint.extract.file import Keep, facts_of
from cnilint.extract.model import Gap, ObjectFacts, Rendered
from cnilint.extract.names import with_names, without_variables
from cnilint.extract.reach import unbuilt, with_gaps
from cnilint.extract.sourcefiles import FileText, FileUse, SourceFiles
from cnilint.gitops.deployers import Customization, customizations
from cnilint.gitops.helm import is_release
from cnilint.manifest.object import Object
from cnilint.packs.library import Library
from cnilint.render.installed import InstalledTools
from cnilint.render.kustomize import REFUSED, Build, BuildGap, Memo, NodeOrigin, build, is_component


class FactsKey(NamedTuple):
    """What tells the facts of an object from all others of the source, in every process."""

    origin: NodeOrigin
    namespace: str | None
    name: str


class SharedFacts:
    """The facts of the objects of many builds: those of an object that several builds share are read once."""

    def __init__(self, library: Library, memo: Memo) -> None:
        self._library = library
        self._memo = memo
        self._known: dict[tuple[int, str | None, str], FactsKey] = {}
        self._facts: dict[FactsKey, ObjectFacts] = {}
        self._alive: list[Object] = []
        """The objects whose nodes are in ``_known`` by ``id``, which has to stay theirs."""

    def key(self, obj: Object, build: Build, index: int, charts: ChartFiles) -> FactsKey:
        """The key of an object, by its index in the build. ``charts`` has the files of values that it may name."""
        known = (id(obj.node), obj.namespace, obj.name)
        key = self._known.get(known)
        if key is None:
            origin = self._memo.origin(obj.node) or NodeOrigin("root", build.root, index)
            key = self._known[known] = FactsKey(origin, obj.namespace, obj.name)
            self._facts[key] = facts_of(obj, self._library, charts, build.objects)
            self._alive.append(obj)
        return key

    def __getitem__(self, key: FactsKey) -> ObjectFacts:
        return self._facts[key]


class BuiltObject(NamedTuple):
    """An object of a build: its facts by their key, and as this build changes them.

    ``own`` is None where it changes nothing; ``shared`` are the positions of the definitions that stay the same.
    """

    key: FactsKey
    own: ObjectFacts | None = None
    shared: frozenset[int] = frozenset()


class ReadBuild(Struct, frozen=True, kw_only=True):
    """What one kustomization gives, without nodes: it can be passed between processes.

    ``rendered`` is without its ``objects``, which are on their own; the last of these are the ``charts``. ``new`` has
    the facts of those that the same process met for the first time. ``consulted`` are the ids of the files that were
    read, by path, ``absent`` the reasons why files that are listed are absent.
    """

    rendered: Rendered
    objects: tuple[BuiltObject, ...]
    charts: int
    new: tuple[tuple[FactsKey, ObjectFacts], ...]
    used: frozenset[str]
    secret_files: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    customizations: tuple[Customization, ...]
    kept: tuple[tuple[int, dict[str, Plain]], ...]
    """The objects that are kept as plain values, by their index."""
    consulted: Mapping[str, str] = {}
    absent: Mapping[str, str] = {}

    @property
    def applied(self) -> tuple[BuiltObject, ...]:
        """The objects without the charts."""
        return self.objects[: len(self.objects) - self.charts]


class ReadBuilds(Struct, frozen=True, kw_only=True):
    """What some kustomizations give, and the texts of their files.

    ``packed`` are the bytes that generators packed, ``searched`` the ids of the files that were read to find out why others
    are absent.
    """

    builds: tuple[ReadBuild, ...]
    texts: Mapping[str, FileText]
    packed: int = 0
    searched: Mapping[str, str] = {}


class _TracedMemo(Memo):
    """A memo that knows which files were used for each accumulator."""

    def __init__(self, files: SourceFiles) -> None:
        super().__init__()
        self._files = files
        self._uses: dict[str, FileUse] = {}

    @contextmanager
    def evaluating(self, directory: str) -> Iterator[None]:
        with self._files.using() as use:
            yield
        self._uses[directory] = use

    def reuse(self, directory: str) -> None:
        self._files.reuse(self._uses[directory])


class KustomizationReader:
    """Builds kustomizations in one process; what they share is evaluated and read once.

    The installed kustomize, among ``tools``, fills in what the built-in evaluation leaves open.
    """

    def __init__(
        self,
        files: SourceFiles,
        library: Library,
        charts: ChartFiles,
        keep: Keep | None,
        tools: InstalledTools | None,
    ) -> None:
        self.files = files
        self._library = library
        self._charts = charts
        self._keep = keep
        self._tools = tools
        self._memo = Memo()
        self.forget_facts()

    def forget_facts(self) -> None:
        """Read and give all facts anew: those of an object depend on the first build that has it."""
        self._facts = SharedFacts(self._library, self._memo)
        self._given: set[FactsKey] = set()
        self._releases: dict[FactsKey, FileUse] = {}

    def bases(self, folder: str) -> frozenset[str]:
        """The kustomizations that one includes, directly or indirectly."""
        return build(folder, self.files, self._memo).bases

    def read_apart(self, folders: Sequence[str]) -> ReadBuilds:
        """Build some kustomizations, with nothing of what was built before: the result is the same in every process."""
        self._memo = _TracedMemo(self.files)
        self.forget_facts()
        return self.read(folders)

    def read(self, folders: Sequence[str]) -> ReadBuilds:
        """Build some kustomizations."""
        before = self._memo.packed.asked
        with self.files.using() as use:
            builds = tuple(map(self._read, folders))
        return ReadBuilds(
            builds=builds,
            texts=self.files.texts(use.paths),
            packed=self._memo.packed.asked - before,
            searched=use.searched,
        )

    def _read(self, folder: str) -> ReadBuild:
        with self.files.using() as use:
            found = self._built(folder, use)
        return replace(found, consulted=use.ids, absent=use.absent)

    def _built(self, folder: str, use: FileUse) -> ReadBuild:
        made = build(folder, self.files, self._memo)
        if self._tools is not None:
            made = self._tools.kustomized(made)
        built = (*made.objects, *made.charts)
        charts = self._charts.anew()
        keys = [self._facts.key(obj, made, index, charts) for index, obj in enumerate(built)]
        self._note_releases(built, keys, use)
        as_read = [self._facts[key] for key in keys]
        whole = rendered(made, as_read, self.files)
        new = dict.fromkeys(key for key in keys if key not in self._given)
        self._given |= new.keys()
        return ReadBuild(
            rendered=replace(whole, objects=()),
            objects=tuple(map(_built_object, keys, as_read, whole.objects)),
            charts=len(made.charts),
            new=tuple((key, self._facts[key]) for key in new),
            used=made.used,
            secret_files=made.secret_files,
            diagnostics=tuple(each for each in made.diagnostics if each.code != REFUSED),
            customizations=tuple(_detached(each) for obj in made.objects for each in customizations(obj)),
            kept=tuple(self._kept(built)),
        )

    def _note_releases(self, built: Iterable[Object], keys: Iterable[FactsKey], use: FileUse) -> None:
        """Adds what the facts of shared releases depend on: the files and objects of the build that was the first to have
        them."""
        for obj, key in zip(built, keys, strict=True):
            if is_release(obj):
                self.files.reuse(self._releases.setdefault(key, use))

    def _kept(self, built: Sequence[Object]) -> Iterable[tuple[int, dict[str, Plain]]]:
        for index, obj in enumerate(built if self._keep is not None else ()):
            value = self._keep(obj) if self._keep is not None else None
            if value is not None:
                yield index, value


def _built_object(key: FactsKey, as_read: ObjectFacts, built: ObjectFacts) -> BuiltObject:
    if built is as_read:
        return BuiltObject(key)
    pairs = zip(built.definitions, as_read.definitions, strict=True)
    return BuiltObject(key, built, frozenset(at for at, (own, read) in enumerate(pairs) if own is read))


def _detached(change: Customization) -> Customization:
    return replace(change, fields={name: detached(node) for name, node in change.fields.items()})


def rendered(each: Build, as_read: Sequence[ObjectFacts], files: SourceFiles) -> Rendered:
    """The facts of a build, given those of its objects and charts as they were read.

    A component alone lacks what it changes, so that kustomize may refuse it alone.
    """
    component = is_component(each.root, files)
    refusals = () if component else each.refusals
    facts = with_names(without_variables(as_read, each), each)
    facts = with_gaps(facts, (*each.objects, *each.charts), each.gaps)
    return Rendered(
        root=each.root,
        objects=tuple(facts if _leave_the_rest(refusals, each.gaps) else map(unbuilt, facts)),
        refusals=refusals,
        gaps=tuple(Gap(gap.reason) for gap in each.gaps if gap.adds and not gap.chart),
        bases=each.bases,
        components=frozenset(base for base in each.bases if is_component(base, files)),
        component=component,
    )


def _leave_the_rest(refusals: Iterable[Diagnostic], gaps: Iterable[BuildGap]) -> bool:
    """Whether the rest of what kustomize refuses is known: only files are absent.

    Users often add such a file where they build, or a gap has what it may change.
    """
    absent = {(gap.span, gap.reason) for gap in gaps}
    return all(each.severity == "warning" or (each.span, str(each.message)) in absent for each in refusals)
