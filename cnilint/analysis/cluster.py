"""Which objects of a live cluster a run needs, and reading them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnilint.analysis.live import with_cluster
from cnilint.analysis.selection import Selection
from cnilint.analysis.settings import AuditSettings, ClusterSettings
from cnilint.cluster.client import ClusterClient
from cnilint.cluster.connect import connect
from cnilint.cluster.inventories import is_kept, read_inventories
from cnilint.cluster.listing import list_namespaces
from cnilint.cluster.model import ClusterObjects, WantedObject
from cnilint.cluster.named import read_named_objects
from cnilint.cluster.version import server_version
from cnilint.cluster.workloads import list_workloads
from cnilint.diagnostics.wording import quantity
from cnilint.environment import Environment
from cnilint.errors import UsageError
from cnilint.extract.file import scan
from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import UNKNOWN_NAMESPACE
from cnilint.manifest.names import is_placeholder
from cnilint.ownership.inputs.desired import DesiredObject, Manifests, environment_name
from cnilint.ownership.inputs.live import LiveObject, read_dump
from cnilint.ownership.predict.removed import RemovedData, pruned_data
from cnilint.packs.library import Library
from cnilint.resolve.live import LiveObjects
from cnilint.ssa.fieldpath.fields import SharedSets
from cnilint.ssa.schema.crd import declare_all
from cnilint.ssa.schema.kinds import Kinds, kinds

_NOT_NAMES = (UNKNOWN_NAMESPACE, "*")
"""A namespace that the manifests do not tell, and all namespaces."""
_SHOWN = 5
"""Pruned objects that a notice names."""


def listed_objects(
    settings: ClusterSettings, environments: Sequence[Environment], selected: Selection, *, with_version: bool
) -> ClusterObjects:
    """The live objects that the references of the selected manifests may need, and the cluster's Kubernetes version where
    it is wanted. Raises UsageError."""
    namespaces = settings.live_namespace or tuple(sorted(_namespaces(environments, selected)))
    if not namespaces and any(_needed(environments, selected)):
        raise UsageError(
            "--cluster: no manifest sets a namespace", "name one with --live-namespace or --namespace"
        )
    with connect(settings.context) as client:
        read = list_namespaces(client, dict.fromkeys(namespaces), read_secrets=settings.read_secrets)
        version = server_version(client) if with_version else None
    unsure = ("the cluster does not tell its Kubernetes version: API versions are not checked",)
    notices = unsure if with_version and version is None else ()
    return replace(read, version=version, notices=(*notices, *read.notices))


def named_objects(settings: ClusterSettings, audit: AuditSettings, desired: Manifests) -> ClusterObjects:
    """The live objects of manifests, and the definitions of custom resources that have none among the manifests.

    Raises UsageError, and SchemaError for a bad Kubernetes version in the settings.
    """
    wanted = [
        one
        for one in dict.fromkeys(_wanted(desired, audit.environment))
        if not settings.live_namespace or one.namespace in (None, *settings.live_namespace)
    ]
    with connect(settings.context) as client:
        read = _read_by_name(client, settings, audit, desired, wanted)
    if read.unread and not read.dumps:
        raise _nothing_read(read)
    return read


def _read_by_name(
    client: ClusterClient,
    settings: ClusterSettings,
    audit: AuditSettings,
    desired: Manifests,
    wanted: Iterable[WantedObject],
) -> ClusterObjects:
    """Some live objects, and the definitions of custom resources that have none among the manifests."""
    version = server_version(client)
    known = declare_all(kinds(audit.kube_version or version), desired.definitions)
    read = read_named_objects(client, wanted, read_secrets=settings.read_secrets, types=known.find)
    unsure = _version_notices(version, known) if audit.kube_version is None else ()
    return replace(read, version=version, notices=(*unsure, *read.notices))


def _nothing_read(read: ClusterObjects) -> UsageError:
    return UsageError(f"nothing could be read: {read.unread[0].removeprefix('not read: ')}")


class SyncObjects(Struct, frozen=True, kw_only=True):
    """The live objects of a sync. ``named`` are those of the manifests, with managedFields, and ``listed`` the others that
    references may resolve to, as dumps. ``live`` has the facts of the latter. ``unread`` says what could not be read."""

    named: ClusterObjects
    listed: Mapping[str, bytes]
    live: LiveObjects
    unread: tuple[str, ...]
    notices: tuple[str, ...]


class LiveWorkloads(NamedTuple):
    """The facts of live workloads, their dumps, and what could not be read."""

    facts: Sequence[ObjectFacts]
    texts: Mapping[str, bytes]
    unread: tuple[str, ...]


def live_of_sync(
    client: ClusterClient,
    settings: ClusterSettings,
    audit: AuditSettings,
    desired: Manifests,
    previous: Manifests | None,
    *,
    more: Iterable[WantedObject] = (),
) -> SyncObjects:
    """What a sync is compared with: the objects of the manifests and ``more``.

    Raises UsageError, and SchemaError for a bad Kubernetes version in the settings.
    """
    wanted = dict.fromkeys(
        one
        for named in (*(_named_by(each) for each in (desired, previous) if each is not None), more)
        for one in named
        if not settings.live_namespace or one.namespace in (None, *settings.live_namespace)
    )
    named = _read_by_name(client, settings, audit, desired, wanted)
    namespaces = settings.live_namespace or tuple(sorted(namespaces_of(_reading_namespaces(desired))))
    listed = list_namespaces(client, dict.fromkeys(namespaces), read_secrets=settings.read_secrets)
    if named.unread and not (named.dumps or listed.listed):
        raise _nothing_read(named)
    unread = (*named.unread, *listed.unread)
    return SyncObjects(
        named=named,
        listed=listed.dumps,
        live=replace(with_cluster(LiveObjects(), listed, desired.library), notices=()),
        unread=unread,
        notices=tuple(each for each in (*named.notices, *listed.notices) if each not in unread),
    )


class Pruned(NamedTuple):
    """What is lost with the objects that a sync prunes, their dumps, and what is to be said of them."""

    data: Sequence[RemovedData] = ()
    texts: Mapping[str, bytes] = {}
    notices: Sequence[str] = ()


def pruned_by_sync(
    client: ClusterClient, settings: ClusterSettings, read: ClusterObjects, desired: Manifests
) -> Pruned:
    """The objects in the inventories of the deployers that the manifests do not have. Raises UsageError."""
    inventories, notices = read_inventories(client, read.inventories)
    data: list[RemovedData] = []
    texts: dict[str, bytes] = {}
    for inventory in inventories:
        deployer = str(inventory.owner)
        gone = [one for one in inventory.objects if not _is_desired(one, desired)]
        found = read_named_objects(client, gone, read_secrets=settings.read_secrets, types=_typed)
        lives = [
            live
            for name, text in found.dumps.items()
            for live in read_dump(name, text, shown=True, sets=SharedSets()).objects
            if not is_kept(live.value)
        ]
        texts |= found.dumps
        notices += [*found.unread, *([_pruned_notice(deployer, lives)] if lives else [])]
        data += filter(None, (pruned_data(live, deployer) for live in lives))
    return Pruned(data, texts, notices)


def _typed(api_version: str, kind: str) -> object:
    """That the definition of no kind is needed."""
    return kind


def _is_desired(one: WantedObject, desired: Manifests) -> bool:
    group = one.api_version.rpartition("/")[0]
    return (group, one.kind, one.name) in desired.objects and any(
        each.namespace in (None, one.namespace) or one.namespace is None
        for each in desired.objects[group, one.kind, one.name]
    )


def _pruned_notice(deployer: str, lives: Sequence[LiveObject]) -> str:
    shown = ", ".join(f"{live.obj.kind} `{live.obj.name}`" for live in lives[:_SHOWN])
    more = "" if len(lives) <= _SHOWN else ", ..."
    return (
        f"{deployer} prunes {quantity(len(lives), 'object')} that the manifests do not have, if they are all that it "
        f"applies: {shown}{more}"
    )


def workloads_of(
    client: ClusterClient, settings: ClusterSettings, removed: Sequence[RemovedData], library: Library
) -> LiveWorkloads:
    """The live workloads that may read what a sync removes; none where it removes nothing. Raises UsageError."""
    namespaces = namespaces_of(each.definition.namespace for each in removed)
    allowed = namespaces.intersection(settings.live_namespace or namespaces)
    read = list_workloads(client, sorted(allowed))
    facts = [fact for name, data in read.dumps.items() for fact in scan(name, data, library).objects]
    return LiveWorkloads(facts, read.dumps, read.unread)


def _named_by(manifests: Manifests) -> Iterator[WantedObject]:
    """Every object that is applied under a name. What only builds something else is left out where that is there."""
    found = [one for same in manifests.objects.values() for one in same if not one.fact.owner.generated]
    judged = [one for one in found if not one.environment.unjudged]
    yield from map(_by_name, judged or found)


def _by_name(one: DesiredObject) -> WantedObject:
    owner = one.fact.owner
    return WantedObject(
        api_version=owner.api_version, kind=owner.kind, namespace=owner.namespace, name=owner.name
    )


def _reading_namespaces(desired: Manifests) -> Iterator[str | None]:
    """The namespaces in which workloads run, whose leftovers may refer to something, and those of all references."""
    for same in desired.objects.values():
        for one in same:
            said = one.fact.stated
            yield from (reference.namespace or one.namespace for reference in said.references)
            if said.strict:
                yield one.namespace


def _namespaces(environments: Iterable[Environment], selected: Selection) -> set[str]:
    """The namespaces in which references are resolved."""
    return namespaces_of(
        reference.namespace or fact.owner.namespace
        for fact in _needed(environments, selected)
        for reference in fact.stated.references
    )


def namespaces_of(found: Iterable[str | None]) -> set[str]:
    """Those that can be read."""
    return {
        each for each in found if each is not None and each not in _NOT_NAMES and not is_placeholder(each)
    }


def _needed(environments: Iterable[Environment], selected: Selection) -> Iterator[ObjectFacts]:
    """The selected objects that refer to others."""
    for environment in environments:
        for fact in environment.objects:
            if fact.stated.references and selected.has(fact.owner.span.file, environment.name):
                yield fact


def _wanted(desired: Manifests, environment: str | None) -> Iterator[WantedObject]:
    """Every object that the user pointed at, once for each environment, or of the one that they name."""
    name = None if environment is None else environment_name(desired, environment)
    every = (one for found in desired.objects.values() for one in found)
    yield from (_by_name(one) for one in every if name in (None, one.environment.name))


def _version_notices(version: str | None, known: Kinds) -> Iterator[str]:
    """Where the cluster is not of a release whose kinds are known, which ones are used."""
    if version is None:
        yield f"the cluster does not tell its Kubernetes version: predicted for {known.release}"
    elif version != known.release:
        yield f"the cluster runs Kubernetes {version}: predicted for {known.release}, the nearest that is known"
