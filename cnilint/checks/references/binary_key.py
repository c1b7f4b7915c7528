"""An environment variable reads a key of `binaryData`.

The kubelet fills environment variables from `data` only. A key that stands under `binaryData` reaches volumes,
never variables: to the container it is missing.

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

from cnilint.checks.context import CheckContext, problem, subject, target_name
from cnilint.diagnostics.model import Diagnostic
from cnilint.resolve.outcome import Outcome

CODE = "CNI104"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken(Outcome.BINARY_KEY):
        reference = resolution.reference
        reader, target = subject(reference), target_name(resolution)
        message = (
            f"{reader} reads the key '{reference.key}' of {target} into a variable, but it is binaryData"
        )
        yield problem(resolution, CODE, message, "move the key to data, or mount it as a file")
