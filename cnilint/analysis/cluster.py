"""Which objects of a live cluster a run needs, and reading them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cnilint.analysis.live import with_cluster
from cnilint.analysis.selection import Selection
from cnilint.analysis.settings import AuditSettings, ClusterSettings
from cnilint.cluster.client import ClusterClient
from cnilint.cluster.connect import connect
from cnilint.cluster.listing import list_namespaces
from cnilint.cluster.model import ClusterObjects, WantedObject
from cnilint.cluster.named import read_named_objects
from cnilint.cluster.version import server_version
from cnilint.cluster.workloads import list_workloads
from cnilint.environment import Environment
from cnilint.errors import UsageError
from cnilint.extract.file import scan
from cnilint.extract.model import ObjectFacts
from cnilint.extract.read import gather
from cnilint.facts.model import UNKNOWN_NAMESPACE
from cnilint.manifest.names import is_placeholder
from cnilint.ownership.inputs.desired import Manifests, environments_of
from cnilint.ownership.predict.removed import RemovedData
from cnilint.packs.library import Library
from cnilint.resolve.live import LiveObjects
from cnilint.source.base import Source

_NOT_NAMES = (UNKNOWN_NAMESPACE, "*")
"""A namespace that the manifests do not tell, and all namespaces."""


def listed_objects(
    settings: ClusterSettings, environments: Sequence[Environment], selected: Selection
) -> ClusterObjects:
    """The live objects that the references of the selected manifests may need. Raises UsageError."""
    namespaces = settings.live_namespace or tuple(sorted(_namespaces(environments, selected)))
    if not namespaces:
        if not any(_needed(environments, selected)):
            return ClusterObjects()
        raise UsageError(
            "--cluster: no manifest sets a namespace", "name one with --live-namespace or --namespace"
        )
    with connect(settings.context) as client:
        return list_namespaces(client, dict.fromkeys(namespaces), read_secrets=settings.read_secrets)


def named_objects(settings: ClusterSettings, audit: AuditSettings, desired: Source) -> ClusterObjects:
    """The live objects of all manifests of a source. Raises UsageError."""
    wanted = [
        one
        for one in dict.fromkeys(_wanted(audit, desired))
        if not settings.live_namespace or one.namespace in (None, *settings.live_namespace)
    ]
    with connect(settings.context) as client:
        read = read_named_objects(client, wanted, read_secrets=settings.read_secrets)
    if read.unread and not read.dumps:
        raise _nothing_read(read)
    return read


def _nothing_read(read: ClusterObjects) -> UsageError:
    return UsageError(f"nothing could be read: {read.unread[0].removeprefix('not read: ')}")


@dataclass(kw_only=True, frozen=True, slots=True)
class SyncObjects:
    """The live objects of a sync. ``named`` are those of the manifests, with managedFields, and ``listed`` the others that
    references may resolve to, as dumps. ``live`` has the facts of the latter. ``unread`` says what could not be read."""

    named: Mapping[str, bytes]
    listed: Mapping[str, bytes]
    live: LiveObjects
    kube_version: str | None
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
    desired: Manifests,
    previous: Manifests | None,
    more: Iterable[WantedObject] = (),
) -> SyncObjects:
    """What a sync is compared with: the objects of the manifests and ``more``. Raises UsageError."""
    wanted = dict.fromkeys(
        one
        for named in (*(_named_by(each) for each in (desired, previous) if each is not None), more)
        for one in named
        if not settings.live_namespace or one.namespace in (None, *settings.live_namespace)
    )
    named = read_named_objects(client, wanted, read_secrets=settings.read_secrets)
    namespaces = settings.live_namespace or tuple(sorted(namespaces_of(_reading_namespaces(desired))))
    listed = list_namespaces(client, dict.fromkeys(namespaces), read_secrets=settings.read_secrets)
    if named.unread and not (named.dumps or listed.listed):
        raise _nothing_read(named)
    unread = (*named.unread, *listed.unread)
    return SyncObjects(
        named=named.dumps,
        listed=listed.dumps,
        live=replace(with_cluster(LiveObjects(), listed, desired.library), notices=()),
        kube_version=server_version(client),
        unread=unread,
        notices=tuple(each for each in (*named.notices, *listed.notices) if each not in unread),
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
    for one in judged or found:
        owner = one.fact.owner
        yield WantedObject(
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


def _wanted(settings: AuditSettings, desired: Source) -> Iterator[WantedObject]:
    """Every object of the selected files and environments, once for each environment."""
    config = settings.config
    gathered = gather(desired, exclude=config.exclude, library=Library(extra=config.packs))
    environments = environments_of(gathered, config, settings.namespace)
    files = frozenset(desired.selected)
    built = {id(fact) for each in gathered.builds for fact in each.objects}
    for environment in environments:
        for fact in environment.objects:
            owner = fact.owner
            if owner.span.file in files or id(fact.as_read) in built:
                yield WantedObject(
                    api_version=owner.api_version, kind=owner.kind, namespace=owner.namespace, name=owner.name
                )
