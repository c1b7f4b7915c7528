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

from cnilint.checks.ownership.words import object_text, problem
from cnilint.diagnostics.model import Diagnostic, Severity
from cnilint.document import Span
from cnilint.ownership.inputs.live import LiveObject, RecordState, entry_span, key_span
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import migrates
from cnilint.ownership.predict.managers import applies_only
from cnilint.packs.model import Effect
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry
from cnilint.ssa.managedfields.lastapplied import LAST_APPLIED
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import text_at

CODE = "CNI305"
_HINT = "restore the record before the next upgrade"


def find(audit: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    yield from _renamed(audit)
    tool = audit.applier
    if tool is None or (audit.manifest is None and not audit.applier_named):
        return
    if not tool.server_side:
        yield from _without_annotation(audit)
    elif audit.live.record is not RecordState.READ:
        # CNI306 speaks of it.
        return
    elif audit.apply_entry is None and not any(migrates(tool, entry) for entry in audit.live.main):
        update = next((entry for entry in audit.live.main if audit.is_applier_entry(entry)), None)
        if update is None:
            message = f"{tool.manager} has no entry in the managedFields of {object_text(audit)}: its apply will remove nothing"
            yield problem(audit, CODE, _record_span(audit.live), message, _HINT, severity=_severity(audit))
        else:
            yield _only_update(audit, update)


def _renamed(audit: ObjectAudit) -> Iterator[Diagnostic]:
    """Update entries of managers that only ever apply, where nobody said who applies."""
    if audit.applier_named or audit.manifest is not None:
        return
    appliers = {entry.manager for entry in audit.live.main if entry.operation == APPLY}
    for entry in audit.live.main:
        if entry.operation != APPLY and entry.manager not in appliers and applies_only(entry.manager):
            yield _only_update(audit, entry)


def _only_update(audit: ObjectAudit, entry: ManagedFieldsEntry) -> Diagnostic:
    message = (
        f"{entry.manager} owns {object_text(audit)} by an Update entry and has no Apply entry: "
        "its apply will remove nothing"
    )
    return problem(audit, CODE, entry_span(audit.live, entry), message, _HINT, severity=_severity(audit))


def _without_annotation(audit: ObjectAudit) -> Iterator[Diagnostic]:
    if audit.applier is None or audit.applier.previous != "last-applied":
        return
    if not text_at(audit.live.value, "metadata", "annotations", LAST_APPLIED):
        message = (
            f"{object_text(audit)} lacks the annotation that records the last client-side apply: "
            "the next one will remove nothing"
        )
        yield problem(audit, CODE, audit.live.obj.span, message, _HINT, severity=_severity(audit))


def _severity(audit: ObjectAudit) -> Severity | None:
    """A warning where the manifest is known and nothing that matters stays this time."""
    harmless = all(leftover.effect is Effect.IGNORED for leftover in audit.leftovers)
    happens = audit.prediction is not None and audit.prediction.written is not None
    return "warning" if happens and harmless else None


def _record_span(live: LiveObject) -> Span:
    return key_span(live.obj.node.get("metadata"), "managedFields") or live.obj.span
