"""The differences between two releases of a component, for a person before an upgrade."""

from cnilint.packs.changes.compare import compare, notes_between, steps_between
from cnilint.packs.changes.model import Action, Change, ChangeRow, Compared, KnownBug, ReleaseComparison

__all__ = [
    "Action",
    "Change",
    "ChangeRow",
    "Compared",
    "KnownBug",
    "ReleaseComparison",
    "compare",
    "notes_between",
    "steps_between",
]
