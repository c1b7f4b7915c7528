"""The same reference of the same workload is kept in a sibling environment and not in this one.

`overlays/dev` defines the Secret that its Deployment reads, `overlays/prod` has the Deployment without the Secret.
The reference is judged in each environment for itself, so that what only dev has does not hide what prod lacks.

```yaml bad
# file: overlays/dev/app.yaml
apiVersion: v1
kind: Secret
metadata: {name: database}
stringData: {password: one}
---
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers:
  - {name: app, envFrom: [{secretRef: {name: database}}]}
# file: overlays/prod/app.yaml
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers:
  - {name: app, envFrom: [{secretRef: {name: database}}]}
```

```yaml good
# file: overlays/dev/app.yaml
apiVersion: v1
kind: Secret
metadata: {name: database}
stringData: {password: one}
---
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers:
  - {name: app, envFrom: [{secretRef: {name: database}}]}
# file: overlays/prod/app.yaml
apiVersion: v1
kind: Secret
metadata: {name: database}
stringData: {password: two}
---
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers:
  - {name: app, envFrom: [{secretRef: {name: database}}]}
```
"""

from collections.abc import Iterator
from dataclasses import replace

from cnilint.checks.context import CheckContext, problem, softened, subject, target_name
from cnilint.diagnostics.model import Diagnostic, Related
from cnilint.diagnostics.wording import object_name
from cnilint.resolve.outcome import Outcome

CODE = "CNI111"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken(Outcome.MISSING_OBJECT):
        reference = resolution.reference
        if (
            resolution.sibling is None
            or reference.kind == "ServiceAccount"
            or reference.form.startswith("subPath")
        ):
            continue
        sibling, definition = resolution.sibling
        message = f"{subject(reference)} reads {target_name(resolution)}, which this environment lacks and '{sibling.name}' has"
        severity = softened(resolution) or (None if resolution.certain else "warning")
        here = problem(resolution, CODE, message, f"it exists in environment '{sibling.name}'", severity)
        name = object_name(definition.kind, definition.namespace, definition.name)
        made = f"{definition.producer} makes" if definition.producer else "here is"
        yield replace(here, related=(Related(definition.span, f"{made} the {name} of '{sibling.name}'"),))
