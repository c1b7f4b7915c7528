"""A reference has no name or key, or says two things at once, so that the API server refuses it.

An env entry takes either `value` or `valueFrom`; `valueFrom` and an `envFrom` entry take exactly one source;
a key reference needs a name and a key.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - name: LEVEL
      valueFrom: {configMapKeyRef: {name: settings}}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
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
"""

from collections.abc import Iterator

from cnilint.checks.context import Evidence
from cnilint.diagnostics.model import Problem

CODE = "CNI105"


def find(evidence: Evidence) -> Iterator[Problem]:
    return malformed(evidence, CODE, empty=False)


def malformed(evidence: Evidence, code: str, *, empty: bool) -> Iterator[Problem]:
    """The malformed entries of all judged environments, or the merely empty ones."""
    for environment in evidence.index.environments:
        for fact in environment.objects if not environment.unjudged else ():
            for entry in fact.stated.malformed:
                if entry.empty is empty:
                    yield Problem(
                        code,
                        entry.span,
                        entry.message,
                        entry.hint,
                        environment.name,
                        entry.owner,
                        entry.path,
                        entry.container,
                    )
