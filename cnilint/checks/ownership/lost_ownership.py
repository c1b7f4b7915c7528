"""The manager that will apply has no record of an earlier apply of the object.

What an apply removes is the difference between what its manager applied last time and what it applies now. Without
an Apply entry of that manager there is no last time, and nothing at all is removed. That is so after a change of
tools, after a restore from a backup, when somebody deleted the entry, and when the entry says Update instead of
Apply. A client-side apply keeps its record in the annotation `kubectl.kubernetes.io/last-applied-configuration`.

```yaml bad
# run: live.yaml --manager argocd-controller
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: helm
    operation: Update
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{".":{},"f:LEVEL":{}}}
data: {LEVEL: info}
```

```yaml good
# run: live.yaml --manager argocd-controller
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{"f:LEVEL":{}}}
data: {LEVEL: info}
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.words import problem, subject
from cnilint.diagnostics.model import Diagnostic, Severity
from cnilint.document import Span
from cnilint.findings.codes import Code
from cnilint.ownership.inputs.live import Live, Record, entry_span, key_span
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import migrates
from cnilint.ownership.predict.managers import applies_only
from cnilint.packs.model import Effect
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import text_at

CODE = Code(
    code="CNI305",
    name="lost-ownership",
    severity="error",
    summary="The manager that will apply has no record of an earlier apply.",
    effect="Server-side apply prunes nothing that an earlier release brought.",
)
_HINT = "restore the record before the next upgrade"


def audit(case: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    yield from _renamed(case)
    tool = case.applier
    if tool is None or (case.manifest is None and not case.said):
        return
    if not tool.server_side:
        yield from _without_annotation(case)
    elif case.live.record is not Record.READ:
        # CNI306 speaks of it.
        return
    elif case.own is None and not any(migrates(tool, entry) for entry in case.live.main):
        update = next((entry for entry in case.live.main if case.is_own(entry)), None)
        if update is None:
            message = f"{tool.manager} has no entry in the managedFields of {subject(case)}: its apply will remove nothing"
            yield problem(case, CODE, _record_span(case.live), message, _HINT, severity=_severity(case))
        else:
            yield _only_update(case, update)


def _renamed(case: ObjectAudit) -> Iterator[Diagnostic]:
    """Update entries of managers that only ever apply, where nobody said who applies."""
    if case.said or case.manifest is not None:
        return
    appliers = {entry.manager for entry in case.live.main if entry.operation == APPLY}
    for entry in case.live.main:
        if entry.operation != APPLY and entry.manager not in appliers and applies_only(entry.manager):
            yield _only_update(case, entry)


def _only_update(case: ObjectAudit, entry: ManagedFieldsEntry) -> Diagnostic:
    message = (
        f"{entry.manager} owns {subject(case)} by an Update entry and has no Apply entry: "
        "its apply will remove nothing"
    )
    return problem(case, CODE, entry_span(case.live, entry), message, _HINT, severity=_severity(case))


def _without_annotation(case: ObjectAudit) -> Iterator[Diagnostic]:
    if case.applier is None or case.applier.previous != "last-applied":
        return
    if not text_at(case.live.value, "metadata", "annotations", LAST_APPLIED):
        message = (
            f"{subject(case)} lacks the annotation that records the last client-side apply: "
            "the next one will remove nothing"
        )
        yield problem(case, CODE, case.live.obj.span, message, _HINT, severity=_severity(case))


def _severity(case: ObjectAudit) -> Severity | None:
    """A warning where the manifest is known and nothing that matters stays this time."""
    harmless = all(leftover.effect is Effect.IGNORED for leftover in case.leftovers)
    happens = case.prediction is not None and case.prediction.written is not None
    return "warning" if happens and harmless else None


def _record_span(live: Live) -> Span:
    return key_span(live.obj.node.get("metadata"), "managedFields") or live.obj.span
