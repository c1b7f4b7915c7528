"""A setting or an API version still works and is announced to be removed.

API versions are checked only with `--kube-version`, settings of a component by its detected release. Use the
replacement in the hint before the upgrade to the release that removes the old form.

```yaml bad
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: cilium-agent
        image: quay.io/cilium/cilium:v1.14.19
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cilium-config, namespace: kube-system}
data: {tunnel: disabled}
```

```yaml good
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: cilium-agent
        image: quay.io/cilium/cilium:v1.14.19
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cilium-config, namespace: kube-system}
data: {routing-mode: native}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI205",
    name="deprecated-setting",
    severity="warning",
    summary="A setting or API version still works and is announced to be removed.",
    effect="The upgrade to the release that removes it breaks or changes behaviour.",
)
