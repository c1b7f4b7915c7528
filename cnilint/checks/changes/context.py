"""What checks of changes read."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnilint.ownership.predict.removed import RemovedInUse
from cnilint.packs.upgrades import ComponentUpgrade


@dataclass(frozen=True, slots=True)
class ClusterChange:
    """What a sync takes away although it is read, and from which release to which it takes the components."""

    in_use: Sequence[RemovedInUse]
    upgrades: Sequence[ComponentUpgrade]
