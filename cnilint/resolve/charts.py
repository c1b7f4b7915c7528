"""The Helm charts that are installed here and whose templates are not in the repository."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cnilint.diagnostics.model import ObjectRef
from cnilint.environment.model import Environment
from cnilint.extract.model import ObjectFacts
from cnilint.gitops.helm import UNKNOWN, ChartReference, ChartSource, Release
from cnilint.resolve.holders import matches
from cnilint.resolve.index import Index

ChartSources = Mapping[tuple[str, str], Sequence[tuple[str | None, ChartSource]]]
"""The objects that charts come from by kind and name, each with its namespace."""


class UncheckedChart(NamedTuple):
    """A chart with the release and the environment that it is installed in; ``version`` is empty where it is not known."""

    environment: Environment
    owner: ObjectRef
    release: Release
    name: str
    version: str


def unchecked_charts(index: Index) -> Iterator[UncheckedChart]:
    """The charts of all judged environments."""
    for environment in index.environments:
        for fact in environment.objects if not environment.unjudged else ():
            for release in fact.releases:
                if release.installs and release.folder is None:
                    name, version, *_ = chart_of(index.chart_sources, release)
                    if UNKNOWN not in name:
                        yield UncheckedChart(
                            environment=environment,
                            owner=fact.owner,
                            release=release,
                            name=name,
                            version=version,
                        )


def sources_among(objects: Iterable[ObjectFacts]) -> ChartSources:
    """The objects that charts come from."""
    found: dict[tuple[str, str], list[tuple[str | None, ChartSource]]] = {}
    for fact in objects:
        if fact.chart is not None:
            owner = fact.owner
            found.setdefault((owner.kind, owner.name), []).append((owner.namespace, fact.chart))
    return found


def chart_of(sources: ChartSources, release: Release) -> ChartSource:
    """The chart's name and version, of the source object where the release refers to one, and its repository's address.

    The name of an object that would have the address is given where the object is not here.
    """
    found = None if release.reference is None else _source(sources, release.reference)
    if found is None:
        found = ChartSource(
            chart=release.chart,
            version="" if UNKNOWN in release.version else release.version,
            repository=release.repository,
            repository_reference=release.repository_reference,
        )
    if found.repository_reference is None:
        return found
    store = _source(sources, found.repository_reference)
    address = found.repository_reference.name if store is None else store.repository
    return found._replace(repository=address)


def _source(sources: ChartSources, reference: ChartReference) -> ChartSource | None:
    named = sources.get((reference.kind, reference.name), ())
    return next((source for namespace, source in named if matches(reference.namespace, namespace)), None)
