"""A template, a chart or part of a kustomization was not rendered, so it was not checked.

What it could define or use is unverifiable. Check the output of the renderer: pipe `helm template` or
`kustomize build` into `cnilint check -`, or keep the rendered manifests in the repository.

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

from collections.abc import Iterator

from cnilint.checks.context import CheckContext, of_the_text
from cnilint.diagnostics.model import Problem

CODE = "CNI903"


def find(context: CheckContext) -> Iterator[Problem]:
    return of_the_text(context, CODE)
