"""Why leftovers stay: who owns them, or what happened to the record of who did."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from cnilint.ownership.inputs.live import RecordState
from cnilint.ownership.model import Leftover, ObjectAudit
from cnilint.ownership.predict.managers import Role, role
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry, ManagerIdentity
from cnilint.ssa.managedfields.lastapplied import last_applied
from cnilint.ssa.managedfields.server import BEFORE_FIRST_APPLY

_SHOWN = 3


def causes(audit: ObjectAudit) -> tuple[str, ...]:
    """One sentence for each reason why leftovers stay, the one of most leftovers first."""
    groups: defaultdict[tuple[ManagerIdentity, ...], list[Leftover]] = defaultdict(list)
    for leftover in audit.leftovers:
        groups[tuple(entry.identity for entry in leftover.owners)].append(leftover)
    ranked = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return tuple(f"{_names(left)}: {cause(audit, left[0].owners)}" for _, left in ranked)


def cause(audit: ObjectAudit, owners: Sequence[ManagedFieldsEntry]) -> str:
    """Why a leftover with these owners stays."""
    if not audit.server_side:
        return _client_side_cause(audit)
    if not owners:
        return _unowned_cause(audit)
    return "; ".join(dict.fromkeys(owner_cause(audit, entry) for entry in owners))


def owner_cause(audit: ObjectAudit, entry: ManagedFieldsEntry) -> str:
    """Why an entry keeps a field: ``owned by `kubectl-edit/Update`, a person's tool``."""
    if entry.manager == BEFORE_FIRST_APPLY and audit.live.record in (RecordState.CLEARED, RecordState.ABSENT):
        return f"managedFields is empty, so the first apply assigns every field to `{BEFORE_FIRST_APPLY}`"
    owned = f"owned by `{entry.identity.text}`"
    if audit.is_applier_entry(entry) and entry.operation != APPLY:
        return f"{owned}: an apply ignores the applier's own Update entry"
    return owned + _BY_ROLE.get(role(entry), f", and {_SHARED}")


_SHARED = "an apply removes only what nobody else owns"

_BY_ROLE: Mapping[Role, str] = {
    Role.SERVER: ", which the server records where the original entry was lost",
    Role.PERSON: f", a person's tool; {_SHARED}",
    Role.RESTORE: ", which restored it from a backup",
    Role.APPLIER: ", another applier that was not released",
}


def _unowned_cause(audit: ObjectAudit) -> str:
    if any(entry.manager == audit.manager for entry in audit.live.main):
        return "not owned by any manager: removed from managedFields, or added by an admission webhook"
    return "not owned by any manager: the entry that owned it was deleted, and an apply removes only what it owned"


def _client_side_cause(audit: ObjectAudit) -> str:
    client = _release_cause if audit.needs_release else _annotation_cause
    return client(audit)


def _release_cause(audit: ObjectAudit) -> str:
    if audit.old is None:
        return "the old release does not have the object, so the upgrade removes nothing from it"
    return "not in the old release: the upgrade removes nothing else, whoever owns it"


def _annotation_cause(audit: ObjectAudit) -> str:
    if not last_applied(audit.live.value):
        return "the last-applied annotation is missing, so a client-side apply removes nothing"
    return "not in the last-applied annotation: a client-side apply removes nothing else"


def _names(left: Sequence[Leftover]) -> str:
    names = ", ".join(str(leftover.field) for leftover in left[:_SHOWN])
    return names + (f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else "")
