"""Who will apply an object: as the user says, or as the records of the dump let it be seen."""

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.predict.managers import Role, role
from cnilint.ssa.appliers.model import Applier, applier, applier_names, unknown_applier
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry


@dataclass(kw_only=True, frozen=True, slots=True)
class ApplierChoice:
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


def infer_appliers(lives: Iterable[LiveObject], with_manifest: Container[int]) -> dict[int, Applier]:
    """The applier of each object by the object's ``id``: its own, or, for one of ``with_manifest`` that shows none,
    the one of most objects of the dump.

    An object is its applier's by an Apply entry; where there is none, by an Update entry of a tool that patches.
    """
    own: dict[int, Applier] = {}
    rest: list[int] = []
    for live in lives:
        tool = _recorded_applier(live)
        if tool is not None:
            own[id(live)] = tool
        elif id(live) in with_manifest:
            rest.append(id(live))
    counted = Counter(tool.manager for tool in own.values() if tool.server_side)
    if counted:
        manager, _ = min(counted.items(), key=lambda one: (-one[1], one[0]))
        own |= dict.fromkeys(rest, _server_side_tool(manager) or unknown_applier(manager))
    return own


def _recorded_applier(live: LiveObject) -> Applier | None:
    """The applier of an object by its entries: by an Apply entry before an Update entry of a tool that patches."""
    appliers = [entry for entry in live.main if role(entry) is Role.APPLIER]
    applied = [entry for entry in appliers if entry.operation == APPLY]
    known = next(filter(None, map(_writing_tool, applied or appliers)), None)
    if known is None and applied:
        return unknown_applier(applied[0].manager)
    return known


def _writing_tool(entry: ManagedFieldsEntry) -> Applier | None:
    return next((tool for tool in _tools() if _writes(tool, entry)), None)


def _writes(tool: Applier, entry: ManagedFieldsEntry) -> bool:
    return tool.manager == entry.manager and tool.server_side == (entry.operation == APPLY)


def _server_side_tool(manager: str) -> Applier | None:
    """The tool that applies server-side under a name."""
    return next((tool for tool in _tools() if tool.manager == manager and tool.server_side), None)


def _tools() -> list[Applier]:
    return [applier(name) for name in applier_names()]
