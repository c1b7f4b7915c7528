"""What checks of changes read."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from cnilint.document import Span
from cnilint.ownership.predict.fixed import FixedField
from cnilint.ownership.predict.removed import RemovedInUse
from cnilint.ownership.predict.stale import StaleField
from cnilint.ownership.predict.twins import ReplacedWorkload
from cnilint.ownership.since import SinceOutcome
from cnilint.packs.upgrades import ComponentUpgrade
from cnilint.ssa.schema.kinds import Kinds


class ChangeFacts(Struct, frozen=True, kw_only=True):
    """What a sync or a change of the manifests does.

    ``in_use`` is what it takes away although it is read, ``upgrades`` from which release to which it takes the components,
    each with its environment; ``since`` what became of the objects of an earlier snapshot, by the ``kinds`` of the cluster.
    ``stale`` are dropped fields that would do harm if they stayed, ``returning`` the fields that a rollback brings back and
    that would do harm beside what it does not roll back; ``fixed`` changed fields that the API server does not
    change, ``replaced`` workloads that may keep running beside their successors. ``place`` gives the place in the new
    manifests where something of the old ones was, ``origin`` the old place in words, empty where nobody can look there.
    """

    in_use: Sequence[RemovedInUse] = ()
    upgrades: Sequence[tuple[str, ComponentUpgrade]] = ()
    kinds: Kinds
    since: Sequence[SinceOutcome] = ()
    stale: Sequence[StaleField] = ()
    returning: Sequence[StaleField] = ()
    fixed: Sequence[FixedField] = ()
    replaced: Sequence[ReplacedWorkload] = ()
    place: Callable[[Span], Span] = lambda span: span
    origin: Callable[[Span], str] = lambda span: ""
