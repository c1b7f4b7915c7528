"""The detected release requires a setting that is not given.

The program exits at start-up without it. Such a setting is typically new in the release, and the manifest is that of an
earlier one, with only the image updated. Add the setting, or apply the release's own manifest.

```yaml bad
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: spiderpool-agent, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: spiderpool-agent
        image: ghcr.io/spidernet-io/spiderpool/spiderpool-agent:v0.7.1
        env:
        - {name: SPIDERPOOL_LOG_LEVEL, value: info}
```

```yaml good
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: spiderpool-agent, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: spiderpool-agent
        image: ghcr.io/spidernet-io/spiderpool/spiderpool-agent:v0.7.1
        env:
        - {name: SPIDERPOOL_LOG_LEVEL, value: info}
        - name: SPIDERPOOL_POD_NAME
          valueFrom: {fieldRef: {fieldPath: metadata.name}}
        - name: SPIDERPOOL_POD_NAMESPACE
          valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI208",
    name="missing-setting",
    severity=None,
    summary="A setting that the detected release requires is not given.",
    effect="The program exits at start-up.",
)
