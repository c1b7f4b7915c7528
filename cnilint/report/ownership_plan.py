"""The plan of an apply on one screen: a line for each object, then a block for each cause."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from cnilint.diagnostics.model import SEVERITIES, ObjectRef
from cnilint.diagnostics.wording import quantity
from cnilint.report.ownership_view import CauseField, ObjectPlan, Ownership, PlannedChange, SharedCause
from cnilint.report.place import object_text
from cnilint.report.terminal import Style, fold, paint, printable
from cnilint.report.view import View

_FEW = 3
_MOST_OBJECTS = 10
_MOST_CAUSES = 8
_MOST_NAMES = 3
"""What more there is is counted; ``--details`` shows it."""


def plan_lines(ownership: Ownership, view: View) -> Iterator[str]:
    """The plan and the causes, folded to the width of the view."""
    if ownership.plan:
        yield from _objects(ownership.plan, view)
        yield ""
    most = len(ownership.causes) if view.details else _MOST_CAUSES
    for cause in ownership.causes[:most]:
        yield from _cause(cause, view)
        yield ""
    left_out = ownership.causes[most:]
    if left_out:
        counts = Counter(cause.severity for cause in left_out)
        kinds = ", ".join(quantity(counts[one], one) for one in SEVERITIES if counts[one])
        yield from fold(
            f"... and {quantity(len(left_out), 'more cause')} ({kinds}); see --details", view.width, "  "
        )
        yield ""


def label_of(one: ObjectPlan) -> str:
    """The severity of an object's worst finding; what is said in its place where there is none."""
    return one.severity or (_UNKNOWN if one.outcome == "unknown" else _OK)


_OK, _UNKNOWN = "ok", "unknown"


def outcome_text(one: ObjectPlan, *, examples: bool = True) -> str:
    """``12 left behind, 1 changed (image: a -> b), 2 added``; without ``examples`` the numbers alone."""
    if one.outcome in _WITHOUT_APPLY:
        return _WITHOUT_APPLY[one.outcome]
    parts = ", ".join(_parts(one, examples))
    if parts:
        return parts
    return "not predicted" if one.outcome == "unknown" else "no change"


_WITHOUT_APPLY: Mapping[str, str] = {
    "skipped": "not applied, because the object says so",
    "deleted": "deleted",
}


def _parts(one: ObjectPlan, examples: bool) -> Iterator[str]:
    if one.refused:
        yield "refused"
    if one.left:
        yield f"{len(one.left)} left behind" + (" if managedFields is empty" if one.assumed else "")
    changes = (("removed", one.removed), ("overwritten", one.overwritten), ("changed", one.changed))
    for verb, fields in changes:
        if fields:
            yield f"{len(fields)} {verb}{_example(fields) if examples else ''}"
    if one.added:
        yield f"{len(one.added)} added"


def change_text(change: PlannedChange) -> str:
    """``replicas: 6 -> 1``; the path alone where no value is shown."""
    path = change.path.removeprefix(_POD).removeprefix("spec.").replace("[name=", "[")
    if change.old and change.new:
        return f"{path}: {change.old} -> {change.new}"
    return f"{path}: {change.old}" if change.old else path


_POD = "spec.template.spec."


def cause_title(cause: SharedCause) -> str:
    """``12 fields of 1 object are left behind: owned by ...``; of other findings what they say, and of which objects."""
    objects = _objects_text(cause.objects)
    if cause.fields and cause.fate != "assumed":
        number = sum(one.objects for one in cause.fields)
        verb = "is" if number == 1 else "are"
        why = f": {cause.why}" if cause.why else ""
        return f"{quantity(number, 'field')} of {objects} {verb} {cause.fate}{why}"
    return f"{objects}: {cause.why}" if objects else cause.why


def field_groups(cause: SharedCause) -> Iterator[str]:
    """The fields: those that are left behind by what they do (``fatal: variable `X` reads key ...``), others each."""
    if cause.fate in ("removed", "overwritten"):
        yield from _each(cause.fields)
        return
    if cause.fate == "assumed" and cause.fields:
        number = sum(one.objects for one in cause.fields)
        yield f"if it is empty, {quantity(number, 'field')} stay" + ("s:" if number == 1 else ":")
    for (effect, does), found in groupby(cause.fields, key=lambda one: (one.effect, _told_apart(one))):
        fields = list(found)
        verb = does or (fields[0].does if len(fields) == 1 and effect != _IGNORED else "")
        yield f"{effect}: {_names(fields)} {verb}".rstrip()


