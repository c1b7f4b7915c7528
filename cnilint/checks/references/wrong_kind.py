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

from cnilint.checks.context import CheckContext, problem, subject, target_name
from cnilint.diagnostics.model import Diagnostic
from cnilint.resolve.outcome import Outcome

CODE = "CNI112"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken(Outcome.WRONG_KIND):
        reference = resolution.reference
        other = resolution.found[0].definition.kind
        message = (
            f"{subject(reference)} reads {target_name(resolution)}, but '{reference.name}' is a {other} here"
        )
        yield problem(resolution, CODE, message, f"refer to the {other}, or define the {reference.kind}")
