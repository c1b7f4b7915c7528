"""A reference has no name or key, or several sources, so that the API server refuses it.

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

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI105",
    name="malformed-reference",
    severity="error",
    summary="A reference lacks a name or key, gives several sources, or has a key that no object can hold.",
    effect="The API server refuses the object, or the reference can never resolve.",
)
