"""Dumps of live objects that complete the environments: what is in the cluster need not be in the repository."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnilint.environment import Environment
from cnilint.errors import UsageError
from cnilint.extract.file import scan
from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import Stated
from cnilint.packs.library import Library


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The dumps as one environment that every other sees, and whose own references are not judged.

    ``covered`` holds each kind and namespace of which a dump holds an object: there it says all that exists.
    """

    environments: tuple[Environment, ...]
    covered: frozenset[tuple[str, str]]


def snapshot(paths: Sequence[Path], library: Library) -> Snapshot:
    """What the dumps say. Raises UsageError for one that cannot be read: half a cluster must not look like one."""
    facts = tuple(fact for path in paths for fact in _read(path, library))
    if not paths:
        return Snapshot((), frozenset())
    covered = frozenset(
        (fact.owner.kind, fact.owner.namespace)
        for fact in facts
        if fact.owner.kind in ("ConfigMap", "Secret") and fact.owner.namespace is not None
    )
    roots = tuple(str(path) for path in paths)
    reason = "the live objects that were given"
    live = Environment(
        name="live cluster",
        roots=roots,
        reason=reason,
        objects=facts,
        words=frozenset(),
        family="",
        unjudged=reason,
    )
    return Snapshot((live,), covered)


def _read(path: Path, library: Library) -> Sequence[ObjectFacts]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the live dump '{path}': {error.strerror}") from None
    found = scan(str(path), data, library)
    for fault in found.diagnostics:
        if fault.code in ("CNI901", "CNI902", "CNI903"):
            span = fault.span
            raise UsageError(
                f"the live dump cannot be read: {span.file}:{span.line}:{span.column}: {fault.message}"
            )
    if not found.objects:
        raise UsageError(f"the live dump '{path}' holds no object", "dump with 'kubectl get -o yaml'")
    return [
        replace(fact, stated=Stated(owner=fact.owner), part=None, deployments=()) for fact in found.objects
    ]
