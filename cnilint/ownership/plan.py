"""What an apply does to each object: added, changed, removed, left behind, overwritten, refused; worst first."""

from collections.abc import Iterable, Mapping

from cnilint.diagnostics.model import SEVERITIES, ObjectRef, Severity
from cnilint.facts.owner import owner_of
from cnilint.findings.model import Finding
from cnilint.ownership.explain.values import value_pair
from cnilint.ownership.explain.wording import clause
from cnilint.ownership.field_names import full_name
from cnilint.ownership.inputs.positions import shown_path
from cnilint.ownership.model import FieldChange, Leftover, ObjectAudit, Removal, worst_first
from cnilint.ownership.predict.changes import overwrites
from cnilint.report.ownership_view import ObjectPlan, PlannedChange, PlannedLeftover, PlanOutcome
from cnilint.ssa.managedfields.refusals import ApplyRefused

ObjectKey = tuple[str, str, str | None, str]


def object_key(owner: ObjectRef) -> ObjectKey:
    """What tells objects of a run apart."""
    return owner.api_version, owner.kind, owner.namespace, owner.name


def plan(audits: Iterable[ObjectAudit], found: Iterable[Finding]) -> list[ObjectPlan]:
    """The plan of every object that has a manifest or is deleted, worst first."""
    worst = _worst_severities(found)
    planned = [_object_plan(audit, _severity(audit, worst)) for audit in audits if _is_planned(audit)]
    return sorted(planned, key=_rank)


def _is_planned(audit: ObjectAudit) -> bool:
    return audit.manifest is not None or audit.is_deleted


def _severity(audit: ObjectAudit, worst: Mapping[ObjectKey | str, Severity]) -> Severity | None:
    """That of the worst finding of an object; of one whose owners the dump hides, that of the dump."""
    own = worst.get(object_key(owner_of(audit.live.obj)))
    return own or (worst.get(audit.live.obj.span.file) if audit.record_hidden else None)


def _worst_severities(found: Iterable[Finding]) -> Mapping[ObjectKey | str, Severity]:
    """The worst severity by object, and by file of findings of no object."""
    worst: dict[ObjectKey | str, Severity] = {}
    for one in found:
        if one.suppressed is None:
            key = one.span.file if one.owner is None else object_key(one.owner)
            worst[key] = min(one.severity, worst.get(key, one.severity), key=SEVERITIES.index)
    return worst


def _rank(one: ObjectPlan) -> tuple[int, int, int, int]:
    """Worst first: by severity, then by what is lost or stays. Objects of one rank keep the order of the dump."""
    severity = len(SEVERITIES) if one.severity is None else SEVERITIES.index(one.severity)
    lost = len(one.left) + len(one.removed) + len(one.overwritten)
    return severity, not one.refused, -lost, -(len(one.changed) + len(one.added))


def _object_plan(audit: ObjectAudit, severity: Severity | None) -> ObjectPlan:
    owner = owner_of(audit.live.obj)
    refused = _refusal(audit)
    overwritten = {one.path: tuple(e.identity.text for e in one.setters) for one in overwrites(audit)}
    return ObjectPlan(
        owner=owner,
        applier=audit.manager,
        outcome=plan_outcome(audit),
        severity=severity,
        added=tuple(map(shown_path, audit.changes.added)),
        changed=tuple(_change(audit, one) for one in audit.changes.changed if one.path not in overwritten),
        removed=tuple(_removed(audit, one) for one in audit.changes.removed),
        left=tuple(map(_left, sorted(audit.leftovers, key=worst_first))),
        overwritten=tuple(
            _change(audit, one, overwritten[one.path])
            for one in audit.changes.changed
            if one.path in overwritten
        ),
        refused=" ".join(refused.message.split()) if refused is not None else "",
        assumed=audit.record_hidden,
    )


def plan_outcome(audit: ObjectAudit) -> PlanOutcome:
    """What becomes of an object that has a manifest, or that the old release had."""
    if audit.is_skipped:
        return "skipped"
    if audit.manifest is None:
        return "deleted"
    if audit.is_written:
        return "applied"
    return "refused" if _refusal(audit) is not None else "unknown"


def _refusal(audit: ObjectAudit) -> ApplyRefused | None:
    """Why the API server refuses the apply; None where the dump shows too little to tell."""
    if audit.record_hidden or audit.prediction is None:
        return None
    return audit.prediction.refused


def _left(left: Leftover) -> PlannedLeftover:
    return PlannedLeftover(
        path=left.shown,
        name=full_name(left.path),
        severity=left.severity,
        effect=left.effect.value,
        does=clause(left),
    )


def _removed(audit: ObjectAudit, removal: Removal) -> PlannedChange:
    owners = tuple(entry.identity.text for entry in removal.setters)
    return _change(audit, FieldChange(removal.path, removal.old, None), owners)


def _change(audit: ObjectAudit, change: FieldChange, owners: tuple[str, ...] = ()) -> PlannedChange:
    old, new = value_pair(audit.live, change.path, change.old, change.new)
    return PlannedChange(path=shown_path(change.path), old=old, new=new, owners=owners)
