"""Whether one object is affected or the whole installation: pods stop only when a workload and its ConfigMap disagree."""

from collections.abc import Iterable, Mapping, Sequence

from cnilint.diagnostics.model import Target
from cnilint.ownership.explain.wording import target_text
from cnilint.ownership.model import Leftover, ObjectAudit

_Identity = tuple[str, str | None, str]


def diagnoses(audits: Sequence[ObjectAudit]) -> Mapping[int, str]:
    """A sentence for each audit whose leftovers read something, by the audit's ``id``."""
    by_identity = {(one.live.obj.kind, one.live.obj.namespace, one.live.obj.name): one for one in audits}
    found: dict[int, str] = {}
    for audit in audits:
        reading = [left for left in audit.leftovers if left.reads is not None and left.reads.key]
        if reading:
            worst = min(reading, key=lambda left: left.target is None)
            found[id(audit)] = _diagnosis(audit, worst, by_identity)
    return found


def _diagnosis(audit: ObjectAudit, left: Leftover, audits: Mapping[_Identity, ObjectAudit]) -> str:
    target = left.reads
    assert target is not None
    kind = audit.live.obj.kind
    name = target_text(target)
    if audit.needs_release:
        return _by_release(audit, left, target, name)
    read = audits.get((target.kind, target.namespace or audit.live.obj.namespace, target.name))
    if read is None:
        return (
            f"{name} is not in the dump. If its ownership is intact, it loses key `{target.key}` and new pods do not "
            f"start; if it is damaged as that of the {kind} is, the key stays and pods run with old settings."
        )
    if _keeps(read.leftovers, target):
        return (
            f"The whole installation is affected, not only the {kind}: {name} keeps key `{target.key}` as well. "
            "Pods run with old settings, and nothing reports it."
        )
    if left.target is None:
        return f"{name} still has key `{target.key}`: only the {kind} keeps an old setting."
    return (
        f"Only the ownership of the {kind} is damaged: {name} loses key `{target.key}`, while the {kind} keeps "
        f"{left.field}, which reads it. New pods do not start. This happens when the {kind} alone is edited, "
        "replaced, restored or re-created."
    )


def _by_release(audit: ObjectAudit, left: Leftover, target: Target, name: str) -> str:
    """For a tool that compares with its old release, which does not look at managedFields."""
    kind = audit.live.obj.kind
    if left.target is None:
        return f"{name} still has key `{target.key}`: the {kind} keeps an old setting that no release added."
    return (
        f"The {kind} keeps {left.field}, which the old release does not have, and {name} loses key "
        f"`{target.key}`, which it reads. New pods do not start."
    )


def _keeps(leftovers: Iterable[Leftover], target: Target) -> bool:
    return any(
        left.path[0] in ("f:data", "f:binaryData") and left.path[1:] == (f"f:{target.key}",)
        for left in leftovers
    )
