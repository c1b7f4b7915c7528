"""A reference has no name or key, or says two things at once, so that the API server refuses it.

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

CODE = "CNI105"
