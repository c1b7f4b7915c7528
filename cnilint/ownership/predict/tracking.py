"""What a live object itself says of the tool that applies it: labels and annotations, from ``rules/ssa/tracking.json``."""

from functools import lru_cache

from msgspec import Struct

from cnilint.manifest.object import Object
from cnilint.resources import json_data
from cnilint.ssa.typed.values import JsonObject, text_at

_Names = tuple[str, ...]
"""The names of nested members."""


class TrackingMark(Struct, frozen=True, kw_only=True):
    """A label or annotation by which a tool finds its objects again. ``appliers`` are the ways in which the tool may
    apply. With ``names_itself`` the value ends in the identity of its object: one of another object is a copy."""

    path: _Names
    unless: _Names
    names_itself: bool
    appliers: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path[-1]

    def is_on(self, obj: Object, value: JsonObject) -> bool:
        """Whether the object has the mark as its own."""
        text = text_at(value, *self.path)
        if not text or (self.unless and text_at(value, *self.unless)):
            return False
        identity = f":{obj.group}/{obj.kind}:{obj.namespace or ''}/{obj.name}"
        return not self.names_itself or text.endswith(identity)


def tracking_mark(obj: Object, value: JsonObject) -> TrackingMark | None:
    """The mark of the only tool that has one on the object; None where there is none, or where several have."""
    found = [mark for mark in tracking_marks() if mark.is_on(obj, value)]
    return found[0] if len({mark.appliers for mark in found}) == 1 else None


@lru_cache(maxsize=1)
def tracking_marks() -> tuple[TrackingMark, ...]:
    """All marks that are known."""
    return tuple(
        TrackingMark(
            path=tuple(row["at"]),
            unless=tuple(row.get("unless", ())),
            names_itself=row.get("names_itself") is True,
            appliers=tuple(row["appliers"]),
        )
        for row in json_data("rules/ssa/tracking.json")["marks"]
    )
