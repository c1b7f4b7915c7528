"""Part of a stream is dropped or refused by kubectl.

kubectl cuts a stream at lines that begin with `---`, reads one document of each piece, and forgets what follows an
end marker `...`; text behind `---` makes it refuse the stream.

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
