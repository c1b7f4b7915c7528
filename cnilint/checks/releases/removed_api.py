"""The API version that the object uses is not served.

For built-in kinds this is checked only with `--kube-version`. An API version is served from the release that introduces it
up to the one that removes it; the table is taken from the lifecycle declarations of k8s.io/api. Custom resources are held
against the definitions that the detected release of their component has; where the environment applies a definition
itself, that one counts. Use the replacement in the hint.

```yaml bad
# run: --kube-version 1.34
apiVersion: rbac.authorization.k8s.io/v1beta1
kind: ClusterRole
metadata: {name: agent}
rules: []
```

```yaml good
# run: --kube-version 1.34
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: agent}
rules: []
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI204",
    name="removed-api",
    severity="error",
    summary="The cluster does not serve the object's apiVersion.",
    effect="The API server refuses the object.",
)
