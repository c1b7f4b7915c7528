"""The steps that fix leftovers before and after an upgrade, and the fixes that do not work."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from shlex import quote

from msgspec import Struct

from cnilint.manifest.pod import is_workload
from cnilint.ownership.field_names import variable_name
from cnilint.ownership.inputs.positions import Pointers, path_label
from cnilint.ownership.model import Leftover, ObjectAudit
from cnilint.ownership.repair import kubectl
from cnilint.ownership.repair.handover import pruned_by_full_transfer, transfer_ownership
from cnilint.ownership.repair.removal import is_removable
from cnilint.ownership.repair.replace import Replacement, plan_replacement
from cnilint.packs.model import Effect
from cnilint.report.ownership_view import Step
from cnilint.ssa.appliers.model import Applier
from cnilint.ssa.fieldpath.elements import element_keys
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import Json, text_at

_SHOWN = 5


class Repair(Struct, frozen=True):
    """``before`` lets the coming apply remove the leftovers by itself; ``after`` fixes an object that has been
    applied already; ``traps`` are fixes that do not work, or do harm here."""

    before: tuple[Step, ...]
    after: tuple[Step, ...]
    traps: tuple[str, ...]


def repair(audit: ObjectAudit, kinds: Kinds) -> Repair | None:
    """The repair of an object; None where no leftover has an effect."""
    tool = audit.applier
    if tool is None or not audit.harmful:
        return None
    if audit.record_hidden:
        return Repair((Step("first, find out who owns what", (kubectl.get(audit.live.obj),)),), (), ())
    before = tuple(_server_side(audit, tool, kinds) if tool.server_side else _client_side(tool))
    whole = plan_replacement(audit, kinds)
    # What the server refuses has no afterwards.
    after = tuple(_after(audit, whole, kinds)) if audit.is_written else ()
    return Repair(before, after, tuple(_traps(audit, tool, whole, kinds)))


def fix_hint(audit: ObjectAudit, leftover: Leftover) -> str:
    """The shortest fix of one leftover."""
    if leftover.effect is Effect.IGNORED:
        return "no action needed"
    name = _variable(audit, leftover)
    command = f"run {kubectl.set_env(audit.live.obj, leftover.container, [name])}" if name else "remove it"
    if audit.needs_release:
        return f"after the upgrade, {command}"
    if not audit.server_side:
        return "before the upgrade, restore the last-applied annotation from the old manifest"
    owners = " and ".join(dict.fromkeys(f"`{entry.identity.text}`" for entry in leftover.owners))
    manager = f"`{audit.manager}`" if audit.applier is not None else "the applier"
    transfer = f"transfer it from {owners} to {manager}" if owners else f"make {manager} its owner"
    return f"{transfer} before the upgrade, or afterwards {command}"


def _server_side(audit: ObjectAudit, tool: Applier, kinds: Kinds) -> Iterator[Step]:
    transfer = transfer_ownership(audit, kinds)
    obj = audit.live.obj
    if transfer is None:
        yield Step(
            "apply the old manifest once more as this manager, remove every other entry of the main resource, then "
            "apply the new one",
            (kubectl.apply(tool.manager, "-f OLD_MANIFEST.yaml", force=True, dry_run=True), kubectl.get(obj)),
        )
        return
    operations = transfer.operations(text_at(audit.live.value, "metadata", "resourceVersion"))
    yield Step(
        f"before the upgrade: transfer the leftovers to {tool.manager}; only ownership changes, no pod restarts",
        (
            kubectl.patch(obj, operations, dry_run=True, show=True),
            kubectl.patch(obj, operations),
        ),
    )
    note = f" (also {_listed(transfer.also_pruned)})" if transfer.also_pruned else ""
    yield Step(
        f"then check what the apply will remove{note}, and apply with your tool",
        (kubectl.diff(tool.manager, _source(audit), force=tool.force),),
    )


def _client_side(tool: Applier) -> Iterator[Step]:
    # Nothing done to the live object makes a tool remove more that compares with its old release.
    if not tool.needs_release:
        yield Step(
            "before the upgrade: restore the last-applied annotation from the old manifest",
            (f"{kubectl.set_last_applied()} --dry-run=client -o yaml", kubectl.set_last_applied()),
        )


def _after(audit: ObjectAudit, whole: Replacement | None, kinds: Kinds) -> Iterator[Step]:
    """The fix of an object that has the leftovers already."""
    if not is_removable(audit, kinds):
        yield Step("after the upgrade: delete the object and apply its manifest; it cannot be changed", ())
        return
    obj = audit.live.obj
    variables: defaultdict[str, list[str]] = defaultdict(list)
    others: list[Leftover] = []
    for left in audit.harmful:
        name = _variable(audit, left)
        if name:
            variables[left.container].append(name)
        else:
            others.append(left)
    for container, names in variables.items():
        commands = (
            kubectl.set_env(obj, container, names, dry_run=True),
            kubectl.set_env(obj, container, names),
        )
        yield Step("after the upgrade: remove the variables by hand", commands)
    operations = _removals(audit, others, kinds)
    if operations:
        commands = (kubectl.patch(obj, operations, dry_run=True), kubectl.patch(obj, operations))
        yield Step("after the upgrade: remove the rest by hand", commands)
    if whole is not None:
        yield _replaced(audit, whole)


def _replaced(audit: ObjectAudit, whole: Replacement) -> Step:
    file = whole.file or "MANIFEST.yaml"
    alone = "" if whole.file else f"; {file} must contain this object only"
    return Step(
        f"or, after the upgrade: replace the live object with its manifest{alone}",
        (kubectl.replace(audit.live.obj, file, dry_run=True), kubectl.replace(audit.live.obj, file)),
    )


def _traps(audit: ObjectAudit, tool: Applier, whole: Replacement | None, kinds: Kinds) -> Iterator[str]:
    if tool.server_side:
        yield from _ownership_traps(audit, kinds)
    else:
        yield "do not edit managedFields: a client-side apply ignores it"
    if any(_variable(audit, left) for left in audit.leftovers):
        yield "do not remove a variable before the upgrade: the old release restarts without it"
    if whole is not None and whole.dropped:
        yield f"a replace also removes what others added or set: {_listed(whole.dropped)}"
    if tool.server_side:
        yield "a fix by hand or by a replace does not last: whatever else the old entry shares is left behind next time"


def _ownership_traps(audit: ObjectAudit, kinds: Kinds) -> Iterator[str]:
    owners = list(dict.fromkeys(e.identity.text for left in audit.harmful for e in left.owners))
    if owners:
        names = " or ".join(owners)
        yield f"do not just delete the entry of {names}: its fields become unowned and no apply ever removes them"
    blind = pruned_by_full_transfer(audit, kinds)
    if blind:
        names = " and ".join(owners)
        yield f"do not transfer everything that {names} owns: the apply would also remove {_listed(blind)}"
    yield "do not clear managedFields: that causes leftovers and removes none"


def _listed(paths: Sequence[FieldPath]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(path_label(path) for path in paths[:_SHOWN]) + more


def _variable(audit: ObjectAudit, left: Leftover) -> str:
    """The name of a variable that ``kubectl set env`` can remove; empty for anything else."""
    settable = left.path[-4:-3] == ("f:containers",) and is_workload(audit.live.obj)
    return variable_name(left.path) if settable else ""


def _source(audit: ObjectAudit) -> str:
    """The option of kubectl that names the manifest."""
    manifest = audit.manifest
    if manifest is None:
        return "-f MANIFEST.yaml"
    if manifest.build is not None:
        return f"-k {quote(manifest.build)}"
    return f"-f {quote(manifest.file)}"


def _removals(audit: ObjectAudit, others: Sequence[Leftover], kinds: Kinds) -> list[Json]:
    """Test and remove operations on the object as it will be, the highest index first."""
    written = audit.prediction.written if audit.prediction is not None else None
    value = written.value if written is not None else audit.live.value
    pointers = Pointers(value, kinds.type_of(audit.live.value))
    found = [at for left in others if (at := _pointed(pointers, left.path)) is not None]
    operations: list[Json] = []
    for steps, test in sorted(found, key=lambda one: [_step_order(step) for step in one[0]], reverse=True):
        if test is not None:
            operations.append({"op": "test", "path": kubectl.pointer(*steps, test[0]), "value": test[1]})
        operations.append({"op": "remove", "path": kubectl.pointer(*steps)})
    return operations


def _step_order(step: str | int) -> tuple[bool, int, str]:
    return isinstance(step, int), step if isinstance(step, int) else 0, str(step)


def _pointed(pointers: Pointers, path: FieldPath) -> tuple[list[str | int], tuple[str, Json] | None] | None:
    """The JSON pointer's steps to a path, and the key field of the item there."""
    steps = pointers.steps(path)
    if steps is None:
        return None
    item = pointers.value(path) if path[-1][:2] == "k:" else None
    key = next(iter(element_keys(path[-1])), "") if isinstance(item, dict) else ""
    return steps, (key, item[key]) if isinstance(item, dict) and key in item else None
