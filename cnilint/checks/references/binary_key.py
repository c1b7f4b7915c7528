"""An environment variable reads a key of `binaryData`.

The kubelet fills environment variables from `data` only. A key under `binaryData` is available to volumes, but never
to variables: for the container it is missing.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
binaryData: {token: aGVsbG8=}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - name: TOKEN
      valueFrom: {configMapKeyRef: {name: settings, key: token}}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {token: hello}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - name: TOKEN
      valueFrom: {configMapKeyRef: {name: settings, key: token}}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import problem
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code

CODE = Code(
    code="CNI104",
    name="binary-key",
    severity="error",
    summary="An environment variable reads a key of binaryData.",
    effect="The kubelet fills environment variables from data only, so the key counts as missing.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken_as(CODE):
        reference = resolution.reference
        message = Message(
            "key `{key}` of {kind} `{name}` is binaryData, which variables cannot read",
            key=reference.key or "",
            kind=reference.kind,
            name=reference.name,
        )
        yield problem(context, resolution, CODE, message, "move the key to data, or mount it as a file")
