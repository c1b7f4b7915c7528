"""What checks read, and the words that they share."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cnilint.diagnostics.model import Problem, Related, Severity, Target
from cnilint.diagnostics.wording import object_name
from cnilint.document import Fault
from cnilint.facts.model import Owner
from cnilint.resolve.index import Candidate, Index
from cnilint.resolve.lookup import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a run knows when checks begin. ``faults`` are those of the text, with the file's environment."""

    index: Index
    verdicts: tuple[Verdict, ...]
    faults: tuple[tuple[str, Fault], ...]
    same_content: Callable[[Owner, Owner], bool]
    """Whether two objects have the same content."""

    def broken(self, outcome: Outcome, *, optional: bool = False) -> Iterator[Verdict]:
        """The verdicts of one outcome, of required or of optional references."""
        return (
            verdict
            for verdict in self.verdicts
            if verdict.outcome is outcome and verdict.reference.optional is optional
        )


Find = Callable[[Evidence], Iterable[Problem]]


def of_the_text(evidence: Evidence, code: str) -> Iterator[Problem]:
    """The faults of one code that the reader found; notes where nothing is judged."""
    unjudged = {environment.name for environment in evidence.index.environments if environment.unjudged}
    for environment, fault in evidence.faults:
        if fault.code == code:
            severity: Severity | None = "note" if environment in unjudged else None
            yield Problem(code, fault.span, fault.message, fault.hint, environment, severity=severity)


def problem(
    verdict: Verdict, code: str, message: str, hint: str = "", severity: Severity | None = None
) -> Problem:
    """A problem at a reference."""
    reference = verdict.reference
    return Problem(
        code,
        reference.span,
        message,
        hint,
        verdict.environment.name,
        reference.owner,
        reference.path,
        reference.container,
        Target(reference.kind, verdict.namespace, reference.name, reference.key),
        tuple(_related(candidate) for candidate in verdict.found[:3]),
        severity or softened(verdict),
    )


def softened(verdict: Verdict) -> Severity | None:
    """A warning where nothing runs the workload now, or nothing is known to apply it; else the code's default."""
    if verdict.reference.dormant or verdict.environment.deployed is False:
        return "warning"
    return None


def target_name(verdict: Verdict) -> str:
    """What the reference names, as a person writes it."""
    return object_name(verdict.reference.kind, verdict.namespace, verdict.reference.name)


def _related(candidate: Candidate) -> Related:
    definition = candidate.definition
    made = f"{definition.producer} makes" if definition.producer else "here is"
    name = object_name(definition.kind, candidate.namespace, definition.name)
    return Related(definition.span, f"{made} the {name}")
