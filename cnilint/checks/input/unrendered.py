"""A template, a chart or part of a kustomization was not rendered, so it was not checked.

What it could define or use is unverifiable. Check the output of the renderer: pipe `helm template` or
`kustomize build` into `cnilint check -`, or commit the rendered manifests.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  {{- range .Values.settings }}
  {{ .name }}: {{ .value }}
  {{- end }}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI903",
    name="unrendered",
    severity="note",
    summary="A template or kustomization was not rendered.",
    effect="What it could define or use is not verified.",
)
