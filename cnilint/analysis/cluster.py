"""Which objects of a live cluster a run needs, and reading them."""

from collections.abc import Iterable, Iterator, Sequence

from cnilint.analysis.selection import Selection
from cnilint.analysis.settings import AuditSettings, ClusterSettings
from cnilint.cluster.connect import connect
from cnilint.cluster.listing import list_namespaces
from cnilint.cluster.model import ClusterObjects, WantedObject
from cnilint.cluster.named import read_named_objects
from cnilint.environment import Environment
from cnilint.errors import UsageError
from cnilint.extract.model import ObjectFacts
from cnilint.extract.read import gather
from cnilint.facts.model import UNKNOWN_NAMESPACE
from cnilint.manifest.names import is_placeholder
from cnilint.ownership.inputs.desired import environments_of
from cnilint.packs.library import Library
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
        return read_named_objects(client, wanted, read_secrets=settings.read_secrets)


def _namespaces(environments: Iterable[Environment], selected: Selection) -> set[str]:
    """The namespaces in which references are resolved."""
    found = {
        reference.namespace or fact.owner.namespace
        for fact in _needed(environments, selected)
        for reference in fact.stated.references
    }
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
