"""Who will apply an object: as the user says, or as the records of the dump let it be seen."""

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.predict.managers import Role, role
from cnilint.ownership.predict.tracking import tracking_mark, tracking_marks
from cnilint.ssa.appliers.model import Applier, applier, applier_names, unknown_applier
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED
from cnilint.ssa.typed.values import text_at


class ApplierChoice(Struct, frozen=True, kw_only=True):
    """What the command line says of the apply: the tool, its manager, and the environment whose manifests it applies."""

    name: str | None = None
    manager: str | None = None
    force: bool = False
    environment: str | None = None

    @property
    def given(self) -> bool:
        return self.name is not None or self.manager is not None


def chosen_applier(choice: ApplierChoice) -> Applier | None:
    """The applier that the user names; None where they name none."""
    if choice.name is not None:
        tool = applier(choice.name)
    elif choice.manager is not None:
        tool = _tool_of(choice.manager)
    else:
        return None
    return replace(tool.named(choice.manager or tool.manager), force=choice.force or tool.force)


def _tool_of(manager: str) -> Applier:
    """The tool that writes under a name: one that applies server-side before one that patches."""
    tools = [tool for tool in _tools() if tool.manager == manager]
    return min(tools, key=lambda tool: not tool.server_side, default=unknown_applier(manager))


class InferredApplier(NamedTuple):
    """A tool, and the label or annotation that shows it; empty where managedFields do."""

    tool: Applier
    mark: str = ""


def infer_appliers(lives: Iterable[LiveObject], with_manifest: Container[int]) -> dict[int, InferredApplier]:
    """The applier of each object by the object's ``id``: its own, or, for one of ``with_manifest`` that shows none,
    the one of most objects of the dump.

    An object is its applier's by an Apply entry; where there is none, by an Update entry of a tool that patches. Of
    several it is the one that tracks the object; that one it is also where no entry is left of it.
    """
    own: dict[int, InferredApplier] = {}
    rest: list[int] = []
    for live in lives:
        found = _tracked_applier(live) or _recorded_applier(live)
        if found is not None:
            own[id(live)] = found
        elif id(live) in with_manifest:
            rest.append(id(live))
    counted = Counter(found.tool.manager for found in own.values() if found.tool.server_side)
    if counted:
        manager, _ = min(counted.items(), key=lambda one: (-one[1], one[0]))
        most = InferredApplier(_server_side_tool(manager) or unknown_applier(manager))
        own |= dict.fromkeys(rest, most)
    return own


def _tracked_applier(live: LiveObject) -> InferredApplier | None:
    """The applier whose mark is on an object, unless the entries are of another tool that has marks."""
    mark = tracking_mark(live.obj, live.value)
    if mark is None:
        return None
    tools = [applier(name) for name in mark.appliers]
    recorded = _applier_entries(live)
    for entry in recorded:
        for tool in tools:
            if _writes(tool, entry):
                return InferredApplier(tool)
    if any(entry.manager in _tracking_managers() for entry in recorded):
        return None
    likely = _likely_method(tools, live)
    return None if likely is None else InferredApplier(likely, mark.name)


def _likely_method(tools: Sequence[Applier], live: LiveObject) -> Applier | None:
    """Of the ways in which one tool may apply, the one that the annotation of client-side apply tells; None for a tool
    that keeps the method of its last revision."""
    annotated = text_at(live.value, "metadata", "annotations", LAST_APPLIED) != ""
    for tool in tools:
        if annotated and tool.previous == "last-applied":
            return tool
    return None if tools[0].unless_applied else tools[0]


def _recorded_applier(live: LiveObject) -> InferredApplier | None:
    """The applier of an object by its entries: by an Apply entry before an Update entry of a tool that patches."""
    appliers = _applier_entries(live)
    applied = [entry for entry in appliers if entry.operation == APPLY]
    known = next(filter(None, map(_writing_tool, applied or appliers)), None)
    if known is not None:
        return InferredApplier(known)
    return InferredApplier(unknown_applier(applied[0].manager)) if applied else None


def _applier_entries(live: LiveObject) -> list[ManagedFieldsEntry]:
    """The entries of tools that apply, those of an apply first."""
    found = [entry for entry in live.main if role(entry) is Role.APPLIER]
    return sorted(found, key=lambda entry: entry.operation != APPLY)


@lru_cache(maxsize=1)
def _tracking_managers() -> frozenset[str]:
    return frozenset(applier(name).manager for mark in tracking_marks() for name in mark.appliers)


def _writing_tool(entry: ManagedFieldsEntry) -> Applier | None:
    return next((tool for tool in _tools() if _writes(tool, entry)), None)


def _writes(tool: Applier, entry: ManagedFieldsEntry) -> bool:
    return tool.manager == entry.manager and tool.server_side == (entry.operation == APPLY)


def _server_side_tool(manager: str) -> Applier | None:
    """The tool that applies server-side under a name."""
    return next((tool for tool in _tools() if tool.manager == manager and tool.server_side), None)


def _tools() -> list[Applier]:
    return [applier(name) for name in applier_names()]
