"""A setting that still exists has a value that the detected release rejects.

The name of the setting is valid, so that neither a schema nor a list of removed settings reveals the problem. The
program exits at start-up, or falls back to a default. `cnilint explain PACK/RULE` shows the evidence for a rule.

```yaml bad
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: calico-node
        image: docker.io/calico/node:v3.16.10
---
apiVersion: v1
kind: ConfigMap
metadata: {name: calico-config, namespace: kube-system}
data:
  cni_network_config: |
    {"kubernetes": {"kubeconfig": "__KUBECONFIG_FILENAME__"}}
```

```yaml good
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: calico-node
        image: docker.io/calico/node:v3.16.10
---
apiVersion: v1
kind: ConfigMap
metadata: {name: calico-config, namespace: kube-system}
data:
  cni_network_config: |
    {"kubernetes": {"kubeconfig": "__KUBECONFIG_FILEPATH__"}}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI203",
    name="removed-value",
    severity=None,
    summary="A setting has a value that the release rejects.",
    effect="The program exits at start-up, or falls back to a default.",
)
