"""The change removes a key or an object that something still reads.

A ConfigMap of the new release no longer has a key. Its own workloads do not read it any more, but another workload of
the namespace does, which no manifest here changes: a Job of an older add-on, a DaemonSet of another team, or a workload
of these manifests whose apply the API server refuses. Each of its pods that starts after the sync waits in
`CreateContainerConfigError`.

Keep the key until nothing reads it, or change the reader first. `cnilint diff` and `cnilint check --since` find the
readers in the manifests, although the change does not touch them. `cnilint presync` finds those in the live cluster: what
counts there is the object as it will be after the apply, for a key that another manager owns as well stays.

```yaml bad
# run: diff
# file: before/network.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: kube-system}
data: {mtu: "1500", endpoints: "https://etcd:2379"}
# file: after/network.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: kube-system}
data: {mtu: "1500"}
# file: both/agent.yaml
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: agent
    env:
    - name: ENDPOINTS
      valueFrom: {configMapKeyRef: {name: network, key: endpoints}}
```

```yaml good
# run: diff
# file: before/network.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: kube-system}
data: {mtu: "1500", endpoints: "https://etcd:2379"}
# file: after/network.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: kube-system}
data: {mtu: "1500"}
# file: both/agent.yaml
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: agent
    env:
    - name: MTU
      valueFrom: {configMapKeyRef: {name: network, key: mtu}}
```

An object that Flux or Argo CD applied before and that the manifests no longer have is pruned by the next sync, where the
Kustomization or Application says so: that is a warning, for the manifests may be a part of what it applies.

```yaml bad
# run: presync desired --manager argocd-controller --force
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: network
  namespace: kube-system
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{"f:endpoints":{},"f:mtu":{}}}
data: {endpoints: "https://etcd:2379", mtu: "1500"}
---
apiVersion: batch/v1
kind: Job
metadata: {name: complete-upgrade, namespace: kube-system}
spec:
  template:
    spec:
      restartPolicy: OnFailure
      containers:
      - name: migrate
        env:
        - name: ENDPOINTS
          valueFrom: {configMapKeyRef: {name: network, key: endpoints}}
# file: desired/network.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: kube-system}
data: {mtu: "1500"}
```

```yaml good
# run: presync desired --manager argocd-controller --force
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: network
  namespace: kube-system
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{"f:endpoints":{},"f:mtu":{}}}
data: {endpoints: "https://etcd:2379", mtu: "1500"}
---
apiVersion: batch/v1
kind: Job
metadata: {name: complete-upgrade, namespace: kube-system}
spec:
  template:
    spec:
      restartPolicy: OnFailure
      containers:
      - name: migrate
        env:
        - name: MTU
          valueFrom: {configMapKeyRef: {name: network, key: mtu}}
# file: desired/network.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: kube-system}
data: {mtu: "1500"}
```
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from cnilint.checks.changes.context import ChangeFacts
from cnilint.diagnostics.model import Diagnostic, Message, Related, Target
from cnilint.facts.model import Reference
from cnilint.findings.codes import Code
from cnilint.ownership.predict.removed import RemovedInUse

CODE = Code(
    code="CNI401",
    name="removed-key-in-use",
    severity="error",
    summary="The change removes a key or an object that something still reads.",
    effect="New pods of the reader wait in CreateContainerConfigError or ContainerCreating.",
)


def find_change(change: ChangeFacts) -> Iterator[Diagnostic]:
    for each in change.in_use:
        yield _problem(each)


def _problem(each: RemovedInUse) -> Diagnostic:
    own, key = each.definition, each.key
    found = Diagnostic(
        code=CODE.code,
        span=each.span,
        message=_message(each),
        hint="keep it until nothing reads it, or change the reader first",
        environment=each.environment,
        owner=each.owner,
        path="" if key is None else f"data.{key}",
        target=Target(kind=own.kind, namespace=own.namespace, name=own.name, key=key),
        related=tuple(map(_reader, each.readers)),
        effect="fatal",
        evidence=(each.origin,) if each.origin else (),
    )
    doubts = tuple(_doubts(each))
    if not doubts:
        return found
    return replace(found, severity="warning", confidence="likely", evidence=(*found.evidence, *doubts))


def _doubts(each: RemovedInUse) -> Iterator[str]:
    """What would make the removal harmless."""
    why = next((reference.inactive for reference in each.readers), "")
    if all(reference.inactive for reference in each.readers):
        yield f"nothing runs the reader now: `{why}`"
    if each.doubt:
        yield each.doubt
    if each.pruned_by:
        yield f"{each.pruned_by} prunes it if the manifests are all that it applies"


def _reader(reference: Reference) -> Related:
    owner = reference.owner
    return Related(reference.span, f"read by {owner.kind} `{owner.name}`", owner)


def _message(each: RemovedInUse) -> Message:
    own = each.definition
    names = {"kind": own.kind, "name": own.name, "readers": _readers(each.readers)}
    if each.pruned_by:
        return Message("{kind} `{name}` is pruned, and {readers} it", **names)
    if each.key is None:
        return Message("{kind} `{name}` is deleted, and {readers} it", **names)
    return Message("key `{key}` of {kind} `{name}` is removed, and {readers} it", key=each.key, **names)


def _readers(readers: Sequence[Reference]) -> str:
    owners = list(dict.fromkeys((each.owner.kind, each.owner.name) for each in readers))
    if len(owners) > 1:
        return f"{len(owners)} objects still read"
    kind, name = owners[0]
    return f"{kind} `{name}` still reads"
