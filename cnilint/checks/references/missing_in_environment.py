"""The same reference of the same workload resolves in a sibling environment, but not in this one.

`overlays/dev` defines the Secret that its Deployment reads, `overlays/prod` has the Deployment without the Secret.
Each environment is checked separately, so that an object that only dev defines does not satisfy a reference in prod.

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

from msgspec.structs import replace

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import made, problem
from cnilint.diagnostics.model import Diagnostic, Message, Related
from cnilint.findings.codes import Code
from cnilint.resolve.outcome import Sibling

CODE = Code(
    code="CNI111",
    name="missing-in-environment",
    severity="error",
    summary="A reference that resolves in sibling environments does not resolve in this one.",
    effect="New pods start everywhere except in this environment.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken_as(CODE):
        if resolution.sibling is None:
            continue
        sibling, _ = resolution.sibling
        message = Message(
            "{kind} `{name}` is defined in environment `{sibling}`, but not in this one",
            kind=resolution.reference.kind,
            name=resolution.reference.name,
            sibling=sibling.name,
        )
        here = problem(context, resolution, CODE, message, "define it in this environment as well")
        yield replace(here, related=(_related(resolution.sibling),))


def _related(sibling: Sibling) -> Related:
    environment, definition = sibling
    return Related(definition.span, f"{definition.kind} of `{environment.name}`, {made(definition)} here")
