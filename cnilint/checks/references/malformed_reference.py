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

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Problem

CODE = "CNI105"


def find(context: CheckContext) -> Iterator[Problem]:
    return malformed(context, CODE, empty=False)


def malformed(context: CheckContext, code: str, *, empty: bool) -> Iterator[Problem]:
    """The malformed entries of all judged environments, or the merely empty ones."""
    for environment in context.index.environments:
        for fact in environment.objects if not environment.unjudged else ():
            for entry in fact.stated.malformed:
                if entry.empty is empty:
                    yield Problem(
                        code=code,
                        span=entry.span,
                        message=entry.message,
                        hint=entry.hint,
                        environment=environment.name,
                        owner=entry.owner,
                        path=entry.path,
                        container=entry.container,
                    )
