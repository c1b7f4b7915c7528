"""A value that must be a string reaches the API server as a boolean or a number.

`data`, `labels`, `annotations` and the `value` of a variable hold strings only. YAML as Kubernetes reads it makes
booleans of `yes`, `no`, `on`, `off`, `y`, `n`, and numbers of `0o755` and `1e3`; the API server refuses the object.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {enabled: yes}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {enabled: "yes"}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Problem

CODE = "CNI122"


def find(context: CheckContext) -> Iterator[Problem]:
    return refused(context, CODE)


def refused(context: CheckContext, code: str) -> Iterator[Problem]:
    """What the API server would refuse in the objects of all judged environments."""
    for environment in context.index.environments:
        for fact in environment.objects if not environment.unjudged else ():
            for entry in fact.invalid:
                if entry.code == code:
                    yield Problem(
                        code=code,
                        span=entry.span,
                        message=entry.message,
                        hint=entry.hint,
                        environment=environment.name,
                        owner=fact.owner,
                        path=entry.path,
                    )
