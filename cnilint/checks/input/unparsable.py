"""A document is not YAML or JSON as Kubernetes reads it.

Nothing in it can be checked, and what it may define makes the references of its environment unverifiable: they are
counted, but not reported as broken. On standard input, a document that is not an object is reported, too: kubectl
refuses it. It is often a message that a command wrote between the manifests.

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

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI901",
    name="unparsable",
    severity="error",
    summary="The text is not YAML or JSON as Kubernetes reads it.",
    effect="Nothing in it is checked, and what it may define makes its environment unverifiable.",
)
