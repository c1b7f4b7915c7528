"""Groups the findings of a run by their cause: one cause for all fields and objects that share it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from cnilint.diagnostics.model import SEVERITIES, ObjectRef
from cnilint.facts.owner import owner_of
from cnilint.findings.codes import Code
from cnilint.findings.model import Finding
from cnilint.ownership.explain.causes import cause
from cnilint.ownership.explain.wording import clause
from cnilint.ownership.field_names import FieldName
from cnilint.ownership.model import Leftover, ObjectAudit, worst_first
from cnilint.ownership.plan import ObjectKey, object_key
from cnilint.report.ownership_view import CauseField, Fate, SharedCause

_FieldPlace = tuple[ObjectKey, str, bool]
"""An object, the path of a leftover in the dump, and whether its reference does not resolve."""


class _LeftIn(Struct, frozen=True):
    """A leftover and the object that it is in."""

    audit: ObjectAudit
    leftover: Leftover


def causes_of(
    findings: Iterable[Finding], audits: Iterable[ObjectAudit], codes: Mapping[str, Code]
) -> list[SharedCause]:
    """The causes of the findings that are not suppressed, worst first."""
    audits = list(audits)
    hidden = [one for one in audits if one.record_hidden]
    lefts = {_place(audit, left): _LeftIn(audit, left) for audit in audits for left in audit.leftovers}
    groups: defaultdict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.suppressed is None:
            groups[_likeness(finding, _left_at(finding, lefts))].append(finding)
    found = [_cause(group, lefts, codes, hidden) for group in groups.values()]
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), not one.fields, -one.findings))


def _place(audit: ObjectAudit, left: Leftover) -> _FieldPlace:
    return object_key(owner_of(audit.live.obj)), left.shown, left.target is not None


def _left_at(finding: Finding, lefts: Mapping[_FieldPlace, _LeftIn]) -> _LeftIn | None:
    """The leftover that a finding is about; None for a finding about something else."""
    if finding.owner is None or finding.code not in _OF_LEFTOVERS:
        return None
    return lefts.get((object_key(finding.owner), finding.path, finding.target is not None))


_OF_LEFTOVERS = frozenset(("CNI301", "CNI302"))


def _likeness(finding: Finding, left: _LeftIn | None) -> tuple[str, ...]:
    """What findings of one cause share: of leftovers why they stay and what is to be done, of removed and overwritten
    fields who set them, of others what is said."""
    if left is not None:
        return cause(left.audit, left.leftover.owners), _fix(left.audit)
    if finding.code in _FATES and "name" in finding.message.arguments:
        return finding.code, finding.severity, finding.message.arguments.get("manager", ""), finding.hint
    return finding.code, str(finding.message), finding.hint


_FATES: Mapping[str, Fate] = {"CNI309": "removed", "CNI310": "overwritten"}
"""The codes of single fields that do not stay as they are."""


def _cause(
    group: Sequence[Finding],
    lefts: Mapping[_FieldPlace, _LeftIn],
    codes: Mapping[str, Code],
    hidden: Sequence[ObjectAudit],
) -> SharedCause:
    ranked = sorted(group, key=lambda one: (SEVERITIES.index(one.severity), one.code != "CNI302"))
    worst = ranked[0]
    kept = [left for one in group if (left := _left_at(one, lefts)) is not None]
    in_dump = _audits_of_dump(worst, hidden)
    fate, why, fields = _assumed(worst, in_dump) if worst.code == _HIDDEN else _told(ranked, kept)
    return SharedCause(
        fate=fate,
        codes=tuple(dict.fromkeys(one.code for one in ranked)),
        severity=worst.severity,
        why=why,
        objects=_objects(ranked, in_dump),
        findings=len(group),
        place=worst.span,
        fields=fields,
        effect=codes[worst.code].effect if worst.severity == "error" else "",
        fix=_fix(kept[0].audit) if kept else worst.hint,
    )


_HIDDEN = "CNI306"
"""The code of a dump that does not show who owns what: what stays is then an assumption."""


def _audits_of_dump(finding: Finding, hidden: Iterable[ObjectAudit]) -> list[ObjectAudit]:
    """The objects of a dump that does not show who owns what; none for a finding about anything else."""
    if finding.code != _HIDDEN:
        return []
    return [audit for audit in hidden if audit.live.obj.span.file == finding.span.file]


def _objects(findings: Iterable[Finding], in_dump: Iterable[ObjectAudit]) -> tuple[ObjectRef, ...]:
    """The objects of a dump, else those of the findings, each once."""
    owners = [owner_of(audit.live.obj) for audit in in_dump]
    owners = owners or [one.owner for one in findings if one.owner is not None]
    return tuple({object_key(owner): owner for owner in owners}.values())


def _assumed(finding: Finding, in_dump: Iterable[ObjectAudit]) -> tuple[Fate, str, tuple[CauseField, ...]]:
    """What stays if the objects of a dump have no owners, as it shows none."""
    left = [_LeftIn(audit, left) for audit in in_dump for left in audit.leftovers]
    return "assumed", str(finding.message), _fields(left)


def _told(ranked: Sequence[Finding], kept: Sequence[_LeftIn]) -> tuple[Fate, str, tuple[CauseField, ...]]:
    """What happens, why, and to which fields."""
    worst = ranked[0]
    if kept:
        return "left behind", cause(kept[0].audit, kept[0].leftover.owners), _fields(kept)
    if worst.code in _FATES and "name" in worst.message.arguments:
        manager = worst.message.arguments.get("manager", "")
        return (
            _FATES[worst.code],
            f"set by `{manager}`" if manager else "",
            tuple(map(_changed_field, ranked)),
        )
    return "other", str(worst.message), ()


def _changed_field(finding: Finding) -> CauseField:
    """The field of a finding about its removal or its new value."""
    said = finding.message.arguments
    does = said.get("does", "")
    if "old" in said and "new" in said:
        does = f"`{said['old']}` becomes `{said['new']}`"
    return CauseField(
        kind=said["kind"],
        name=said["name"],
        container=finding.container,
        effect=finding.effect or "",
        does=does,
        objects=1,
    )


def _fields(kept: Sequence[_LeftIn]) -> tuple[CauseField, ...]:
    """The fields by what they do, the worst first; of fields of one name in several objects the first."""
    ordered = sorted((left.leftover for left in kept), key=worst_first)
    counts = Counter((left.field, left.container) for left in ordered)
    first: dict[tuple[FieldName, str], Leftover] = {}
    for left in ordered:
        first.setdefault((left.field, left.container), left)
    return tuple(
        CauseField(
            kind=found.kind.value,
            name=found.name,
            container=container,
            effect=left.effect.value,
            does=clause(left),
            objects=counts[found, container],
        )
        for (found, container), left in first.items()
    )


def _fix(audit: ObjectAudit) -> str:
    """What is to be done about the leftovers of an object, in general; the repair has the commands."""
    if audit.needs_release:
        return "remove the fields by hand after the upgrade"
    if not audit.server_side:
        return "restore the last-applied annotation from the old manifest before the upgrade"
    manager = f"`{audit.manager}`" if audit.applier is not None else "the applier"
    return (
        f"before the upgrade, transfer the fields to {manager} (--details has the commands, --repair-script FILE "
        "writes them to a script)"
    )
