"""A mapping contains the same key twice, and only the last value applies.

kubectl and the API machinery silently discard all but the last of equal keys, and no tool that reads the parsed object
can see it. Two spellings of one key count, too: `on:` and `y:` are both the key `"true"`.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  level: info
  level: debug
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  level: debug
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI124",
    name="duplicate-yaml-key",
    severity="error",
    summary="A mapping contains the same key twice.",
    effect="Only the last value applies; the others are silently discarded.",
)
