"""An env entry has neither `value` nor `valueFrom`.

This is legal and sets the variable to the empty string. A half-owned entry looks the same after a server-side apply
has removed the value and left the name.

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

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI113",
    name="empty-variable",
    severity="note",
    summary="An environment variable has neither a value nor a source.",
    effect="It is set to the empty string; a half-pruned variable leaves such an entry, too.",
)
