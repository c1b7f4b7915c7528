"""Live objects, of dumps or a cluster, which complete the environments: not everything in the cluster is in the repository."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from cnilint.cluster.model import ClusterObjects
from cnilint.environment import Environment
from cnilint.errors import UsageError
from cnilint.extract.file import scan
from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import Stated
from cnilint.packs.library import Library
from cnilint.reading import Unreadable, read_named
from cnilint.resolve.live import LiveObjects

_UNREADABLE = ("CNI901", "CNI902", "CNI903")
_COVERED_KINDS = ("ConfigMap", "Secret")
_REASON = "live objects, from --live"


def read_files(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each dump. Raises UsageError for a file that cannot be read."""
    for path in paths:
        try:
            yield str(path), read_named(path)
        except Unreadable as error:
            raise UsageError(f"cannot read the live dump `{path}`: {error}") from None


def live_objects(dumps: Iterable[tuple[str, bytes]], library: Library) -> LiveObjects:
    """The objects in dumps, given as name and bytes.

    Raises UsageError for a dump that is empty or does not parse: a part of a cluster must not pass for all of it.
    """
    names: list[str] = []
    facts: list[ObjectFacts] = []
    for name, data in dumps:
        names.append(name)
        facts += _facts(name, data, library)
    if not names:
        return LiveObjects()
    covered = frozenset(
        (fact.owner.kind, fact.owner.namespace)
        for fact in facts
        if fact.owner.kind in _COVERED_KINDS and fact.owner.namespace is not None
    )
    live = Environment(
        name="live cluster",
        roots=tuple(names),
        reason=_REASON,
        objects=tuple(facts),
        words=frozenset(),
        family="",
        unjudged=_REASON,
    )
    return LiveObjects(environments=(live,), covered=covered)


def with_cluster(live: LiveObjects, read: ClusterObjects, library: Library) -> LiveObjects:
    """Live objects together with those of a cluster."""
    listed = live_objects(read.dumps.items(), library)
    return LiveObjects(
        environments=(
            *live.environments,
            *(_opened(each, read.open_secrets) for each in listed.environments),
        ),
        covered=live.covered | read.listed,
        denied={place: why for place, why in read.denied.items() if place not in live.covered},
        notices=(*live.notices, *read.notices),
    )


def _opened(environment: Environment, secrets: frozenset[tuple[str, str]]) -> Environment:
    """The environment with those Secrets open that may have more keys."""
    return replace(
        environment,
        objects=tuple(
            replace(fact, definitions=tuple(replace(own, open=True) for own in fact.definitions))
            if fact.owner.kind == "Secret" and (fact.owner.namespace, fact.owner.name) in secrets
            else fact
            for fact in environment.objects
        ),
    )


def _facts(name: str, data: bytes, library: Library) -> Sequence[ObjectFacts]:
    found = scan(name, data, library)
    for fault in found.diagnostics:
        if fault.code in _UNREADABLE:
            span = fault.span
            raise UsageError(
                f"cannot read the live dump: {span.file}:{span.line}:{span.column}: {fault.message}"
            )
    if not found.objects:
        raise UsageError(
            f"the live dump `{name}` has no Kubernetes object", "create it with 'kubectl get -o yaml'"
        )
    return [
        replace(fact, stated=Stated(owner=fact.owner), part=None, deployments=()) for fact in found.objects
    ]
