"""A workload runs as a ServiceAccount that its environment does not define.

The API server creates no pod for it until the ServiceAccount exists. `default` exists in every namespace.

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

from cnilint.checks.context import CheckContext, problem, subject, target_name
from cnilint.diagnostics.model import Diagnostic
from cnilint.resolve.outcome import Outcome

CODE = "CNI109"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for outcome in (Outcome.MISSING_OBJECT, Outcome.WRONG_NAMESPACE):
        for resolution in context.broken(outcome):
            if resolution.reference.kind != "ServiceAccount":
                continue
            runs_as = f"{subject(resolution.reference)} runs as {target_name(resolution)}"
            message = f"{runs_as}, which nothing in this environment defines"
            found = sorted(
                {candidate.namespace or "" for candidate in resolution.found if candidate.namespace}
            )
            hint = f"it exists in namespace '{found[0]}'" if found else ""
            yield problem(resolution, CODE, message, hint, "warning")
