"""A container passes an argument that the program of the detected release does not accept.

Most programs exit at start-up on an unknown flag, so that the new release runs on no node; some ignore it. Remove the
flag, or use the replacement in the hint. `cnilint explain PACK/RULE` shows the evidence for a rule.

```yaml bad
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-router, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: kube-router
        image: docker.io/cloudnativelabs/kube-router:v1.1.1
        args: ["--cluster-cidr=10.0.0.0/16"]
```

```yaml good
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-router, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: kube-router
        image: docker.io/cloudnativelabs/kube-router:v1.1.1
        args: ["--run-router=true"]
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI202",
    name="removed-flag",
    severity=None,
    summary="An argument is given that the release's program does not accept.",
    effect="The program exits at start-up, or ignores the argument.",
)
