"""Runs the checks: those of manifests over a run's facts, those of live objects over each audited object."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from cnilint.checks import Check, modules, of_families
from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic

if TYPE_CHECKING:
    from cnilint.ownership.model import ObjectAudit
    from cnilint.ssa.schema.kinds import Kinds


@runtime_checkable
class ManifestCheck(Check, Protocol):
    """A check that finds something in manifests."""

    def find(self, context: CheckContext, /) -> Iterable[Diagnostic]: ...


@runtime_checkable
class LiveCheck(Check, Protocol):
    """A check that finds something in a live object."""

    def audit(self, audited: "ObjectAudit", kinds: "Kinds", /) -> Iterable[Diagnostic]: ...


def find(context: CheckContext) -> Iterator[Diagnostic]:
    """What the checks of manifests find. What the reader, the facts and the packs report is not repeated."""
    for check in modules(of_families("references", "input")):
        if isinstance(check, ManifestCheck):
            yield from check.find(context)


def audit(audits: Iterable["ObjectAudit"], kinds: "Kinds") -> Iterator[Diagnostic]:
    """What the checks of live objects find in each of them."""
    checks = [check for check in modules(of_families("ownership")) if isinstance(check, LiveCheck)]
    for audited in audits:
        for check in checks:
            yield from check.audit(audited, kinds)
