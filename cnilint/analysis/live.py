"""Dumps of live objects, which complete the environments: not everything in the cluster is in the repository."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnilint.environment import Environment
from cnilint.errors import UsageError
from cnilint.extract.file import scan
from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import Stated
from cnilint.packs.library import Library
from cnilint.reading import Unreadable, read_named

_UNREADABLE = ("CNI901", "CNI902", "CNI903")
_COVERED_KINDS = ("ConfigMap", "Secret")
_REASON = "live objects, from --live"


@dataclass(frozen=True, slots=True)
class LiveObjects:
    """The objects of the dumps as one environment: all others see it, its own references are not checked.

    ``covered`` holds each (kind, namespace) of which a dump has an object: there, what the dump lacks does not exist.
    """

    environments: tuple[Environment, ...] = ()
    covered: frozenset[tuple[str, str]] = frozenset()


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
    return LiveObjects((live,), covered)


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
