"""An optional reference names an object or a key that does not exist.

That is legal: the kubelet leaves the variable unset or the file out. It is worth a note, because a typing error
in an optional reference is silent.

```yaml bad
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
      valueFrom: {configMapKeyRef: {name: settings, key: levle, optional: true}}
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
      valueFrom: {configMapKeyRef: {name: settings, key: level, optional: true}}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext, problem, subject, target_name
from cnilint.checks.references.missing_key import key_hint
from cnilint.diagnostics.model import Diagnostic
from cnilint.resolve.outcome import SETTLED, Outcome

CODE = "CNI106"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.resolutions:
        reference = resolution.reference
        if not reference.optional or resolution.outcome in SETTLED or reference.form.startswith("subPath"):
            continue
        if resolution.outcome in (Outcome.MISSING_KEY, Outcome.BINARY_KEY):
            message = f"{subject(reference)} may read the key '{reference.key}', which {target_name(resolution)} does not have"
            yield problem(resolution, CODE, message, key_hint(resolution), "note")
        else:
            message = f"{subject(reference)} may read {target_name(resolution)}, which nothing in this environment defines"
            yield problem(resolution, CODE, message, severity="note")
