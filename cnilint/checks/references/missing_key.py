"""A reference names a key that its ConfigMap or Secret does not have.

The object exists, the key does not. The kubelet does not start the container (`CreateContainerConfigError`), or does
not mount the volume, until the key appears. This is how an upgrade of a cluster network stops every new pod: the new
release renames or drops a key, and something still reads the old one.

The kubelet looks up the key each time a container starts, so running pods are not affected until their next restart.
Add the key, refer to the right one, or mark the reference `optional: true` if the program works without it.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: kube-system}
data: {cni_config: "{}"}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: install
    env:
    - name: CONFIG
      valueFrom: {configMapKeyRef: {name: network, key: cni_network_config}}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: kube-system}
data: {cni_network_config: "{}"}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: install
    env:
    - name: CONFIG
      valueFrom: {configMapKeyRef: {name: network, key: cni_network_config}}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import key_hint, problem
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code

CODE = Code(
    code="CNI101",
    name="missing-key",
    severity="error",
    summary="A reference names a key that the ConfigMap or Secret does not have.",
    effect="The container waits in CreateContainerConfigError, or the volume is never mounted.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken_as(CODE):
        reference = resolution.reference
        message = Message(
            "key `{key}` not found in {kind} `{name}`",
            key=reference.key or "",
            kind=reference.kind,
            name=reference.name,
        )
        yield problem(context, resolution, CODE, message, key_hint(resolution, context.spelling))
