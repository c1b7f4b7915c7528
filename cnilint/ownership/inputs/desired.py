"""The manifests of live objects, read as ``cnilint check`` reads them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os.path import relpath
from posixpath import join

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.config.model import Config
from cnilint.diagnostics.wording import object_name
from cnilint.document import Diagnostic, plain
from cnilint.document.scalars import ScalarError
from cnilint.environment import Environment
from cnilint.environment.assemble import environments_of
from cnilint.errors import UsageError
from cnilint.extract.filevalues import FileValues, ObjectPlace
from cnilint.extract.model import Gathered, ObjectFacts
from cnilint.extract.read import Progress, gather
from cnilint.manifest.object import Object
from cnilint.ownership.inputs.digests import UNKNOWN, data_digest, text_digest, with_known_digests
from cnilint.ownership.inputs.live import Dump, LiveObject
from cnilint.ownership.inputs.narrow import narrowed, without
from cnilint.ownership.inputs.selectors import selector_kinds
from cnilint.packs.library import Library
from cnilint.producers import platform
from cnilint.resolve import index as indexes
from cnilint.resolve.index import Index
from cnilint.resolve.live import LiveObjects
from cnilint.source.base import Source, under
from cnilint.ssa.typed.values import Json
from cnilint.ssa.typed.values import JsonObject as Value

CRD = "CustomResourceDefinition"
"""A kind of which every manifest is kept: it says how others merge."""

_SECRETS = ("data", "stringData")
"""The members of a Secret that hold values, of which digests are kept on reading."""

ObjectIdentity = tuple[str, str, str]
"""Group, kind and name; the namespace is compared apart, because a manifest may leave it out."""


class DesiredObject(Struct, frozen=True):
    """An object of an environment. ``root`` is the kustomization that builds it, None for one of a plain file."""

    environment: Environment
    fact: ObjectFacts
    root: str | None

    @property
    def namespace(self) -> str | None:
        return self.fact.owner.namespace


class Manifest(Struct, frozen=True):
    """The manifest of a live object."""

    desired: DesiredObject
    live: LiveObject
    contents: "ManifestStore"

    @property
    def value(self) -> Value | None:
        """The object as it will be applied, in the namespace of the live one; None where it cannot be read."""
        value = self.contents.value(self.desired)
        return None if value is None else _placed(value, self.live)

    @property
    def compared(self) -> Value | None:
        """The object as a client's patch compares a later manifest with it: what it has under ``stringData`` takes
        nothing away, for the API server keeps that elsewhere. None where it cannot be read."""
        value = self.contents.value(self.desired, ("data",))
        return None if value is None else _placed(value, self.live)

    @property
    def file(self) -> str:
        """The path of its file from the current folder, as a command names it."""
        return self.contents.path(self.fact.owner.span.file)

    @property
    def build(self) -> str | None:
        """The path from the current folder of the kustomization that builds it; None for one of a plain file."""
        root = self.desired.root
        return None if root is None else f"{self.contents.path(root)}/"

    @property
    def environment(self) -> Environment:
        return self.desired.environment

    @property
    def fact(self) -> ObjectFacts:
        return self.desired.fact


class Manifests(Struct, frozen=True, kw_only=True):
    """All manifests of a source. ``objects`` are those of the files that the user pointed at, ``live`` what of the cluster
    completes them."""

    gathered: Gathered
    environments: tuple[Environment, ...]
    config: Config
    library: Library
    objects: Mapping[ObjectIdentity, Sequence[DesiredObject]]
    contents: "ManifestStore"
    live: LiveObjects = field(default_factory=LiveObjects)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return tuple(self.gathered.diagnostics)

    @property
    def definitions(self) -> list[Value]:
        """The CustomResourceDefinitions, each as one of the environments has it."""
        values = (
            self.contents.value(found[0]) for (_, kind, _), found in self.objects.items() if kind == CRD
        )
        return [value for value in values if value is not None]

    def index(self, environments: Iterable[Environment], closed_world: bool = False) -> Index:
        """What references resolve against, with some environments replaced by those of the same name."""
        changed = {environment.name: environment for environment in environments}
        return indexes.build(
            [
                *(changed.get(environment.name, environment) for environment in self.environments),
                *self.live.environments,
            ],
            platform=platform(),
            imperative=(*self.gathered.imperative, *self.config.producers),
            external=self.config.external,
            closed_world=closed_world,
            covered=self.live.covered,
            denied=self.live.denied,
            live=self.live.names,
        )


def read_desired(
    source: Source, config: Config, namespace: str | None, dumps: Sequence[Dump], jobs: int = 1
) -> Manifests:
    """The manifests of a source, in environments. A dump among the files is not read as a manifest.

    The contents are kept of the objects that the dumps have, and files that cannot be about them are not read.
    """
    objects = [live.obj for dump in dumps for live in dump.objects]
    manifests = without(source, {dump.file for dump in dumps})
    return _read(narrowed(manifests, objects), config, namespace, _Wanted(objects), jobs=jobs)


def read_whole_desired(
    source: Source,
    config: Config,
    namespace: str | None,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Manifests:
    """The manifests of a source, in environments, with the contents of all: what is live is found by them."""
    return _read(source, config, namespace, _Wanted(None), jobs=jobs, progress=progress)


def _read(
    source: Source,
    config: Config,
    namespace: str | None,
    wanted: "_Wanted",
    *,
    jobs: int,
    progress: Progress | None = None,
) -> Manifests:
    library = Library(extra=config.packs)
    gathered = gather(
        source, exclude=config.exclude, library=library, jobs=jobs, progress=progress, keep=wanted.value
    )
    environments = environments_of(gathered, config.environments, namespace)
    return Manifests(
        gathered=gathered,
        environments=tuple(environments),
        config=config,
        library=library,
        objects=_by_identity(_selected(environments, gathered)),
        contents=ManifestStore(gathered),
    )


def _selected(environments: Iterable[Environment], gathered: Gathered) -> Iterator[DesiredObject]:
    """The objects of the files that the user pointed at, and of the kustomizations below them."""
    files = frozenset(gathered.source.selected)
    builds = (*gathered.builds, *gathered.overlays)
    roots = {id(fact): built.root for built in builds for fact in built.objects}
    for environment in environments:
        for fact in environment.objects:
            root = roots.get(id(fact.as_read))
            if fact.owner.span.file in files or (root is not None and under(root, [gathered.base])):
                yield DesiredObject(environment, fact, root)


def _by_identity(objects: Iterable[DesiredObject]) -> Mapping[ObjectIdentity, Sequence[DesiredObject]]:
    found: defaultdict[ObjectIdentity, list[DesiredObject]] = defaultdict(list)
    for one in objects:
        found[_identity(one.fact)].append(one)
    return dict(found)


def match_manifests(
    desired: Manifests,
    lives: Iterable[LiveObject],
    environment: str | None = None,
    *,
    required: bool = True,
) -> dict[int, Manifest]:
    """The manifest of each live object, by the ``id`` of its ``obj``; nothing for those that no manifest names.

    ``environment`` is the one that the user names, else each object has to be in one only: a dump does not say which
    cluster it is of. Raises UsageError where it is in several, or there is no environment of that name although it is
    ``required``.
    """
    name = None if environment is None else environment_name(desired, environment, required=required)
    matched: dict[int, Manifest] = {}
    for live in lives:
        candidates = [
            one for one in _candidates(desired, live.obj) if name is None or one.environment.name == name
        ]
        if candidates:
            matched[id(live.obj)] = Manifest(_only(candidates, live.obj), live, desired.contents)
    return matched


def in_environment(desired: Manifests, given: str) -> Manifests:
    """The manifests with the objects of one environment only. Raises UsageError where there is none of that name."""
    name = environment_name(desired, given)
    objects = {
        identity: [one for one in found if one.environment.name == name]
        for identity, found in desired.objects.items()
    }
    return replace(desired, objects={identity: found for identity, found in objects.items() if found})


def environment_name(desired: Manifests, given: str, *, required: bool = True) -> str | None:
    """The name of the environment that is meant: the whole name, or the end of its path where only one ends so.

    Raises UsageError where it is none and ``required``, or names several.
    """
    names = [environment.name for environment in desired.environments]
    if given in names:
        return given
    found = [name for name in names if name.endswith(f"/{given}")]
    if not found and not required:
        return None
    if len(found) != 1:
        known = ", ".join(
            sorted(found or {one.environment.name for all_ in desired.objects.values() for one in all_})
        )
        problem = "names several environments" if found else "is not an environment of these manifests"
        raise UsageError(f"--environment: '{given}' {problem}", f"they are {known}" if known else "")
    return found[0]


def _only(candidates: Sequence[DesiredObject], obj: Object) -> DesiredObject:
    """The manifest in the environment that is judged and whose namespace is that of the live object. Raises UsageError
    where there are several."""
    best = min(_rank(one, obj) for one in candidates)
    found = {one.environment.name: one for one in reversed(candidates) if _rank(one, obj) == best}
    if len(found) > 1:
        raise UsageError(
            f"{object_name(obj.kind, obj.namespace, obj.name)} is in several environments: {', '.join(sorted(found))}",
            "choose the one of the cluster with --environment, or give its folder or file to --desired",
        )
    return next(iter(found.values()))


def manifest_value(obj: Object) -> Value | None:
    """A manifest as plain values; None for one that has no such form."""
    try:
        value = plain(obj.node)
    except (ScalarError, RecursionError):
        return None
    return _named(value, obj) if isinstance(value, dict) else None


class _Wanted:
    """The manifests that are compared or looked into: of some objects, None for all, of definitions, and of what selects
    others."""

    def __init__(self, objects: Iterable[Object] | None) -> None:
        self._objects = None if objects is None else {(obj.kind, obj.name) for obj in objects}
        self._kinds = selector_kinds() | {CRD}

    def value(self, obj: Object) -> Value | None:
        """A manifest as plain values; None for one that is not wanted, or has no such form."""
        return manifest_value(obj) if self._has(obj) else None

    def _has(self, obj: Object) -> bool:
        return self._objects is None or obj.kind in self._kinds or (obj.kind, obj.name) in self._objects


class ManifestStore:
    """The manifests that are compared, as plain values: their nodes would take ten times the memory."""

    def __init__(self, gathered: Gathered, files: FileValues | None = None) -> None:
        """``files`` has the values of objects in plain files, where those were not kept."""
        self._root = gathered.source.root
        self._files = files
        # The facts are held so that their id stays theirs.
        self._kept = {id(fact): (fact, value) for fact, value in gathered.kept}

    def path(self, file: str) -> str:
        """The path from the current folder of a file or folder of the source."""
        return relpath(join(self._root, file))

    def value(self, desired: DesiredObject, secrets: Sequence[str] = _SECRETS) -> Value | None:
        """The object as plain values; None where it has no such form. Of a Secret digests of the values
        of the members ``secrets``."""
        fact = desired.fact.as_read
        found = self._kept.get(id(fact))
        value = self._in_file(fact) if found is None else found[1]
        if value is None:
            return None
        is_secret = fact.owner.kind == "Secret" and fact.owner.api_version == "v1"
        return _with_digests(value, secrets) if is_secret else value

    def place(self, desired: DesiredObject) -> ObjectPlace | None:
        """Where an object is read from: objects of equal places have equal values. None where that is not known."""
        return None if self._files is None else self._files.place(desired.fact.as_read)

    def _in_file(self, fact: ObjectFacts) -> Value | None:
        return None if self._files is None else self._files.value(fact)


def _identity(fact: ObjectFacts) -> ObjectIdentity:
    group, slash, _ = fact.owner.api_version.rpartition("/")
    return (group if slash else "", fact.owner.kind, fact.owner.name)


def _candidates(desired: Manifests, obj: Object) -> list[DesiredObject]:
    found = desired.objects.get((obj.group, obj.kind, obj.name), ())
    return [one for one in found if (one.namespace or obj.namespace) == obj.namespace]


def _rank(one: DesiredObject, obj: Object) -> tuple[bool, bool]:
    return one.namespace != obj.namespace, bool(one.environment.unjudged)


def _named(value: Mapping[str, Json], obj: Object) -> Value:
    """The object with the name, namespace, version and kind that it is applied with."""
    metadata = value.get("metadata")
    members = dict(metadata) if isinstance(metadata, dict) else {}
    members["name"] = obj.name
    if obj.namespace is not None:
        members["namespace"] = obj.namespace
    return {**value, "apiVersion": obj.api_version, "kind": obj.kind, "metadata": members}


def _with_digests(value: Value, members: Sequence[str]) -> Value:
    """A Secret with digests of the values of some members, all under ``data``, where the API server puts those of
    ``stringData``. Those of an encrypted Secret are unknown."""
    digests: dict[str, Json] = {}
    for name in members:
        member = value.get(name)
        digest = data_digest if name == "data" else text_digest
        for key, held in member.items() if isinstance(member, dict) else ():
            digests[key] = UNKNOWN if "sops" in value else digest(held)
    out = {name: member for name, member in value.items() if name not in _SECRETS}
    return {**out, "data": digests} if digests else out


def _placed(value: Value, live: LiveObject) -> Value:
    """The manifest in the namespace of the live object, where it names none."""
    if live.is_secret:
        value = with_known_digests(value, live.value)
    obj = live.obj
    metadata = value["metadata"]
    assert isinstance(metadata, dict)
    if obj.namespace is None or "namespace" in metadata:
        return value
    return {**value, "metadata": {**metadata, "namespace": obj.namespace}}
