"""A field that the apply will leave behind refers to something that will not exist.

The new release drops a variable and the ConfigMap key that the variable reads. The key is removed, because only the
applier owns it; the variable stays, because another manager owns it as well or its ownership is damaged. From then
on no container with this variable starts (`CreateContainerConfigError`).

Pods stop only when the workload and the ConfigMap disagree. If the whole installation is affected, the key stays as
well, and the pods run with old settings.

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

from cnilint.checks.ownership.context import keepers, leftover_problem
from cnilint.diagnostics.model import Diagnostic, Related
from cnilint.findings.codes import Code
from cnilint.ownership.model import ObjectAudit
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI302",
    name="left-behind-dangling",
    severity="error",
    summary="A field that an apply will leave behind refers to something that will not exist.",
    effect="Every new pod waits in CreateContainerConfigError or ContainerCreating.",
)


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    if audited.record_hidden:
        return
    for leftover in audited.leftovers:
        if leftover.target is not None:
            span = leftover.target_span
            related = [] if span is None else [Related(span, f"{leftover.target.kind} after the apply")]
            related += keepers(audited, leftover)
            yield leftover_problem(audited, CODE, leftover, related)
