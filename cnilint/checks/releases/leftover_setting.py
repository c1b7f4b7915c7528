"""A setting is given that the detected release of the component does not have.

`cnilint` reads the release from the image, from labels or from `--target`, and compares each environment variable,
volume, container and ConfigMap key with what the rule packs state about that release. The severity follows the effect:
*error* where pods do not start, *warning* where the setting overrides or degrades something, *note* where it is ignored.
`cnilint explain PACK/RULE` shows the evidence for a rule.

Such a setting typically remains after an upgrade that did not prune it. Remove it, or use the replacement in the hint.

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
        env:
        - name: CNI_NETWORK_CONFIG
          valueFrom: {configMapKeyRef: {name: istio-cni-config, key: cni_network_config, optional: true}}
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
        image: docker.io/istio/install-cni:1.24.2
        env:
        - {name: NODE_NAME, value: worker-1}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI201",
    name="leftover-setting",
    severity=None,
    summary="A setting is given that the detected release does not have.",
    effect="At best it is ignored; at worst it overrides the setting that replaced it.",
)
