"""Why leftovers stay, in words: what happened to the record of who owns them."""

from collections import defaultdict
from collections.abc import Sequence

from cnilint.ownership.inputs.live import RecordState
from cnilint.ownership.model import Leftover, ObjectAudit
from cnilint.ownership.predict.managers import Role, role
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry, ManagerIdentity
from cnilint.ssa.managedfields.lastapplied import last_applied


def causes(audit: ObjectAudit) -> tuple[str, ...]:
    """One sentence for each way in which leftovers are kept, the one that keeps most of them first."""
    groups: defaultdict[tuple[ManagerIdentity, ...], list[Leftover]] = defaultdict(list)
    for leftover in audit.leftovers:
        groups[tuple(entry.identity for entry in leftover.owners)].append(leftover)
    ranked = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return tuple(f"{_number(left)} {_kept(audit, left[0].owners)}" for _, left in ranked)


def why(audit: ObjectAudit, leftover: Leftover) -> str:
    """Why one leftover stays, as the end of a sentence."""
    return _kept(audit, leftover.owners)


def _kept(audit: ObjectAudit, owners: Sequence[ManagedFieldsEntry]) -> str:
    if audit.applier is not None and not audit.applier.server_side:
        return _client_side(audit)
    if not owners:
        return _unowned(audit)
    return "; ".join(dict.fromkeys(_owned(audit, entry) for entry in owners))


def _owned(audit: ObjectAudit, entry: ManagedFieldsEntry) -> str:
    name = entry.identity.text
    manager = audit.applier.manager if audit.applier is not None else ""
    kind = role(entry)
    if entry.manager == manager and entry.operation != APPLY:
        return f"kept by {name}: the applier's own record is an Update entry, which an apply does not look at"
    if entry.manager == "before-first-apply" and audit.live.record in (
        RecordState.CLEARED,
        RecordState.ABSENT,
    ):
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


def _unowned(audit: ObjectAudit) -> str:
    if any(entry.manager == (audit.applier.manager if audit.applier else "") for entry in audit.live.main):
        return (
            "kept because no manager owns it: its ownership was cut out of the record, "
            "or something wrote it that is not recorded (an admission webhook)"
        )
    return "kept because no manager owns it: the entry that did was deleted, and an apply removes only what it owned"


def _client_side(audit: ObjectAudit) -> str:
    if audit.needs_release:
        if audit.old is None:
            return "kept because the old release does not have the object: nothing of it is then deleted"
        return "kept because the old release does not have it: nothing else is deleted, whoever owns it"
    if not last_applied(audit.live.value):
        return "kept because the last-applied annotation is missing: a client-side apply then deletes nothing"
    return (
        "kept because the last-applied annotation does not have it: a client-side apply deletes nothing else"
    )


def _number(left: Sequence[Leftover]) -> str:
    names = ", ".join(leftover.what.removeprefix("the ") for leftover in left[:3])
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    return f"{names}{more}:"
