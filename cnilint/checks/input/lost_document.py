"""kubectl drops or refuses part of a stream.

kubectl splits a stream at lines that begin with `---`, reads one document from each part, and drops everything after an
end marker `...`. It refuses a stream with text after `---`.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: first}
...
apiVersion: v1
kind: ConfigMap
metadata: {name: second}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: first}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: second}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI125",
    name="lost-document",
    severity="error",
    summary="kubectl drops or refuses part of a stream.",
    effect="What looks like part of the release never reaches the cluster.",
)
