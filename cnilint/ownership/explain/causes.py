"""Why leftovers stay, in words: what happened to the record of who owns them."""

from collections import defaultdict
from collections.abc import Sequence

from cnilint.ownership.inputs.live import Record
from cnilint.ownership.model import Leftover, ObjectAudit
from cnilint.ownership.predict.managers import Role, role
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry, ManagerIdentity
from cnilint.ssa.managedfields.lastapplied import last_applied


def causes(case: ObjectAudit) -> tuple[str, ...]:
    """One sentence for each way in which leftovers are kept, the one that keeps most of them first."""
    groups: defaultdict[tuple[ManagerIdentity, ...], list[Leftover]] = defaultdict(list)
    for leftover in case.leftovers:
        groups[tuple(entry.identity for entry in leftover.owners)].append(leftover)
    ranked = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return tuple(f"{_number(left)} {_kept(case, left[0].owners)}" for _, left in ranked)


def why(case: ObjectAudit, leftover: Leftover) -> str:
    """Why one leftover stays, as the end of a sentence."""
    return _kept(case, leftover.owners)


def _kept(case: ObjectAudit, owners: Sequence[ManagedFieldsEntry]) -> str:
    if case.applier is not None and not case.applier.server_side:
        return _client_side(case)
    if not owners:
        return _unowned(case)
    return "; ".join(dict.fromkeys(_owned(case, entry) for entry in owners))


def _owned(case: ObjectAudit, entry: ManagedFieldsEntry) -> str:
    name = entry.identity.text
    manager = case.applier.manager if case.applier is not None else ""
    kind = role(entry)
    if entry.manager == manager and entry.operation != APPLY:
        return f"kept by {name}: the applier's own record is an Update entry, which an apply does not look at"
    if entry.manager == "before-first-apply" and case.live.record in (Record.CLEARED, Record.ABSENT):
        return (
            "kept because managedFields are empty: the server books every field on before-first-apply first"
        )
    if kind is Role.SERVER:
        return f"kept by {name}: the record of who wrote it was lost earlier, and the server keeps it since"
    if kind is Role.PERSON:
        return f"kept by {name}: a person's tool wrote it, and the applier does not remove what others own"
    if kind is Role.RESTORE:
        return f"kept by {name}: the object was restored from a backup, which made the restorer its owner"
    if kind is Role.APPLIER:
        return f"kept by {name}: another applier brought it and was never released"
    return f"kept by {name}, which owns it too"


def _unowned(case: ObjectAudit) -> str:
    if any(entry.manager == (case.applier.manager if case.applier else "") for entry in case.live.main):
        return (
            "kept because no manager owns it: its ownership was cut out of the record, "
            "or something wrote it that is not recorded (an admission webhook)"
        )
    return "kept because no manager owns it: the entry that did was deleted, and an apply removes only what it owned"


def _client_side(case: ObjectAudit) -> str:
    if case.needs_release:
        if case.old is None:
            return "kept because the old release does not have the object: nothing of it is then deleted"
        return "kept because the old release does not have it: nothing else is deleted, whoever owns it"
    if not last_applied(case.live.value):
        return "kept because the last-applied annotation is missing: a client-side apply then deletes nothing"
    return (
        "kept because the last-applied annotation does not have it: a client-side apply deletes nothing else"
    )


def _number(left: Sequence[Leftover]) -> str:
    names = ", ".join(leftover.what.removeprefix("the ") for leftover in left[:3])
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    return f"{names}{more}:"
