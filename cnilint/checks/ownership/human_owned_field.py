"""A person's tool owns a field of an object that manifests define.

`kubectl edit`, a dashboard or a browser wrote the field and has owned it since. An apply does not remove what others
own: a list item or key that was added by hand stays forever, and a value that was changed by hand is a conflict, or
is silently overwritten if conflicts are forced. A restart (`kubectl rollout restart`) is harmless and reported as a
note.

```yaml bad
# run: live.yaml
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
  - manager: kubectl-edit
    operation: Update
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{"f:MODE":{}}}
data: {LEVEL: info, MODE: fast}
```

```yaml good
# run: live.yaml
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
    fieldsV1: {"f:data":{"f:LEVEL":{},"f:MODE":{}}}
data: {LEVEL: info, MODE: fast}
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.context import problem
from cnilint.diagnostics.model import Diagnostic, Message, Severity
from cnilint.findings.codes import Code
from cnilint.ownership.field_names import listed, outermost_paths
from cnilint.ownership.inputs.live import entry_span
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.managers import Role, restarts_only, role
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI303",
    name="human-owned-field",
    severity="warning",
    summary="A person's tool owns a field of an object that Git manages.",
    effect="Server-side apply will not prune the field, or will conflict over it.",
)


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    if not audited.is_managed:
        return
    for entry in audited.live.main:
        if role(entry) is Role.PERSON and not audited.is_applier_entry(entry):
            severity, hint = _advice(audited, entry)
            message = Message(
                "`{manager}` owns {fields}",
                manager=entry.identity.text,
                fields=listed(outermost_paths(entry.fields)),
            )
            yield problem(audited, CODE, entry_span(audited.live, entry), message, hint, severity=severity)


def _advice(audited: ObjectAudit, entry: ManagedFieldsEntry) -> tuple[Severity | None, str]:
    if restarts_only(entry):
        return "note", "a restart by hand: no action needed"
    if audited.applier is not None and audited.applier.migrates(entry):
        return "note", f"`{audited.applier.name}` takes these fields over when it applies"
    return None, "add the change to the manifest or revert it, and transfer the ownership to the applier"
