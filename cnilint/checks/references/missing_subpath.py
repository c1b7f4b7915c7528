"""A mount's `subPath` names a file that the mounted ConfigMap or Secret does not supply.

The kubelet does not fail: it makes an empty directory in the file's place, and the program finds a directory where
it wants its configuration.

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

from cnilint.checks.context import CheckContext, problem, subject, target_name
from cnilint.checks.references.missing_key import key_hint
from cnilint.diagnostics.model import Diagnostic
from cnilint.resolve.outcome import Outcome

CODE = "CNI110"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken(Outcome.MISSING_KEY):
        reference = resolution.reference
        if reference.form.startswith("subPath"):
            message = f"{subject(reference)} mounts the file '{reference.key}', which {target_name(resolution)} does not supply"
            yield problem(resolution, CODE, message, key_hint(resolution), "warning")
