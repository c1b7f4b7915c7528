"""A reference names a ConfigMap or Secret that nothing in its environment defines or makes.

The kubelet waits for the object: the pod stays in `CreateContainerConfigError` or `ContainerCreating`. Many such
objects are made by hand or by a controller, so this is a warning for a ConfigMap and a note for a Secret. With
`--closed-world`, or with a live dump that covers the namespace, it is an error.

Define the object, correct the name, or say in `.cnilint.yaml` under `external` that it exists outside.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: agent
    envFrom:
    - configMapRef: {name: agent-settings}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: agent-settings, namespace: kube-system}
data: {LEVEL: info}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system}
spec:
  containers:
  - name: agent
    envFrom:
    - configMapRef: {name: agent-settings}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext, problem, subject, target_name
from cnilint.diagnostics.model import Diagnostic, Severity
from cnilint.diagnostics.suggest import nearest
from cnilint.resolve.index import Index
from cnilint.resolve.outcome import Outcome, Resolution

CODE = "CNI102"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken(Outcome.MISSING_OBJECT):
        reference = resolution.reference
        if (
            resolution.sibling is None
            and reference.kind != "ServiceAccount"
            and not reference.form.startswith("subPath")
        ):
            message = f"{subject(reference)} reads {target_name(resolution)}, which nothing in this environment defines"
            yield problem(
                resolution,
                CODE,
                message,
                _hint(context.index, resolution),
                _severity(context.index, resolution),
            )


def _severity(index: Index, resolution: Resolution) -> Severity:
    if index.closed_world or (resolution.reference.kind, resolution.namespace) in index.covered:
        return "error"
    return "warning" if resolution.reference.kind == "ConfigMap" else "note"


def _hint(index: Index, resolution: Resolution) -> str:
    """Where the object does exist, or the name that was probably meant."""
    namespaces = sorted(
        {
            candidate.namespace or ""
            for candidate in resolution.found
            if _known_elsewhere(resolution, candidate.namespace)
        }
    )
    if namespaces:
        return f"it exists in namespace '{namespaces[0]}'"
    elsewhere = sorted({candidate.environment.name for candidate in resolution.found})
    if elsewhere:
        return f"it exists in environment '{elsewhere[0]}'"
    reference = resolution.reference
    names = [
        definition.name
        for fact in resolution.environment.objects
        for definition in fact.definitions
        if definition.kind == reference.kind
    ]
    meant = nearest(reference.name, names)
    return f"did you mean '{meant}'?" if meant else ""


def _known_elsewhere(resolution: Resolution, namespace: str | None) -> bool:
    return bool(namespace and resolution.namespace and namespace not in ("*", resolution.namespace))
