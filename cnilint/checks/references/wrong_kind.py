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

from cnilint.checks.context import Evidence, problem, target_name
from cnilint.diagnostics.model import Problem
from cnilint.diagnostics.wording import subject
from cnilint.resolve.lookup import Outcome

CODE = "CNI112"


def find(evidence: Evidence) -> Iterator[Problem]:
    for verdict in evidence.broken(Outcome.WRONG_KIND):
        reference = verdict.reference
        other = verdict.found[0].definition.kind
        message = (
            f"{subject(reference)} reads {target_name(verdict)}, but '{reference.name}' is a {other} here"
        )
        yield problem(verdict, CODE, message, f"refer to the {other}, or define the {reference.kind}")
