"""Forms the environments of a run from its files and kustomizations.

The strongest signal wins: configuration; a folder that Argo CD or Flux applies; a kustomization that no other one
includes; the output folder of a renderer; a stream; the folder. Each environment says why it was formed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from posixpath import dirname

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic
from cnilint.environment.appliers import Deployments
from cnilint.environment.groups import EnvironmentGroup, groups
from cnilint.environment.instances import Applications, Instance
from cnilint.environment.model import DeclaredEnvironment, Environment
from cnilint.environment.namespace import settled
from cnilint.environment.postbuild import filled, reader
from cnilint.environment.twins import TwinIdentity, twin_words
from cnilint.environment.words import FolderPlace, Words, is_common_word, is_undeployed, place_of
from cnilint.extract.model import FileFacts, Gap, Gathered, ObjectFacts, Rendered
from cnilint.extract.reach import unverified
from cnilint.gitops.deployers import Deployment
from cnilint.gitops.repository import Repositories, with_parents
from cnilint.manifest.names import is_placeholder
from cnilint.source.stdin import StandardInput

_NOWHERE: Words = frozenset()


def environments_of(
    gathered: Gathered, declared: Sequence[DeclaredEnvironment], namespace: str | None
) -> list[Environment]:
    """The environments of a source. ``declared`` are those of the configuration, ``namespace`` as in ``form``."""
    source = gathered.source
    return form(
        gathered.files,
        gathered.builds,
        overlays=gathered.overlays,
        kustomized=gathered.kustomized,
        hydrated=gathered.hydrated,
        declared=declared,
        base=gathered.base,
        stream=source.files[0] if isinstance(source, StandardInput) else None,
        namespace=namespace,
    )


def form(
    files: Sequence[FileFacts],
    builds: Sequence[Rendered],
    *,
    overlays: Sequence[Rendered] = (),
    kustomized: frozenset[str] = frozenset(),
    hydrated: frozenset[str] = frozenset(),
    declared: Sequence[DeclaredEnvironment] = (),
    base: str = "",
    stream: str | None = None,
    namespace: str | None = None,
) -> list[Environment]:
    """The environments of a run, ordered by name. The namespace of every object in them is settled.

    ``files`` are those that no kustomization uses; ``overlays`` builds with the changes of deployments;
    ``kustomized`` the folders that hold a kustomization; ``hydrated`` the folders that a hydrator wrote. What folders
    above ``base`` are called is ignored. ``stream`` names the environment when all was read from one stream.
    ``namespace`` is the default of environments to which neither the configuration nor a deployer gives one.
    """
    if stream is not None:
        return [_stream(stream, files, namespace)]
    repositories = _repositories(files, builds)
    appliers = Deployments(filter(repositories.is_here, _deployments(files, builds)), kustomized)
    found = groups(
        files, builds, kustomized=kustomized, hydrated=hydrated, declared=declared, appliers=appliers
    )
    _add_overlays(found, overlays)
    twins = twin_words({group.root: _identities(group) for group in found.values() if group.declared is None})
    applied = {name: appliers.of(_folder(group.root)) for name, group in found.items()}
    places = {name: _place(group, twins) for name, group in found.items()}
    applications = Applications(
        groups=found,
        applied=applied,
        words={name: place.words for name, place in places.items()},
        read=reader(found.values()),
    )
    run = _Run(
        base=base,
        namespace=namespace,
        says_nothing=appliers.open or not any(applied.values()),
        repositories=repositories,
    )
    environments = [
        environment
        for name, group in found.items()
        for environment in run.environments(name, group, places[name], applications)
    ]
    return sorted(_with_the_only_words(environments), key=lambda environment: environment.name)


def _add_overlays(found: Mapping[str, EnvironmentGroup], overlays: Iterable[Rendered]) -> None:
    for each in overlays:
        group = found.get(each.root or ".")
        if group is not None and group.declared is None:
            group.overlays[each.customized_by] = each


def _place(group: EnvironmentGroup, twins: Mapping[str, Words]) -> FolderPlace:
    """The place of a group; what is built on a neighbour that is called after a cluster belongs to that cluster too."""
    place = place_of(group.root, twins.get(group.root, _NOWHERE))
    beside = {
        base for built in group.builds for base in built.bases if dirname(base) == dirname(group.root) != ""
    }
    more = [place_of(base, twins.get(base, _NOWHERE)).words for base in beside]
    own = frozenset(
        word for words in more if not any(map(is_common_word, words - place.words)) for word in words
    )
    return place._replace(words=place.words | own) if place.words else place


def _stream(name: str, files: Sequence[FileFacts], namespace: str | None) -> Environment:
    return Environment(
        name=name,
        roots=(name,),
        reason="one stream is one environment",
        objects=settled((fact for file in files for fact in file.objects), default=namespace),
        words=frozenset(),
        family=name,
        namespace=namespace,
        gaps=tuple(gap for file in files for gap in file.gaps),
        without_objects=_without_objects(files),
    )


def _objects(files: Iterable[FileFacts], builds: Iterable[Rendered]) -> Iterator[ObjectFacts]:
    for file in files:
        yield from file.objects
    for built in builds:
        yield from built.objects


def _deployments(files: Iterable[FileFacts], builds: Iterable[Rendered]) -> Iterator[Deployment]:
    return (deployment for fact in _objects(files, builds) for deployment in fact.deployments)


def _repositories(files: Sequence[FileFacts], builds: Sequence[Rendered]) -> Repositories:
    folders = [dirname(file.file) for file in files]
    folders += [folder for built in builds for folder in (built.root, *built.bases)]
    return Repositories(
        _deployments(files, builds),
        (fact.address for fact in _objects(files, builds) if fact.address is not None),
        with_parents(folders),
    )


class _Run(Struct, frozen=True, kw_only=True):
    """What all environments of a run have in common.

    ``says_nothing``: the repository does not say which of its folders are applied.
    """

    base: str
    namespace: str | None
    says_nothing: bool
    repositories: Repositories

    def environments(
        self, name: str, group: EnvironmentGroup, place: FolderPlace, applications: Applications
    ) -> Iterator[Environment]:
        """The environments of a group: the one of the configuration, or one for each time that it is applied."""
        if group.declared is not None:
            yield self.declared(group, group.declared)
            return
        for instance in applications.instances(name, place.words):
            environment = self.environment(name, group, place, instance)
            yield replace(environment, applied_from=applications.root(instance))

    def declared(self, group: EnvironmentGroup, declared: DeclaredEnvironment) -> Environment:
        """An environment of the configuration: a sibling of all others there, or a part of the same cluster."""
        cluster = declared.cluster or declared.name
        default = declared.namespace or self.namespace
        return Environment(
            name=declared.name,
            roots=declared.roots,
            reason=group.reason,
            objects=settled(group.objects(), default=default),
            words=frozenset((cluster,)),
            family="environments of the configuration",
            anchor=cluster,
            namespace=default,
            gaps=_gaps(group),
            without_objects=_without_objects(group.files),
            refusals=_refusals(group),
            deployed=True,
        )

    def environment(
        self, name: str, group: EnvironmentGroup, place: FolderPlace, instance: Instance
    ) -> Environment:
        """A group as it is applied once."""
        entries = instance.entries
        group = group.as_applied_by(entries)
        default = instance.namespace or self.namespace
        objects = _as_applied(group, instance)
        return Environment(
            name=f"{name} ({instance.label})" if instance.label else name,
            roots=(group.root or ".",),
            reason="; ".join([group.reason, *(f"applied by {by}" for by in sorted(instance.appliers))]),
            objects=settled(objects, default=default, override=instance.override),
            words=instance.words or place.words,
            family=place.family,
            anchor=place.anchor,
            namespace=default,
            gaps=_gaps(group),
            without_objects=_without_objects(group.files),
            refusals=_refusals(group),
            unjudged=group.unjudged or ("" if entries else _unjudged(group, self.base)),
            deployed=self._deployed(group, instance),
            folder_words=place.words,
            outer_words=place.outer,
            appliers=instance.appliers,
            foreign=self._foreign(objects),
            standing=group.standing,
            refused_without_namespace="" if default else _strict(entries),
        )

    def _foreign(self, objects: Iterable[ObjectFacts]) -> tuple[Deployment, ...]:
        entries = (entry for fact in objects for entry in fact.deployments)
        return tuple(entry for entry in entries if not self.repositories.is_here(entry))

    def _deployed(self, group: EnvironmentGroup, instance: Instance) -> bool | None:
        if instance.entries:
            return True
        return None if self.says_nothing and is_undeployed(group.root) is None else False


def _as_applied(group: EnvironmentGroup, instance: Instance) -> tuple[ObjectFacts, ...]:
    """The objects of a group with the variables of an instance; unverified where its deployer changes others."""
    objects = filled(group.objects(), instance.variables)
    for entry in instance.entries:
        if entry.customized and entry.key not in group.overlays:
            reason = f"{entry.by} changes what kustomize builds"
            return tuple(unverified(each, reason) for each in objects)
    return tuple(objects)


def _strict(entries: Sequence[Deployment]) -> str:
    """What applies the environment, if it needs a namespace and gives none."""
    is_strict = bool(entries) and all(
        each.needs_namespace and not each.namespace and not is_placeholder(each.by) for each in entries
    )
    return entries[0].by if is_strict else ""


def _unjudged(group: EnvironmentGroup, base: str) -> str:
    """Why a group that nothing applies is not judged; empty if it is.

    An example that combines folders outside of it may be the only one to do so, and is judged.
    """
    segment = is_undeployed(group.root.removeprefix(base) if base else group.root)
    outside = (folder for built in group.builds for folder in built.bases if is_undeployed(folder) is None)
    if segment is None or any(outside):
        return ""
    return f"folder '{segment}' is not deployed"


def _folder(root: str) -> str:
    return dirname(root) if root.endswith((".yaml", ".yml", ".json")) else root


def _gaps(group: EnvironmentGroup) -> tuple[Gap, ...]:
    gaps = chain((file.gaps for file in group.files), (built.gaps for built in group.builds))
    return tuple(chain.from_iterable(gaps))


def _without_objects(files: Iterable[FileFacts]) -> tuple[str, ...]:
    return tuple(file.file for file in files if not file.objects)


def _refusals(group: EnvironmentGroup) -> tuple[Diagnostic, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(built.refusals for built in group.builds)))


def _identities(group: EnvironmentGroup) -> frozenset[TwinIdentity]:
    """The objects by which folders are compared: not those of components, which any program may include."""
    components = frozenset(folder for built in group.builds for folder in built.components)
    return frozenset(
        (fact.owner.kind, fact.owner.name)
        for fact in group.objects()
        if not components or dirname(fact.owner.span.file) not in components
    )


def _with_the_only_words(environments: Sequence[Environment]) -> list[Environment]:
    """The environments, of which those without words get the words of the only cluster.

    A file that nobody applies is applied by hand, to the one cluster that the repository is about.
    """
    found = {each.words for each in environments if each.words and not each.unjudged}
    if len(found) != 1:
        return list(environments)
    (words,) = found
    return [
        each
        if each.words or each.deployed or each.unjudged
        else replace(each, words=words, folder_words=_NOWHERE)
        for each in environments
    ]
