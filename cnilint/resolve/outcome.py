"""The outcome of resolving one reference in one environment."""

from enum import Enum
from typing import NamedTuple

from msgspec import Struct

from cnilint.environment.model import Environment
from cnilint.facts.model import Definition, Kind, Reference
from cnilint.resolve.holders import Candidate


class Outcome(Enum):
    """The outcomes; the last six are broken references."""

    RESOLVED = "resolved"
    PROVIDED = "provided"
    EXTERNAL = "external"
    UNVERIFIABLE = "unverifiable"
    MISSING_KEY = "missing-key"
    BINARY_KEY = "binary-key"
    INVALID_VARIABLE = "invalid-variable"
    WRONG_KIND = "wrong-kind"
    WRONG_NAMESPACE = "wrong-namespace"
    RENAMED = "renamed"
    """kustomize gives the object another name and does not update the reference."""
    MISSING_OBJECT = "missing-object"


SETTLED = frozenset((Outcome.RESOLVED, Outcome.PROVIDED, Outcome.EXTERNAL, Outcome.UNVERIFIABLE))
DEFINED = frozenset((Outcome.RESOLVED, Outcome.PROVIDED))
ABSENT = frozenset((Outcome.MISSING_OBJECT, Outcome.RENAMED, Outcome.WRONG_NAMESPACE, Outcome.WRONG_KIND))

Sibling = tuple[Environment, Definition]
"""Another environment, and its definition of the object."""


class LikelyTarget(NamedTuple):
    """What a reference probably means; ``why`` is the evidence, ``despite`` what else may define the object."""

    kind: Kind
    name: str
    why: str
    despite: str = ""


class Resolution(Struct, frozen=True, kw_only=True):
    """The outcome for one reference in one environment.

    ``found`` are the definitions that explain it, the nearest first; ``reason`` says why it cannot be verified.
    ``sibling`` is the environment in which the same reference resolves, with its definition there. ``certain`` is
    False when the evidence against the reference is distant, or may be a different object of the same name. ``meant``
    is what a producer makes, under another name, of the resource that has the name of the reference.
    """

    reference: Reference
    environment: Environment
    namespace: str | None
    outcome: Outcome
    found: tuple[Candidate, ...] = ()
    reason: str = ""
    sibling: Sibling | None = None
    parallel: bool = False
    """The same reference resolves in the sibling; else another environment only has an object of that name."""
    certain: bool = True
    meant: Definition | None = None
    likely: LikelyTarget | None = None
    """What a reference to an absent object probably means."""
    similar: str = ""
    """The name of an object of the environment that resembles that of the absent one; empty if none does."""
    maker: str = ""
    """What in the namespace may create an absent ServiceAccount although no rule says so; empty if nothing may."""
    doubt: str = ""
    """Why it may resolve nevertheless; empty if nothing says so."""
    chart: str = ""
    """A chart that is installed here and may make the absent object: its name begins with the release's."""

    @property
    def concerns_name(self) -> bool:
        """Whether the name is wrong, or nothing at all; else it is the key."""
        return self.outcome in ABSENT and not self.is_sub_path

    @property
    def is_sub_path(self) -> bool:
        """Whether the reference is the ``subPath`` of a mount."""
        return self.reference.form.startswith("subPath")
