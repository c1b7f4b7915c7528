"""A mount's `subPath` names a file that the mounted ConfigMap or Secret does not contain.

The kubelet does not fail: it creates an empty directory instead of the file, and the program finds a directory where
it expects its configuration. A file of a projected volume has to come from one of its sources. If the object itself is
missing, only the volume's reference is reported, unless it is optional: then the volume is empty.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {app.conf: ""}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  volumes:
  - {name: config, configMap: {name: settings}}
  containers:
  - name: agent
    volumeMounts:
    - {name: config, mountPath: /etc/app.conf, subPath: agent.conf}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {app.conf: ""}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  volumes:
  - {name: config, configMap: {name: settings}}
  containers:
  - name: agent
    volumeMounts:
    - {name: config, mountPath: /etc/app.conf, subPath: app.conf}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import key_hint, problem
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code

CODE = Code(
    code="CNI110",
    name="missing-subpath",
    severity="warning",
    summary="A subPath names a key that the mounted ConfigMap or Secret volume does not have.",
    effect="The kubelet mounts an empty directory where the program expects a file.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken_as(CODE):
        reference = resolution.reference
        message = Message(
            "file `{key}` not found in {kind} `{name}`: an empty directory is mounted",
            key=reference.key or "",
            kind=reference.kind,
            name=reference.name,
        )
        yield problem(context, resolution, CODE, message, key_hint(resolution, context.spelling))
