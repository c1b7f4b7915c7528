"""What checks of changes read."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnilint.ownership.predict.removed import RemovedInUse
from cnilint.ownership.since import SinceOutcome
from cnilint.packs.upgrades import ComponentUpgrade
from cnilint.ssa.schema.kinds import Kinds


@dataclass(kw_only=True, frozen=True, slots=True)
class ClusterChange:
    """What a sync takes away although it is read, and from which release to which it takes the components; what became of
    the objects of an earlier snapshot, by the kinds of the cluster."""

    in_use: Sequence[RemovedInUse]
    upgrades: Sequence[ComponentUpgrade]
    kinds: Kinds
    since: Sequence[SinceOutcome] = ()
