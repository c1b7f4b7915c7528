"""The words and the shape that the checks of live objects share."""

from collections.abc import Iterable, Sequence

from cnilint.diagnostics.model import Diagnostic, Related, Severity, Target
from cnilint.document import Span
from cnilint.facts.owner import owner_of
from cnilint.findings.codes import Code
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.leftovers import noun
from cnilint.ssa.fieldpath.fields import FieldPath, Fields, intersection, paths
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry


def problem(
    case: ObjectAudit,
    code: Code,
    span: Span,
    message: str,
    hint: str = "",
    *,
    path: str = "",
    container: str = "",
    target: Target | None = None,
    related: Sequence[Related] = (),
    severity: Severity | None = None,
    effect: str | None = None,
) -> Diagnostic:
    """A problem of a live object, in the environment of its manifest."""
    return Diagnostic(
        code=code.code,
        span=span,
        message=message,
        hint=hint,
        environment=case.manifest.environment.name if case.manifest is not None else "",
        owner=owner_of(case.live.obj),
        path=path,
        container=container,
        target=target,
        related=tuple(related),
        severity=severity,
        rule=None,
        effect=effect,
    )


def subject(case: ObjectAudit) -> str:
    """``DaemonSet 'kube-system/agent'``."""
    obj = case.live.obj
    name = obj.name if obj.namespace is None else f"{obj.namespace}/{obj.name}"
    return f"{obj.kind} '{name}'"


def applier_text(case: ObjectAudit) -> str:
    """The manager that will apply, for a sentence."""
    return "the apply" if case.applier is None else f"the apply by {case.applier.manager}"


def outermost(fields: Fields) -> list[FieldPath]:
    """The list items, map keys and fields of a set that are below none of its other paths."""
    found: dict[FieldPath, None] = {}
    for path in sorted(paths(fields), key=len):
        if not any(path[:length] in found for length in range(1, len(path))):
            found[path] = None
    return list(found)


def listed(found: Iterable[FieldPath]) -> str:
    """Up to three fields by name, and how many more there are."""
    names = list(dict.fromkeys(noun(path) for path in found))
    shown = names[:3]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return ", ".join(shown) + more


def shared(one: ManagedFieldsEntry, other: ManagedFieldsEntry | None) -> list[FieldPath]:
    """The list items and map keys that two entries own together: those survive when one of them lets go."""
    if other is None:
        return []
    return [path for path in paths(intersection(one.fields, other.fields)) if _is_item(path)]


def since(entry: ManagedFieldsEntry) -> str:
    """The day of an entry's last change, for a sentence; empty where there is none."""
    return f" since {entry.time[:10]}" if entry.time else ""


def _is_item(path: FieldPath) -> bool:
    keyed = path[-1].startswith(("k:", "v:"))
    return keyed or (len(path) > 1 and path[-2] in ("f:data", "f:annotations", "f:labels"))
