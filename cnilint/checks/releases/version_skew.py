"""Parts of one component run at versions that are not supported together.

Either different programs of a component have different versions in one namespace, or the signs in one object (image,
labels, keys) contradict one another, for example after only the image was updated. A component named with `--target`
is not compared.

```yaml bad
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: calico-node
        image: docker.io/calico/node:v3.28.1
      initContainers:
      - name: install-cni
        image: docker.io/calico/cni:v3.25.0
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
        image: docker.io/calico/node:v3.28.1
      initContainers:
      - name: install-cni
        image: docker.io/calico/cni:v3.28.1
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI206",
    name="version-skew",
    severity="warning",
    summary="Parts of one component run at versions that are not supported together.",
    effect="The parts disagree about settings, files or protocols.",
)
