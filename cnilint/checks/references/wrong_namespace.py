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

from cnilint.checks.context import CheckContext, problem, softened, subject, target_name
from cnilint.diagnostics.model import Diagnostic, Severity
from cnilint.resolve.outcome import Outcome

CODE = "CNI103"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken(Outcome.WRONG_NAMESPACE):
        reference = resolution.reference
        if reference.kind == "ServiceAccount" or reference.form.startswith("subPath"):
            continue
        found = sorted({candidate.namespace or "" for candidate in resolution.found})
        message = f"{subject(reference)} reads {target_name(resolution)}, which is defined only in namespace '{found[0]}'"
        severity: Severity | None = None if resolution.certain else "warning"
        yield problem(
            resolution,
            CODE,
            message,
            f"it exists in namespace '{found[0]}'",
            softened(resolution) or severity,
        )
