"""One object or the whole installation? The pods stop only when a workload and its ConfigMap disagree."""

from collections.abc import Iterable, Mapping, Sequence

from cnilint.diagnostics.model import Target
from cnilint.diagnostics.wording import object_name
from cnilint.ownership.model import Leftover, ObjectAudit

_Place = tuple[str, str | None, str]


def diagnoses(audits: Sequence[ObjectAudit]) -> Mapping[int, str]:
    """A sentence for each case whose leftovers read something, by the case's ``id``."""
    by_place = {(one.live.obj.kind, one.live.obj.namespace, one.live.obj.name): one for one in audits}
    found: dict[int, str] = {}
    for audit in audits:
        reading = [left for left in audit.leftovers if left.reads is not None and left.reads.key]
        if reading:
            found[id(audit)] = _sentence(audit, min(reading, key=lambda left: left.target is None), by_place)
    return found


def _sentence(audit: ObjectAudit, left: Leftover, audits: Mapping[_Place, ObjectAudit]) -> str:
    target = left.reads
    assert target is not None
    kind = audit.live.obj.kind
    name = object_name(target.kind, target.namespace, target.name)
    read = audits.get((target.kind, target.namespace or audit.live.obj.namespace, target.name))
    if audit.needs_release:
        return _by_release(audit, left, target, name)
    if read is None:
        return (
            f"{name} is not in the dump. If its own record is healthy, it loses the key '{target.key}' and new pods "
            f"stop; if it is damaged as that of the {kind} is, the key stays, and the pods go on with old settings."
        )
    if _keeps(read.leftovers, target):
        return (
            f"The whole installation is affected, not only the {kind}: {name} keeps the key '{target.key}' as well. "
            "The pods go on with old settings, and nothing tells."
        )
    if left.target is None:
        return f"{name} still has the key '{target.key}': the {kind} alone keeps an old setting."
    return (
        f"Only the {kind}'s record is damaged: {name} is healthy and loses the key '{target.key}', "
        f"while the {kind} keeps {left.what} that reads it. That stops new pods. It comes of a {kind} that was "
        "edited, replaced, restored or re-created alone."
    )


def _by_release(audit: ObjectAudit, left: Leftover, target: Target, name: str) -> str:
    """Who owns what is not asked by a tool that compares with its old release."""
    kind = audit.live.obj.kind
    if left.target is None:
        return f"{name} still has the key '{target.key}': the {kind} keeps an old setting that no release brought."
    return (
        f"The {kind} keeps {left.what}, which the old release does not have, and {name} will not have the key "
        f"'{target.key}' that it reads. That stops new pods."
    )


def _keeps(leftovers: Iterable[Leftover], target: Target) -> bool:
    return any(
        left.path[0] in ("f:data", "f:binaryData") and left.path[1:] == (f"f:{target.key}",)
        for left in leftovers
    )
