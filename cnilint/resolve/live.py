"""Live objects that complete the environments: not everything in a cluster is in the repository."""

from collections.abc import Mapping

from msgspec import Struct, field

from cnilint.environment.model import Environment


class LiveObjects(Struct, frozen=True, kw_only=True):
    """The objects of the dumps as one environment: all others see it, its own references are not checked.

    ``covered`` holds each (kind, namespace) of which a dump has an object, or which was listed in a cluster: there, what
    is not in it does not exist. ``denied`` holds those of which nothing is known, with the reason.
    """

    environments: tuple[Environment, ...] = ()
    covered: frozenset[tuple[str, str]] = frozenset()
    denied: Mapping[tuple[str, str], str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names of the environments."""
        return frozenset(each.name for each in self.environments)
