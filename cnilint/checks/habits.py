"""How an environment gets its Secrets: whether all that it uses are in the repository."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cnilint.resolve.outcome import DEFINED, Resolution


@dataclass(slots=True)
class _Use:
    """The names of one kind that an environment refers to, by whether something in the repository defines them."""

    defined: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)


class Habits:
    """The habits of the environments of a run. They are looked at when a finding asks for them."""

    def __init__(self, resolutions: Sequence[Resolution] = ()) -> None:
        self._resolutions = resolutions

    def managed_beside(self, resolution: Resolution) -> int:
        """How many other objects of the kind its environment uses, if the repository defines all of them; else 0."""
        reference = resolution.reference
        use = self._uses.get((id(resolution.environment), reference.kind))
        return len(use.defined) if use is not None and use.others <= {reference.name} else 0

    @cached_property
    def _uses(self) -> dict[tuple[int, str], _Use]:
        uses: defaultdict[tuple[int, str], _Use] = defaultdict(_Use)
        for each in self._resolutions:
            use = uses[id(each.environment), each.reference.kind]
            if each.outcome in DEFINED:
                use.defined.add(each.reference.name)
            elif not each.reference.optional:
                use.others.add(each.reference.name)
        return uses
