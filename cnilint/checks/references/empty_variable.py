"""An env entry has neither `value` nor `valueFrom`.

It is legal and sets the variable to the empty string. It is also what a half-owned entry looks like after a
server-side apply took the value away and left the name.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - name: LEVEL
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - {name: LEVEL, value: ""}
```
"""

CODE = "CNI113"
