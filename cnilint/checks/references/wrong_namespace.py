"""A reference names an object that exists, but only in another namespace.

A pod reads ConfigMaps and Secrets of its own namespace only. The environment defines the object elsewhere: one of the
two namespaces is wrong, or a copy is missing. If the object is also read in its own namespace, it may be an unrelated one
of the same name, and the finding is a warning.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
data: {LEVEL: info}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: agent
    envFrom:
    - configMapRef: {name: settings}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: kube-system}
data: {LEVEL: info}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: agent
    envFrom:
    - configMapRef: {name: settings}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import other_namespaces, problem
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code

CODE = Code(
    code="CNI103",
    name="wrong-namespace",
    severity="error",
    summary="A reference names an object that is defined in another namespace only.",
    effect="The kubelet looks in the pod's own namespace, finds nothing, and new pods do not start.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken_as(CODE):
        reference = resolution.reference
        namespace = resolution.namespace or ""
        message = Message(
            "{kind} `{name}` is defined in namespace `{found}`, but not in `{namespace}`",
            kind=reference.kind,
            name=reference.name,
            found=other_namespaces(resolution)[0],
            namespace=namespace,
        )
        hint = f"define it in namespace `{namespace}` as well, or correct one of the two namespaces"
        yield problem(context, resolution, CODE, message, hint)
