"""A reference names a key that its ConfigMap or Secret does not have.

The object is there, the key is not. The kubelet does not start the container (`CreateContainerConfigError`), or
does not mount the volume, until the key appears. This is how an upgrade of a cluster network stops every new pod:
the new release renames or drops a key, and something still reads the old one.

The kubelet looks the key up each time a container starts, so running pods go on and the fault shows with the
next restart. Add the key, name the right one, or mark the reference `optional: true` if the program can do
without.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: kube-system}
data: {cni_config: "{}"}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: install
    env:
    - name: CONFIG
      valueFrom: {configMapKeyRef: {name: network, key: cni_network_config}}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: network, namespace: kube-system}
data: {cni_network_config: "{}"}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: install
    env:
    - name: CONFIG
      valueFrom: {configMapKeyRef: {name: network, key: cni_network_config}}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext, problem, softened, subject, target_name
from cnilint.diagnostics.model import Diagnostic
from cnilint.diagnostics.suggest import nearest
from cnilint.resolve.outcome import Outcome, Resolution

CODE = "CNI101"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken(Outcome.MISSING_KEY):
        if not resolution.reference.form.startswith("subPath"):
            reference = resolution.reference
            message = f"{subject(reference)} reads the key '{reference.key}', which {target_name(resolution)} does not have"
            certain = resolution.certain or (reference.kind, resolution.namespace) in context.index.covered
            severity = softened(resolution) or (None if certain else "warning")
            yield problem(resolution, CODE, message, key_hint(resolution), severity)


def key_hint(resolution: Resolution) -> str:
    """The environment that has the key, the key that was probably meant, or those that there are."""
    if resolution.sibling is not None:
        return f"it exists in environment '{resolution.sibling[0].name}'"
    keys = sorted({key for candidate in resolution.found for key in candidate.definition.keys})
    if not keys:
        return "the object has no key at all"
    meant = nearest(resolution.reference.key or "", keys)
    if meant:
        return f"did you mean '{meant}'?"
    shown = ", ".join(f"'{key}'" for key in keys[:5])
    return f"it has {shown}" + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
