"""Removes the leftovers from an object that the apply has left them in: whether the server accepts it."""

from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.repair.kubectl import PATCH_MANAGER
from cnilint.ssa.fieldpath.fields import path_set
from cnilint.ssa.managedfields.endpoint import resource
from cnilint.ssa.managedfields.refusals import ApplyRefused
from cnilint.ssa.managedfields.server import update
from cnilint.ssa.predict import judge_write
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.typed import TypedError, remove
from cnilint.ssa.typed.values import text_at


def is_removable(audit: ObjectAudit, kinds: Kinds) -> bool:
    """Whether the server takes the object after its apply without the leftovers: of a Pod it takes hardly a change."""
    written = audit.prediction.written if audit.prediction is not None else None
    if written is None:
        return False
    value = written.object
    endpoint = resource(kinds, text_at(value, "apiVersion"), text_at(value, "kind"))
    try:
        without = remove(value, path_set(*(left.path for left in audit.harmful)), endpoint.type)
        if not isinstance(without, dict):
            return False
        changed = update(endpoint, value, without, PATCH_MANAGER)
    except (ApplyRefused, TypedError):
        return False
    return judge_write(endpoint, value, without, changed).refused is None
