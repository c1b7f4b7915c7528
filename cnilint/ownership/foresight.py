"""What each apply will do to its live object, and which fields it leaves without a good reason."""

from dataclasses import dataclass

from cnilint.apply.appliers import Applier, perform
from cnilint.apply.kinds import Kinds
from cnilint.apply.predict import Kept, Prediction, predict
from cnilint.apply.values import Object, at
from cnilint.ownership.applier import is_predictable, migrates
from cnilint.ownership.desired import Manifest
from cnilint.ownership.leftovers import kept_fields
from cnilint.ownership.live import Live, Record


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A live object, its manifest, who applies it, and what comes of it."""

    live: Live
    manifest: Manifest | None
    applier: Applier | None
    prediction: Prediction | None = None
    kept: tuple[Kept, ...] = ()


def foreseen(live: Live, manifest: Manifest | None, tool: Applier | None, kinds: Kinds) -> Foreseen:
    """Nothing is predicted without a manifest, without somebody who applies it, over a record that cannot be decoded,
    and for tools that compare with what is not in the live object."""
    desired = manifest.value if manifest is not None else None
    unknown = live.record is Record.UNDECODABLE or tool is None or not is_predictable(tool)
    if desired is None or tool is None or unknown:
        return Foreseen(live, manifest, tool)
    prediction = foresee(tool, live, live.value, desired, kinds)
    kept = tuple(kept_fields(prediction, kinds.type_of(live.value)))
    return Foreseen(live, manifest, tool, prediction, kept)


def foresee(tool: Applier, live: Live, value: Object, desired: Object, kinds: Kinds) -> Prediction:
    """What a tool's apply does to a live object, or to a ``value`` of it with another record."""
    if _is_plain(tool, live):
        decoded = value is live.value and live.record is not Record.UNDECODABLE
        entries = live.entries if decoded else None
        return predict(value, desired, manager=tool.manager, force=tool.force, schema=kinds, entries=entries)
    return perform(tool, value, desired, manager=tool.manager, force=tool.force, schema=kinds)


def _is_plain(tool: Applier, live: Live) -> bool:
    """Whether the tool does nothing but a server-side apply here: it takes over no entry and strips no field."""
    if not tool.server_side or tool.annotation_manager:
        return False
    stripped = any(at(live.value, *(step[2:] for step in path)) is not None for path in tool.strip)
    return not stripped and not any(migrates(tool, entry) for entry in live.main)
