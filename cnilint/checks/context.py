"""What checks read, and the words that they share."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cnilint.diagnostics.model import Diagnostic, ObjectRef, Related, Severity, Target
from cnilint.diagnostics.wording import object_name
from cnilint.facts.model import Reference
from cnilint.resolve.index import Candidate, Index
from cnilint.resolve.outcome import Outcome, Resolution


@dataclass(kw_only=True, frozen=True, slots=True)
class CheckContext:
    """All that a run knows when checks begin."""

    index: Index
    resolutions: tuple[Resolution, ...]
    same_content: Callable[[ObjectRef, ObjectRef], bool]
    """Whether two objects have the same content."""

    def broken(self, outcome: Outcome, *, optional: bool = False) -> Iterator[Resolution]:
        """The resolutions of one outcome, of required or of optional references."""
        return (
            resolution
            for resolution in self.resolutions
            if resolution.outcome is outcome and resolution.reference.optional is optional
        )


Find = Callable[[CheckContext], Iterable[Diagnostic]]


def problem(
    resolution: Resolution, code: str, message: str, hint: str = "", severity: Severity | None = None
) -> Diagnostic:
    """A problem at a reference."""
    reference = resolution.reference
    return Diagnostic(
        code=code,
        span=reference.span,
        message=message,
        hint=hint,
        environment=resolution.environment.name,
        owner=reference.owner,
        path=reference.path,
        container=reference.container,
        target=Target(
            kind=reference.kind, namespace=resolution.namespace, name=reference.name, key=reference.key
        ),
        related=tuple(_related(candidate) for candidate in resolution.found[:3]),
        severity=severity or softened(resolution),
    )


def softened(resolution: Resolution) -> Severity | None:
    """A warning where nothing runs the workload now, or nothing is known to apply it; else the code's default."""
    if resolution.reference.dormant or resolution.environment.deployed is False:
        return "warning"
    return None


def target_name(resolution: Resolution) -> str:
    """What the reference names, as a person writes it."""
    return object_name(resolution.reference.kind, resolution.namespace, resolution.reference.name)


def _related(candidate: Candidate) -> Related:
    definition = candidate.definition
    made = f"{definition.producer} makes" if definition.producer else "here is"
    name = object_name(definition.kind, candidate.namespace, definition.name)
    return Related(definition.span, f"{made} the {name}")


def subject(reference: Reference) -> str:
    """The reader of a reference, for the beginning of a sentence."""
    owner = f"{reference.owner.kind} '{reference.owner.name}'"
    return f"container '{reference.container}' of {owner}" if reference.container else owner