def _each(fields: Sequence[CauseField]) -> Iterator[str]:
    distinct = list(dict.fromkeys(fields))
    for one in distinct[:_MOST_NAMES]:
        yield f"{_names([one])}: {one.does}" if one.does else _names([one])
    if len(distinct) > _MOST_NAMES:
        yield f"and {len(distinct) - _MOST_NAMES} more"


_IGNORED = "ignored"


def _told_apart(one: CauseField) -> str:
    """What a field does that is told apart from others of its effect."""
    return one.does if one.effect == "fatal" else ""


def _objects(plan: Sequence[ObjectPlan], view: View) -> Iterator[str]:
    shown = plan if view.details else _worth_a_line(plan)
    for one in shown:
        label = label_of(one)
        style: Style = one.severity or "good"
        text = f"{label:<8} {object_text(one.owner)}: {outcome_text(one, examples=len(shown) <= _FEW)}"
        first, *rest = fold(printable(text), view.width, "         ")
        yield first.replace(label, paint(label, style, view.colour), 1)
        yield from rest
    rest_of = plan[len(shown) :]
    if rest_of:
        yield from fold(f"... and {_counted(rest_of)}", view.width, "  ")


def _worth_a_line(plan: Sequence[ObjectPlan]) -> Sequence[ObjectPlan]:
    """The first objects; where there are more, only those with findings."""
    if len(plan) <= _MOST_OBJECTS:
        return plan
    return [one for one in plan[:_MOST_OBJECTS] if one.severity is not None]


def _counted(plan: Sequence[ObjectPlan]) -> str:
    labels = Counter(map(label_of, plan))
    parts = [f"{labels[name]} {name}" for name in (*SEVERITIES, _UNKNOWN, _OK) if labels[name]]
    return f"{quantity(len(plan), 'more object')}: {', '.join(parts)}; --details lists them"


def _cause(cause: SharedCause, view: View) -> Iterator[str]:
    label = f"{cause.severity}[{', '.join(cause.codes)}]"
    first, *rest = fold(printable(f"{label} {cause_title(cause)}"), view.width, "  ")
    yield first.replace(label, paint(label, cause.severity, view.colour), 1)
    yield from rest
    for group in field_groups(cause):
        yield from _remark(group, view)
    if cause.effect:
        yield from _remark(f"then: {cause.effect}", view)
    if cause.fix:
        yield from _remark(f"fix: {cause.fix}", view)
    place = cause.place
    yield from _remark(f"see {place.file}:{place.line}:{place.column}", view)


def _remark(text: str, view: View) -> Iterator[str]:
    return (f"  {line}" for line in fold(printable(text), max(view.width - 2, 0), "  "))


def _names(fields: Sequence[CauseField]) -> str:
    """``variables `A`, `B`, `C` and 7 more of container `x`, annotation `y```."""
    parts = []
    for (kind, container), found in groupby(fields, key=lambda one: (one.kind, one.container)):
        names = [f"`{one.name}`" for one in found]
        more = len(names) - _MOST_NAMES
        shown = ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
        placed = kind == "container" or f"[{container}]" in names[0]
        inside = f" of container `{container}`" if container and not placed else ""
        parts.append(f"{kind}{'s' if len(names) > 1 else ''} {shown}{inside}")
    return ", ".join(parts)


def _example(changes: Sequence[PlannedChange]) -> str:
    """The one change in brackets."""
    return f" ({change_text(changes[0])})" if len(changes) == 1 else ""


def _objects_text(objects: Iterable[ObjectRef]) -> str:
    found = list(objects)
    if len(found) == 1:
        return object_text(found[0])
    return f"{quantity(len(found), 'object')} ({_listed(found)})" if found else ""


def _listed(objects: Sequence[ObjectRef]) -> str:
    names = ", ".join(map(object_text, objects[:_MOST_NAMES]))
    return names + (", ..." if len(objects) > _MOST_NAMES else "")
