"""A value that must be a string reaches the API server as a boolean or a number.

`data`, `labels`, `annotations` and the `value` of a variable hold strings only. YAML as Kubernetes reads it makes
booleans of `yes`, `no`, `on`, `off`, `y`, `n`, and numbers of `0o755` and `1e3`; the API server refuses the object.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {enabled: yes}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {enabled: "yes"}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI122",
    name="non-string-value",
    severity="error",
    summary="A value of data or stringData is not a string.",
    effect="The API server refuses the object.",
)
