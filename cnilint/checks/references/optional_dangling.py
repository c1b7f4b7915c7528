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

from cnilint.checks.context import Evidence, problem, target_name
from cnilint.checks.references.missing_key import key_hint
from cnilint.diagnostics.model import Problem
from cnilint.diagnostics.wording import subject
from cnilint.resolve.lookup import SETTLED, Outcome

CODE = "CNI106"


def find(evidence: Evidence) -> Iterator[Problem]:
    for verdict in evidence.verdicts:
        reference = verdict.reference
        if not reference.optional or verdict.outcome in SETTLED or reference.form.startswith("subPath"):
            continue
        if verdict.outcome in (Outcome.MISSING_KEY, Outcome.BINARY_KEY):
            message = f"{subject(reference)} may read the key '{reference.key}', which {target_name(verdict)} does not have"
            yield problem(verdict, CODE, message, key_hint(verdict), "note")
        else:
            message = f"{subject(reference)} may read {target_name(verdict)}, which nothing in this environment defines"
            yield problem(verdict, CODE, message, severity="note")
