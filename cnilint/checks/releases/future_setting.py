"""A setting is given that only later releases than the detected one read.

The detected release ignores it, so that what it configures has its default. This is typical where the image was rolled
back, or a mirror lags behind, and the manifest was not. Upgrade, or remove the setting. A flag that the program does not
accept is reported as CNI202.

```yaml bad
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec:
  template:
    spec:
      containers:
      - name: discovery
        image: docker.io/istio/pilot:1.22.5
        env:
        - {name: EXCLUDE_UNSAFE_503_FROM_DEFAULT_RETRY, value: "false"}
```

```yaml good
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec:
  template:
    spec:
      containers:
      - name: discovery
        image: docker.io/istio/pilot:1.24.2
        env:
        - {name: EXCLUDE_UNSAFE_503_FROM_DEFAULT_RETRY, value: "false"}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI209",
    name="future-setting",
    severity=None,
    summary="A setting is given that only later releases read.",
    effect="It is ignored, and its default holds.",
)
