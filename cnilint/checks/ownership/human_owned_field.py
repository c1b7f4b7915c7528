"""A person's tool owns a field of an object that manifests are behind.

`kubectl edit`, a dashboard or a browser wrote the field, and is its owner since. An apply does not remove what
others own: a list item or a key that was added by hand stays for ever, and a value that was changed by hand is a
conflict, or is overwritten without a word where conflicts are forced. A restart (`kubectl rollout restart`) is
harmless and only noted.

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

from cnilint.checks.ownership.words import listed, outermost, problem, since, subject
from cnilint.diagnostics.model import Diagnostic, Severity
from cnilint.findings.codes import Code
from cnilint.ownership.inputs.live import entry_span
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import migrates
from cnilint.ownership.predict.managers import Role, restarts_only, role
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI303",
    name="human-owned-field",
    severity="warning",
    summary="A person's tool owns a field of an object that Git manages.",
    effect="Server-side apply will not prune the field, or will conflict over it.",
)


def audit(case: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    if not case.managed:
        return
    for entry in case.live.main:
        if role(entry) is not Role.PERSON or case.is_own(entry):
            continue
        message = (
            f"{entry.identity.text} owns {listed(outermost(entry.fields))} of {subject(case)}{since(entry)}"
        )
        severity: Severity | None = None
        hint = "put the change into the manifest, or take it back, and hand the ownership over"
        if restarts_only(entry):
            severity, hint = "note", "a restart by hand: nothing has to be done"
        elif case.applier is not None and migrates(case.applier, entry):
            severity, hint = "note", f"{case.applier.name} takes these fields over when it applies"
        yield problem(case, CODE, entry_span(case.live, entry), message, hint, severity=severity)
