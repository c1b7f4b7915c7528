"""A field that the apply will leave behind refers to something that will not exist.

The new release drops a variable and, with it, the ConfigMap key that the variable read. The key goes away, because
the applier owns it alone; the variable stays, because somebody else owns it too or its record is damaged. From then
on no container that has it starts (`CreateContainerConfigError`).

The pods die only when the two halves disagree. Where a cause holds for a whole installation the key stays as well,
and the pods keep running with stale settings.

```yaml bad
# run: live.yaml --desired desired --applier istioctl
# file: live.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: istio-operator
    operation: Apply
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec":{"f:template":{"f:spec":{"f:containers":
      {'k:{"name":"agent"}':{".":{},"f:name":{},"f:image":{}}}}}}}
  - manager: kubectl-edit
    operation: Update
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec":{"f:template":{"f:spec":{"f:containers":
      {'k:{"name":"agent"}':{"f:env":{'k:{"name":"NETWORK"}':{".":{},"f:name":{},"f:valueFrom":{}}}}}}}}}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: agent:1
        env:
        - name: NETWORK
          valueFrom: {configMapKeyRef: {name: agent, key: network}}
# file: desired/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: info}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - {name: agent, image: "agent:2"}
```

```yaml good
# run: live.yaml --desired desired --applier istioctl
# file: live.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: istio-operator
    operation: Apply
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec":{"f:template":{"f:spec":{"f:containers":
      {'k:{"name":"agent"}':{".":{},"f:name":{},"f:image":{},"f:env":{'k:{"name":"NETWORK"}':{".":{},"f:name":{},"f:valueFrom":{}}}}}}}}}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: agent:1
        env:
        - name: NETWORK
          valueFrom: {configMapKeyRef: {name: agent, key: network}}
# file: desired/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: info}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - {name: agent, image: "agent:2"}
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.words import applier_text, problem
from cnilint.diagnostics.model import Diagnostic, Related
from cnilint.findings.codes import Code
from cnilint.ownership.explain.causes import why
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.repair.steps import first_aid
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI302",
    name="left-behind-dangling",
    severity="error",
    summary="A field that an apply will leave behind refers to something that will not exist.",
    effect="Every new pod waits in CreateContainerConfigError or ContainerCreating.",
)


def audit(case: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    if case.unknown:
        return
    for leftover in case.leftovers:
        target = leftover.target
        if target is None:
            continue
        message = f"{applier_text(case)} will leave {leftover.what} behind: it {leftover.does}; {why(case, leftover)}"
        related = []
        if leftover.target_span is not None:
            related.append(Related(leftover.target_span, f"the {target.kind} as it will be, without it"))
        yield problem(
            case,
            CODE,
            leftover.span,
            message,
            first_aid(case, leftover),
            path=leftover.shown,
            container=leftover.container,
            target=target,
            related=related,
            severity=None if leftover.certain else "warning",
            effect=leftover.effect.value,
        )
