"""A reference names an object that exists, but only in another namespace.

A pod reads ConfigMaps and Secrets of its own namespace only. This finding says that the environment defines the
object elsewhere: one of the two namespaces is wrong, or a copy is missing. Where the object is read in its own
namespace, it may be another one that happens to have the same name: a warning.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
data: {LEVEL: info}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: agent
    envFrom:
    - configMapRef: {name: settings}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: kube-system}
data: {LEVEL: info}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: agent
    envFrom:
    - configMapRef: {name: settings}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import Evidence, problem, softened, target_name
from cnilint.diagnostics.model import Problem, Severity
from cnilint.diagnostics.wording import subject
from cnilint.resolve.lookup import Outcome

CODE = "CNI103"


def find(evidence: Evidence) -> Iterator[Problem]:
    for verdict in evidence.broken(Outcome.WRONG_NAMESPACE):
        reference = verdict.reference
        if reference.kind == "ServiceAccount" or reference.form.startswith("subPath"):
            continue
        found = sorted({candidate.namespace or "" for candidate in verdict.found})
        message = f"{subject(reference)} reads {target_name(verdict)}, which is defined only in namespace '{found[0]}'"
        severity: Severity | None = None if verdict.certain else "warning"
        yield problem(
            verdict, CODE, message, f"it exists in namespace '{found[0]}'", softened(verdict) or severity
        )
