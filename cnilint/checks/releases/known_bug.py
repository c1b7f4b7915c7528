"""The detected release has a known bug in this setting.

The setting is documented and accepted, and does not do what its documentation says. Upgrade to a release with the fix,
or use the workaround in the hint. `cnilint explain PACK/RULE` shows the evidence for a rule.

```yaml bad
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: istio-cni-node, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: install-cni
        image: docker.io/istio/install-cni:1.24.2
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-cni-config, namespace: kube-system}
data: {EXCLUDED_NAMESPACES: kube-system}
```

```yaml good
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: istio-cni-node, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: install-cni
        image: docker.io/istio/install-cni:1.24.5
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-cni-config, namespace: kube-system}
data: {EXCLUDED_NAMESPACES: kube-system}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI207",
    name="known-bug",
    severity=None,
    summary="The release has a known bug in this setting.",
    effect="The setting does not do what its documentation says.",
)
