"""What cures leftovers now, what makes the cure last, and which remedies are traps."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from posixpath import join
from shlex import quote

from cnilint.manifest.pod import POD_SPECS
from cnilint.ownership.inputs.positions import Pointers, path_label
from cnilint.ownership.model import Leftover, ObjectAudit
from cnilint.ownership.repair import kubectl
from cnilint.ownership.repair.handover import pruned_by_full_transfer, transfer_ownership
from cnilint.ownership.repair.replace import Replacement, plan_replacement
from cnilint.packs.model import Effect
from cnilint.report.ownership_view import Step
from cnilint.ssa.appliers.perform import Applier
from cnilint.ssa.fieldpath.elements import element_keys
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import Json

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Repair:
    """``before`` lets the coming apply remove the leftovers by itself; ``after`` cures an object that has been
    applied already; ``traps`` are remedies that do not work, or do harm here."""

    before: tuple[Step, ...]
    after: tuple[Step, ...]
    traps: tuple[str, ...]


def repair(audit: ObjectAudit, kinds: Kinds) -> Repair | None:
    """The repair of a case; None where nothing that matters is left behind."""
    tool = audit.applier
    if tool is None or not audit.harmful:
        return None
    if audit.record_hidden:
        return Repair((Step("see who owns what first", (kubectl.get(audit.live.obj),)),), (), ())
    before = tuple(_server_side(audit, tool, kinds) if tool.server_side else _client_side(tool))
    whole = plan_replacement(audit, kinds)
    after = (*_after(audit, audit.harmful, kinds), *(_replaced(audit, whole) if whole else ()))
    # What the server refuses has no afterwards.
    happens = audit.prediction is not None and audit.prediction.written is not None
    return Repair(before, after if happens else (), tuple(_traps(audit, tool, whole, kinds)))


def fix_hint(audit: ObjectAudit, leftover: Leftover) -> str:
    """The shortest cure of one leftover, for a hint."""
    if leftover.effect is Effect.IGNORED:
        return "nothing has to be done"
    name = _variable(audit, leftover)
    if audit.needs_release:
        command = kubectl.set_env(audit.live.obj, leftover.container, [name]) if name else "remove it"
        return f"after the upgrade: {command}"
    if audit.applier is not None and not audit.applier.server_side:
        return (
            "restore the annotation of the last client-side apply before the upgrade, from the old manifest"
        )
    manager = audit.applier.manager if audit.applier is not None else "the applier"
    if name:
        command = kubectl.set_env(audit.live.obj, leftover.container, [name])
        return f"hand it to {manager} before the upgrade, so that the apply removes it; after the upgrade: {command}"
    return f"hand it to {manager} before the upgrade, so that the apply removes it, or remove it after the upgrade"


def _server_side(audit: ObjectAudit, tool: Applier, kinds: Kinds) -> Iterator[Step]:
    transfer = transfer_ownership(audit, kinds)
    obj = audit.live.obj
    source = _source(audit)
    if transfer is None:
        yield Step(
            "apply the old manifest once more as this manager, drop every other entry of the main resource, then "
            "apply the new one",
            (kubectl.apply(tool.manager, "-f OLD_MANIFEST.yaml", force=True, dry_run=True), kubectl.get(obj)),
        )
        return
    yield Step(
        f"before the upgrade: record the leftovers as {tool.manager}'s; only ownership changes, and no pod restarts",
        (
            kubectl.patch(obj, transfer.operations, dry_run=True, show=True),
            kubectl.patch(obj, transfer.operations),
        ),
    )
    note = f" (it will also remove {_listed(transfer.also_pruned)})" if transfer.also_pruned else ""
    yield Step(
        f"then look at what the apply will remove{note}, and apply with your tool",
        (kubectl.diff(tool.manager, source, force=tool.force),),
    )


def _client_side(tool: Applier) -> Iterator[Step]:
    if tool.needs_release:
        # Its old release is what it is; nothing that is done to the live object before makes it remove more.
        return
    yield Step(
        "before the upgrade: restore the record of what was applied last, from the old manifest",
        (f"{kubectl.set_last_applied()} --dry-run=client -o yaml", kubectl.set_last_applied()),
    )


def _after(audit: ObjectAudit, serious: Sequence[Leftover], kinds: Kinds) -> Iterator[Step]:
    """The cure of an object that has the leftovers already."""
    obj = audit.live.obj
    variables: defaultdict[str, list[str]] = defaultdict(list)
    others: list[Leftover] = []
    for left in serious:
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
        yield Step("after the upgrade: take the variables out by hand", commands)
    operations = _removals(audit, others, kinds) if others else []
    if operations:
        commands = (kubectl.patch(obj, operations, dry_run=True), kubectl.patch(obj, operations))
        yield Step("after the upgrade: take the rest out by hand", commands)


def _replaced(audit: ObjectAudit, whole: Replacement) -> Iterator[Step]:
    file = whole.file or "MANIFEST.yaml"
    alone = "" if whole.file else f"; {file} is to hold the manifest of this object alone"
    yield Step(
        f"or, after the upgrade: put the manifest in the place of the whole object{alone}",
        (kubectl.replace(audit.live.obj, file, dry_run=True), kubectl.replace(audit.live.obj, file)),
    )


def _traps(audit: ObjectAudit, tool: Applier, whole: Replacement | None, kinds: Kinds) -> Iterator[str]:
    if tool.server_side:
        yield from _ownership_traps(audit, kinds)
    else:
        yield "do not edit managedFields for it: a client-side apply does not look at them"
    if any(_variable(audit, left) for left in audit.leftovers):
        yield "do not take a variable out before the upgrade: the old release restarts without it"
    if whole is not None and whole.dropped:
        yield f"a replace also drops what others added or set: {_listed(whole.dropped)}"
    if tool.server_side:
        yield (
            "curing by hand or by a replace alone does not last: what else the old entry shares stays when the "
            "manifest drops it"
        )


def _ownership_traps(audit: ObjectAudit, kinds: Kinds) -> Iterator[str]:
    owners = list(dict.fromkeys(e.identity.text for left in audit.harmful for e in left.owners))
    if owners:
        names = " or ".join(owners)
        yield f"do not just delete the entry of {names}: what it owned then belongs to nobody and stays for ever"
    blind = pruned_by_full_transfer(audit, kinds)
    if blind:
        yield (
            f"do not hand over everything that {' and '.join(owners)} owns: "
            f"the apply would also remove {_listed(blind)}"
        )
    yield "do not clear managedFields: that is a cause of leftovers and no cure"


def _listed(paths: Sequence[FieldPath]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(path_label(path) for path in paths[:_SHOWN]) + more


def _variable(audit: ObjectAudit, left: Leftover) -> str:
    """The name of a variable that ``kubectl set env`` can take out; empty for anything else."""
    path = left.path
    if len(path) < 3 or path[-2] != "f:env" or path[-4:-3] != ("f:containers",):
        return ""
    return str(element_keys(path[-1]).get("name", "")) if audit.live.obj.kind in POD_SPECS else ""


def _source(audit: ObjectAudit) -> str:
    """The option of kubectl that names the manifest."""
    manifest = audit.manifest
    if manifest is None:
        return "-f MANIFEST.yaml"
    if manifest.held.root is not None:
        return f"-k {quote(join(manifest.held.root or '.', ''))}"
    return f"-f {quote(manifest.fact.owner.span.file)}"


def _removals(audit: ObjectAudit, others: Sequence[Leftover], kinds: Kinds) -> list[Json]:
    """Test and remove operations on the object as it will be, the highest index first."""
    written = audit.prediction.written if audit.prediction is not None else None
    value = written.value if written is not None else audit.live.value
    pointers = Pointers(value, kinds.type_of(audit.live.value))
    found = [at for left in others if (at := _pointed(pointers, left.path)) is not None]
    operations: list[Json] = []
    for steps, test in sorted(
        found,
        key=lambda one: [(isinstance(s, int), s if isinstance(s, int) else 0, str(s)) for s in one[0]],
        reverse=True,
    ):
        if test is not None:
            operations.append({"op": "test", "path": kubectl.pointer(*steps, test[0]), "value": test[1]})
        operations.append({"op": "remove", "path": kubectl.pointer(*steps)})
    return operations


def _pointed(pointers: Pointers, path: FieldPath) -> tuple[list[str | int], tuple[str, Json] | None] | None:
    """The JSON pointer's steps to a path, and the key field of the item that stands there."""
    steps = pointers.steps(path)
    if steps is None or path[-1][:2] != "k:":
        return None if steps is None else (steps, None)
    item = pointers.value(path)
    key = next(iter(element_keys(path[-1])), "")
    return steps, (key, item[key]) if isinstance(item, dict) and key in item else None
