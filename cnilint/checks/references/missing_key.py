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

from cnilint.checks.context import Evidence, problem, softened, target_name
from cnilint.diagnostics.model import Problem
from cnilint.diagnostics.suggest import nearest
from cnilint.diagnostics.wording import subject
from cnilint.resolve.lookup import Outcome, Verdict

CODE = "CNI101"


def find(evidence: Evidence) -> Iterator[Problem]:
    for verdict in evidence.broken(Outcome.MISSING_KEY):
        if not verdict.reference.form.startswith("subPath"):
            reference = verdict.reference
            message = f"{subject(reference)} reads the key '{reference.key}', which {target_name(verdict)} does not have"
            certain = verdict.certain or (reference.kind, verdict.namespace) in evidence.index.covered
            severity = softened(verdict) or (None if certain else "warning")
            yield problem(verdict, CODE, message, key_hint(verdict), severity)


def key_hint(verdict: Verdict) -> str:
    """The environment that has the key, the key that was probably meant, or those that there are."""
    if verdict.sibling is not None:
        return f"it exists in environment '{verdict.sibling[0].name}'"
    keys = sorted({key for candidate in verdict.found for key in candidate.definition.keys})
    if not keys:
        return "the object has no key at all"
    meant = nearest(verdict.reference.key or "", keys)
    if meant:
        return f"did you mean '{meant}'?"
    shown = ", ".join(f"'{key}'" for key in keys[:5])
    return f"it has {shown}" + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
