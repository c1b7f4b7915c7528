"""A document is not YAML or JSON as Kubernetes reads it.

Nothing of it can be checked, so what it may define makes the references of its environment unverifiable: they are
counted, and not reported as broken.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: [unclosed
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {}
```
"""

CODE = "CNI901"
