"""Runs the checks: of manifests over a run's facts, of live objects over each audited object, of a change over it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from cnilint.checks import Check, modules, of_families
from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic

if TYPE_CHECKING:
    from cnilint.checks.changes.context import ChangeFacts
    from cnilint.ownership.model import ObjectAudit
    from cnilint.source.workers import Workers
    from cnilint.ssa.schema.kinds import Kinds

_WORTH_A_PROCESS = 400
"""Fewer live objects than this per process are checked in less time than it takes to start it."""


@runtime_checkable
class ManifestCheck(Check, Protocol):
    """A check that finds something in manifests."""

    def find(self, context: CheckContext, /) -> Iterable[Diagnostic]: ...


@runtime_checkable
class LiveCheck(Check, Protocol):
    """A check that finds something in a live object."""

    def audit(self, audited: "ObjectAudit", kinds: "Kinds", /) -> Iterable[Diagnostic]: ...


@runtime_checkable
class DumpCheck(Check, Protocol):
    """A check that finds something in a whole dump."""

    def audit_dump(self, audited: "Sequence[ObjectAudit]", /) -> Iterable[Diagnostic]: ...


@runtime_checkable
class ChangeCheck(Check, Protocol):
    """A check that finds something in what a sync changes."""

    def find_change(self, change: "ChangeFacts", /) -> Iterable[Diagnostic]: ...


def find(context: CheckContext) -> Iterator[Diagnostic]:
    """What the checks of manifests find. What the reader, the facts and the packs report is not repeated."""
    for check in modules(of_families("references", "input")):
        if isinstance(check, ManifestCheck):
            yield from check.find(context)


def audit(audits: Sequence["ObjectAudit"], kinds: "Kinds", workers: "Workers") -> Iterator[Diagnostic]:
    """What the checks of live objects find in each of them, and in each dump."""
    found = modules(of_families("ownership"))
    dumps: defaultdict[str, list[ObjectAudit]] = defaultdict(list)
    for audited in audits:
        dumps[audited.live.obj.span.file].append(audited)
    for dump_check in (check for check in found if isinstance(check, DumpCheck)):
        for dump in dumps.values():
            yield from dump_check.audit_dump(dump)
    checks = [check for check in found if isinstance(check, LiveCheck)]
    yield from chain.from_iterable(
        workers.map(
            lambda number: [each for check in checks for each in check.audit(audits[number], kinds)],
            range(len(audits)),
            worth=_WORTH_A_PROCESS,
        )
    )


def find_changes(change: "ChangeFacts") -> Iterator[Diagnostic]:
    """What the checks of changes find."""
    for check in modules(of_families("changes")):
        if isinstance(check, ChangeCheck):
            yield from check.find_change(change)
