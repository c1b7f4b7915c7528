"""The sync removes a key or an object that something outside of the manifests still reads.

A ConfigMap of the new release no longer has a key. Its own workloads do not read it any more, but another workload of
the namespace does, which no manifest here changes: a Job of an older add-on, a DaemonSet of another team, or a workload
of these manifests whose apply the API server refuses. Each of its pods that starts after the sync waits in
`CreateContainerConfigError`.

What counts is the object as it will be after the apply: a key that another manager owns as well stays. Keep the key
until nothing reads it, or change the reader first. `cnilint presync` finds the readers in the live cluster.

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

from collections.abc import Iterator
from dataclasses import replace

from cnilint.checks.changes.context import ClusterChange
from cnilint.diagnostics.model import Diagnostic, Message, Related, Target
from cnilint.facts.owner import owner_of
from cnilint.findings.codes import Code
from cnilint.ownership.predict.removed import RemovedInUse

CODE = Code(
    code="CNI401",
    name="removed-key-in-use",
    severity="error",
    summary="The change removes a key or an object that something still reads.",
    effect="New pods of the reader wait in CreateContainerConfigError or ContainerCreating.",
)


def find_change(change: ClusterChange) -> Iterator[Diagnostic]:
    for each in change.in_use:
        yield _problem(each)


def _problem(each: RemovedInUse) -> Diagnostic:
    own, reference = each.removed.definition, each.reader
    key = None if each.removed.whole else reference.key
    reader = reference.owner
    found = Diagnostic(
        code=CODE.code,
        span=own.span if key is None else own.keys[key],
        message=_message(each, key),
        hint="keep it until nothing reads it, or change the reader first",
        environment=_environment(each),
        owner=owner_of(each.removed.audit.live.obj),
        path="" if key is None else f"data.{key}",
        target=Target(kind=own.kind, namespace=own.namespace, name=own.name, key=key),
        related=(Related(reference.span, f"read by {reader.kind} `{reader.name}`"),),
        effect="fatal",
    )
    doubts = tuple(_doubts(each))
    if not doubts:
        return found
    return replace(found, severity="warning", confidence="likely", evidence=doubts)


def _doubts(each: RemovedInUse) -> Iterator[str]:
    """What would make the removal harmless."""
    if each.reader.dormant:
        yield f"nothing runs the reader now: `{each.reader.dormant}`"
    if each.removed.pruned_by:
        yield f"{each.removed.pruned_by} prunes it if the manifests are all that it applies"


def _environment(each: RemovedInUse) -> str:
    manifest = each.removed.audit.manifest
    return "" if manifest is None else manifest.environment.name


def _message(each: RemovedInUse, key: str | None) -> Message:
    own, reader = each.removed.definition, each.reader.owner
    if each.removed.pruned_by:
        return Message(
            "{kind} `{name}` is pruned, and {reader_kind} `{reader}` still reads it",
            kind=own.kind,
            name=own.name,
            reader_kind=reader.kind,
            reader=reader.name,
        )
    if key is None:
        return Message(
            "{kind} `{name}` is deleted, and {reader_kind} `{reader}` still reads it",
            kind=own.kind,
            name=own.name,
            reader_kind=reader.kind,
            reader=reader.name,
        )
    return Message(
        "key `{key}` of {kind} `{name}` is removed, and {reader_kind} `{reader}` still reads it",
        key=key,
        kind=own.kind,
        name=own.name,
        reader_kind=reader.kind,
        reader=reader.name,
    )
