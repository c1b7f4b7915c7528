"""What the checks of live objects share: the diagnostic of an object, and who keeps a leftover."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from cnilint.diagnostics.model import Diagnostic, Message, Related, Severity, Target
from cnilint.document import Span
from cnilint.facts.owner import owner_of
from cnilint.findings.codes import Code
from cnilint.ownership.explain.causes import cause, owner_cause
from cnilint.ownership.explain.wording import headline
from cnilint.ownership.field_names import container_of
from cnilint.ownership.inputs.live import entry_span, record_span
from cnilint.ownership.inputs.positions import FieldPositions, whole_object
from cnilint.ownership.model import Leftover, ObjectAudit, Removal
from cnilint.ownership.predict.changes import Overwrite
from cnilint.ownership.repair.steps import fix_hint
from cnilint.packs.model import SEVERITY, Effect
from cnilint.ssa.schema.kinds import Kinds

_Change = TypeVar("_Change", Removal, Overwrite)


def problem(
    audit: ObjectAudit,
    code: Code,
    span: Span,
    message: Message,
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
        environment=audit.manifest.environment.name if audit.manifest is not None else "",
        owner=owner_of(audit.live.obj),
        path=path,
        container=container,
        target=target,
        related=tuple(related),
        severity=severity,
        effect=effect,
    )


def leftover_problem(
    audit: ObjectAudit, code: Code, leftover: Leftover, related: Sequence[Related] = ()
) -> Diagnostic:
    """A problem of a leftover."""
    return problem(
        audit,
        code,
        leftover.span,
        headline(leftover),
        fix_hint(audit, leftover),
        path=leftover.shown,
        container=leftover.container,
        target=leftover.target,
        related=related,
        severity=leftover.severity,
        effect=leftover.effect.value,
    )


def change_problems(
    audit: ObjectAudit,
    code: Code,
    kinds: Kinds,
    changes: Iterable[tuple[_Change, Effect]],
    wording: Callable[[_Change], tuple[Message, str]],
) -> Iterator[Diagnostic]:
    """A problem for each field that the apply changes; ``wording`` gives its message and hint."""
    places = FieldPositions(audit.live.obj.node, kinds.type_of(audit.live.value))
    for change, effect in changes:
        place = places.of(change.path) or whole_object(audit.live.obj.span)
        message, hint = wording(change)
        yield problem(
            audit,
            code,
            place.span,
            message,
            hint,
            path=place.shown,
            container=container_of(change.path),
            related=[
                Related(entry_span(audit.live, entry), f"owned by `{entry.identity.text}`")
                for entry in change.setters
            ],
            severity=SEVERITY[effect],
            effect=effect.value,
        )


def keepers(audit: ObjectAudit, leftover: Leftover) -> list[Related]:
    """The entries that keep a leftover; the place of the record where that is why it stays."""
    live = audit.live
    if audit.server_side and leftover.owners:
        return [Related(entry_span(live, entry), owner_cause(audit, entry)) for entry in leftover.owners]
    span = record_span(live) if audit.server_side else live.obj.span
    return [Related(span, cause(audit, leftover.owners))]
