"""What becomes of a reference: the words in which resolution speaks to the checks."""

from dataclasses import dataclass
from enum import Enum

from cnilint.environment.model import Environment
from cnilint.facts.model import Definition, Reference
from cnilint.resolve.index import Candidate


class Outcome(Enum):
    """What becomes of a reference. The last five are broken."""

    RESOLVED = "resolved"
    PROVIDED = "provided"
    EXTERNAL = "external"
    UNVERIFIABLE = "unverifiable"
    MISSING_KEY = "missing-key"
    BINARY_KEY = "binary-key"
    WRONG_KIND = "wrong-kind"
    WRONG_NAMESPACE = "wrong-namespace"
    MISSING_OBJECT = "missing-object"


SETTLED = frozenset((Outcome.RESOLVED, Outcome.PROVIDED, Outcome.EXTERNAL, Outcome.UNVERIFIABLE))
KEPT = frozenset((Outcome.RESOLVED, Outcome.PROVIDED))
ABSENT = frozenset((Outcome.MISSING_OBJECT, Outcome.WRONG_NAMESPACE, Outcome.WRONG_KIND))

Sibling = tuple[Environment, Definition]
"""Another environment, and the definition that is there."""


@dataclass(kw_only=True, frozen=True, slots=True)
class Resolution:
    """The outcome for one reference in one environment.

    ``found`` are the definitions that explain it, the nearest first; ``reason`` says why it cannot be verified;
    ``sibling`` is the environment in which the same reference resolves, with the definition that it has there.
    ``certain`` is False when what speaks against the reference is distant, or may be another object of that name.
    """

    reference: Reference
    environment: Environment
    namespace: str | None
    outcome: Outcome
    found: tuple[Candidate, ...] = ()
    reason: str = ""
    sibling: Sibling | None = None
    certain: bool = True
