"""A reference names a ConfigMap, and only a Secret of that name exists, or the reverse.

```yaml bad
apiVersion: v1
kind: Secret
metadata: {name: settings}
stringData: {level: info}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - name: LEVEL
      valueFrom: {configMapKeyRef: {name: settings, key: level}}
```

```yaml good
apiVersion: v1
kind: Secret
metadata: {name: settings}
stringData: {level: info}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - name: LEVEL
      valueFrom: {secretKeyRef: {name: settings, key: level}}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import problem
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code

CODE = Code(
    code="CNI112",
    name="wrong-kind",
    severity="error",
    summary="A reference names a ConfigMap where only a Secret of that name exists, or the reverse.",
    effect="The kubelet looks for the named kind, finds nothing, and new pods do not start.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken_as(CODE):
        reference = resolution.reference
        other = resolution.found[0].definition.kind
        message = Message(
            "{kind} `{name}` does not exist, but a {other} of that name does",
            kind=reference.kind,
            name=reference.name,
            other=other,
        )
        yield problem(
            context, resolution, CODE, message, f"refer to the {other}, or define the {reference.kind}"
        )
