"""References that resolve, by what the same reference of a sibling environment has in common with them."""

from msgspec import Struct, field

from cnilint.document import Span
from cnilint.environment.model import Environment
from cnilint.facts.model import Reference
from cnilint.resolve.holders import Nearness
from cnilint.resolve.outcome import DEFINED, Resolution, Sibling


class ResolvedElsewhere(Struct, kw_only=True):
    """The references that do resolve, by what the same reference of a sibling has in common with them."""

    alike: dict[tuple[str, ...], Sibling] = field(default_factory=dict)
    by_token: dict[tuple[Span, str | None], Sibling] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    """The ``id`` of each definition that is read in its own environment."""

    def add(self, resolution: Resolution) -> None:
        if resolution.outcome not in DEFINED or not resolution.found or resolution.environment.unjudged:
            return
        nearest = resolution.found[0]
        here = (resolution.environment, nearest.definition)
        reference = resolution.reference
        if resolution.environment.words:
            self.alike.setdefault(_likeness(resolution.environment, reference), here)
        self.by_token.setdefault((reference.name_span, reference.key), here)
        if nearest.nearness is Nearness.OWN:
            self.used.update(id(candidate.definition) for candidate in resolution.found)

    def sibling(self, resolution: Resolution) -> Sibling | None:
        """Where the same reference resolves: in a sibling environment, or in one built from the same files."""
        environment, reference = resolution.environment, resolution.reference
        if not environment.words and not environment.deployed:
            return None
        alike = self.alike.get(_likeness(environment, reference)) if environment.words else None
        found = alike or self.by_token.get((reference.name_span, reference.key))
        return found if found is not None and found[0] is not environment else None


def _likeness(environment: Environment, reference: Reference) -> tuple[str, ...]:
    """Equal for the same reference in two sibling environments."""
    owner = reference.owner
    return (environment.family, owner.kind, owner.name, reference.kind, reference.name, reference.key or "")
