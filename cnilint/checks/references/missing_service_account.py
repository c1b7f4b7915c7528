"""A workload runs as a ServiceAccount that its environment does not define.

The API server creates no pods for the workload until the ServiceAccount exists. `default` exists in every namespace.

```yaml bad
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  template:
    spec:
      serviceAccountName: agent
      containers: [{name: agent}]
```

```yaml good
apiVersion: v1
kind: ServiceAccount
metadata: {name: agent, namespace: kube-system}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  template:
    spec:
      serviceAccountName: agent
      containers: [{name: agent}]
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import external_hint, other_namespaces, problem
from cnilint.checks.renamed import renamed
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code
from cnilint.resolve.outcome import Outcome

CODE = Code(
    code="CNI109",
    name="missing-service-account",
    severity="warning",
    summary="A pod runs as a ServiceAccount that is not defined.",
    effect="The API server refuses to create the pods.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken_as(CODE):
        if resolution.outcome is Outcome.RENAMED:
            yield renamed(context, resolution, CODE)
            continue
        message = Message(
            "ServiceAccount `{name}` is not defined in this environment", name=resolution.reference.name
        )
        namespaces = other_namespaces(resolution)
        hint = (
            f"it is defined in namespace `{namespaces[0]}`; define it here as well"
            if namespaces
            else external_hint(resolution)
        )
        yield problem(context, resolution, CODE, message, hint)
