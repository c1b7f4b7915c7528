"""What reports show of live objects: who owns which field before and after an apply, and the repair. Plain data."""

from dataclasses import dataclass
from typing import Literal

from cnilint.diagnostics.model import ObjectRef

State = Literal["same", "added", "changed", "pruned", "left", "unowned"]
"""What becomes of a field: as before, new, with another value, removed by the apply, left behind; without an owner."""


@dataclass(kw_only=True, frozen=True, slots=True)
class ManagerRow:
    """An entry of ``managedFields``: its letter, ``manager/operation``, role, and day of the last change."""

    letter: str
    name: str
    role: str
    since: str


@dataclass(kw_only=True, frozen=True, slots=True)
class TreeRow:
    """A field of the tree. ``before`` and ``after`` are the letters of its owners: ``-`` for nobody, empty where the
    field is not there. No value is ever shown."""

    depth: int
    label: str
    before: str
    after: str
    state: State
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what for, and the commands, the dry run first."""

    purpose: str
    commands: tuple[str, ...]


@dataclass(kw_only=True, frozen=True, slots=True)
class OwnershipView:
    """One live object. ``predicted`` says whether ``after`` of the rows is a prediction; ``unchanged`` counts the
    fields that are left out of the rows; ``uncovered`` is what the prediction could not take into account."""

    owner: ObjectRef
    applier: str
    predicted: bool
    writers: tuple[ManagerRow, ...]
    rows: tuple[TreeRow, ...]
    unchanged: int
    causes: tuple[str, ...]
    diagnosis: str
    before: tuple[Step, ...]
    after: tuple[Step, ...]
    traps: tuple[str, ...]
    uncovered: tuple[str, ...]


@dataclass(kw_only=True, frozen=True, slots=True)
class Ownership:
    """What a run saw of live objects: how many there are, have a manifest, and could be predicted."""

    objects: int
    matched: int
    predicted: int
    portraits: tuple[OwnershipView, ...]
