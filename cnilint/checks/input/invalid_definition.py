"""A ConfigMap or Secret has a key or a name that the API server refuses, or more than 1 MiB of data.

Metadata of the wrong type, such as labels that are a list or an invalid time, is reported for any object.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {"app config": ""}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {app-config: ""}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI123",
    name="invalid-definition",
    severity="error",
    summary="A definition has an invalid name or key, or is larger than an object may be.",
    effect="The API server refuses the object.",
)
