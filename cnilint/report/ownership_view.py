"""What reports show of live objects: what an apply does to each, who owns which field, and the repair. Plain data."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from cnilint.diagnostics.model import ObjectRef, Severity
from cnilint.diagnostics.span import Span

State = Literal["same", "added", "changed", "pruned", "left", "unowned"]
"""What becomes of a field: as before, new, with another value, removed by the apply, left behind; without an owner."""


class ManagerRow(Struct, frozen=True, kw_only=True):
    """An entry of ``managedFields``: its letter, ``manager/operation``, role, and day of the last change."""

    letter: str
    name: str
    role: str
    since: str


class TreeRow(Struct, frozen=True, kw_only=True):
    """A field of the tree. ``before`` and ``after`` are the letters of its owners: ``-`` for nobody, empty where the
    field is not there. ``severity`` is that of a field that is left behind."""

    depth: int
    label: str
    before: str
    after: str
    state: State
    note: str = ""
    severity: Severity | None = None


class Step(Struct, frozen=True):
    """One thing to do: what for, and the commands, the dry run first."""

    purpose: str
    commands: tuple[str, ...]


class OwnershipView(Struct, frozen=True, kw_only=True):
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


PlanOutcome = Literal["applied", "refused", "skipped", "unknown", "deleted"]
"""What becomes of an object that has a manifest, or that the old release had."""


class PlannedChange(Struct, frozen=True, kw_only=True):
    """A field that changes or goes: its path, and its values as far as they are shown. ``owners`` are the managers of
    others that set it."""

    path: str
    old: str = ""
    new: str = ""
    owners: tuple[str, ...] = ()


class PlannedLeftover(Struct, frozen=True, kw_only=True):
    """A field that is left behind: its path, what it is called, what it does in words."""

    path: str
    name: str
    severity: Severity
    effect: str
    does: str


class ObjectPlan(Struct, frozen=True, kw_only=True):
    """What an apply does to one object. ``severity`` is that of its worst finding, ``refused`` why the server refuses.

    ``assumed`` says that the dump hides who owns what: ``left`` is then what stays if nobody does.
    """

    owner: ObjectRef
    applier: str
    outcome: PlanOutcome
    severity: Severity | None = None
    added: tuple[str, ...] = ()
    changed: tuple[PlannedChange, ...] = ()
    removed: tuple[PlannedChange, ...] = ()
    left: tuple[PlannedLeftover, ...] = ()
    overwritten: tuple[PlannedChange, ...] = ()
    refused: str = ""
    assumed: bool = False


class CauseField(Struct, frozen=True, kw_only=True):
    """A field that one cause concerns: what it is, its name, its container if it is in one, and what it does.

    ``objects`` is the number of objects that have such a field.
    """

    kind: str
    name: str
    container: str
    effect: str
    does: str
    objects: int


Fate = Literal["left behind", "assumed", "removed", "overwritten", "other"]
"""What happens to the fields that one cause concerns; ``assumed``: left behind if managedFields is empty."""


class SharedCause(Struct, frozen=True, kw_only=True):
    """One cause of findings: ``why``, in which objects, what follows (``effect``), and what to do (``fix``).

    ``codes`` and ``severity`` are those of the findings, the worst first; ``place`` is that of the worst one. ``fate`` is
    what happens to the ``fields``, which are the worst first; there are none where the finding is of the object as a
    whole.
    """

    fate: Fate
    codes: tuple[str, ...]
    severity: Severity
    why: str
    objects: tuple[ObjectRef, ...]
    findings: int
    place: Span
    fields: tuple[CauseField, ...] = ()
    effect: str = ""
    fix: str = ""


class Ownership(Struct, frozen=True, kw_only=True):
    """What a run saw of live objects: how many there are, have a manifest, and could be predicted.

    ``plan`` and ``causes`` are worst first.
    """

    objects: int
    matched: int
    predicted: int
    portraits: Sequence[OwnershipView]
    plan: tuple[ObjectPlan, ...] = ()
    causes: tuple[SharedCause, ...] = ()
