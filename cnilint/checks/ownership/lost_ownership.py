"""The manager that will apply has no record of an earlier apply of the object.

An apply removes the difference between what its manager applied last time and what it applies now. Without an Apply
entry of that manager it removes nothing. This happens after a change of tools, after a restore from a backup, when
the entry was deleted, and when its operation is Update instead of Apply. A client-side apply keeps its record in the
annotation `kubectl.kubernetes.io/last-applied-configuration`.

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

from cnilint.checks.ownership.context import problem
from cnilint.diagnostics.model import Diagnostic, Message, Severity
from cnilint.document import Span
from cnilint.findings.codes import Code
from cnilint.ownership.inputs.live import RecordState, entry_span, record_span
from cnilint.ownership.model import ObjectAudit
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


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    if audited.manifest is None and not audited.applier_named:
        yield from _update_entries(audited)
    elif audited.applier is not None and audited.prunes:
        yield from _without_apply_entry(audited) if audited.server_side else _without_annotation(audited)


def _update_entries(audited: ObjectAudit) -> Iterator[Diagnostic]:
    """Update entries of managers that only ever apply."""
    appliers = {entry.manager for entry in audited.live.main if entry.operation == APPLY}
    for entry in audited.live.main:
        if entry.manager not in appliers and applies_only(entry.manager):
            yield _only_update(audited, entry)


def _without_apply_entry(audited: ObjectAudit) -> Iterator[Diagnostic]:
    if (
        audited.live.record is not RecordState.READ
        or audited.apply_entry is not None
        or _is_migrated(audited)
    ):
        # CNI306 reports a record that cannot be read.
        return
    update = next((entry for entry in audited.live.main if audited.is_applier_entry(entry)), None)
    if update is not None:
        yield _only_update(audited, update)
        return
    message = Message(
        "`{manager}` has no managedFields entry, so its apply removes nothing", manager=audited.manager
    )
    yield _lost(audited, record_span(audited.live), message)


def _is_migrated(audited: ObjectAudit) -> bool:
    """Whether the applier itself takes over an entry."""
    tool = audited.applier
    return tool is not None and any(tool.migrates(entry) for entry in audited.live.main)


def _only_update(audited: ObjectAudit, entry: ManagedFieldsEntry) -> Diagnostic:
    message = Message(
        "`{manager}` has an Update entry only, so its apply removes nothing", manager=entry.manager
    )
    return _lost(audited, entry_span(audited.live, entry), message)


def _without_annotation(audited: ObjectAudit) -> Iterator[Diagnostic]:
    if audited.applier is None or audited.applier.previous != "last-applied":
        return
    if not text_at(audited.live.value, "metadata", "annotations", LAST_APPLIED):
        message = Message("no last-applied annotation, so the next client-side apply removes nothing")
        yield _lost(audited, audited.live.obj.span, message)


def _lost(audited: ObjectAudit, span: Span, message: Message) -> Diagnostic:
    return problem(audited, CODE, span, message, _hint(audited), severity=_severity(audited))


def _hint(audited: ObjectAudit) -> str:
    if not audited.server_side:
        return "before the upgrade, run 'kubectl apply set-last-applied --create-annotation=true -f OLD_MANIFEST.yaml'"
    manager = f"`{audited.manager}`" if audited.manager else "its manager"
    return (
        f"before the upgrade, apply the old manifest once more as {manager}, or transfer the old fields to it"
    )


def _severity(audited: ObjectAudit) -> Severity | None:
    """A warning where the outcome is predicted and no leftover has an effect this time."""
    harmless = all(leftover.effect is Effect.IGNORED for leftover in audited.leftovers)
    return "warning" if audited.is_written and harmless else None
