"""Two tools that apply manifests own the same object.

Each puts back what the other changed, and neither can remove what the other owns too: what both have in their
records stays on the day that the manifest drops it. Let one of them go, and hand its fields over to the other. A
tool that takes over the entries of the other by itself when it applies is not reported.

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
  - manager: helm
    operation: Update
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{".":{},"f:LEVEL":{}}}
data: {LEVEL: info}
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
    fieldsV1: {"f:data":{"f:LEVEL":{}}}
data: {LEVEL: info}
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.words import listed, problem, shared, since, subject
from cnilint.diagnostics.model import Diagnostic, Related
from cnilint.findings.codes import Code
from cnilint.ownership.inputs.live import entry_span
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import migrates
from cnilint.ownership.predict.managers import Role, family, role
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI308",
    name="second-applier",
    severity="warning",
    summary="Two GitOps managers own the same object.",
    effect="Each undoes what the other applies.",
)


def audit(case: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    first = case.own if case.applier is not None else _chief(case)
    name = case.applier.manager if case.applier is not None else first.manager if first is not None else ""
    for entry in case.live.main:
        if role(entry) is not Role.APPLIER or family(entry.manager) == family(name):
            continue
        if case.applier is not None and migrates(case.applier, entry):
            continue
        other = None if first is entry else first
        together = shared(entry, other)
        both = f" and both own {listed(together)}" if together else ""
        message = f"{entry.identity.text} owns fields of {subject(case)}{since(entry)} beside {name}{both}"
        related = []
        if other is not None:
            related.append(
                Related(entry_span(case.live, other), f"{other.identity.text} owns fields of it too")
            )
        hint = f"let {name} alone apply it, and hand the fields of {entry.manager} over"
        yield problem(case, CODE, entry_span(case.live, entry), message, hint, related=related)


def _chief(case: ObjectAudit) -> ManagedFieldsEntry | None:
    """The applier that the object belongs to: one that applies server-side before one that patches."""
    appliers = [entry for entry in case.live.main if role(entry) is Role.APPLIER]
    return min(appliers, key=lambda entry: entry.operation != APPLY, default=None)
