"""A reference names a ConfigMap or Secret that nothing in its environment defines or creates.

The kubelet waits for the object: the pod stays in `CreateContainerConfigError` or `ContainerCreating`. Many such
objects are created by hand or by a controller, so this is a warning for a ConfigMap and a note for a Secret. With
`--closed-world`, or with a live dump that covers the namespace, it is an error.

A missing Secret is a warning, and the evidence is shown, where the object that was probably meant is there: a name with
one slip, in the environment or in the same namespace of the same cluster; the only object with that key and a related
name; an object that nothing reads and whose name says the same (`agent` for `agent-secret`), or is that of the volume;
an object that has a key of that name; what an operator makes of a resource of another name (`lab-cluster-ca-cert` for
`web-cluster-ca-cert`); the name under which several other files read the key; or that of everything that has the key,
where the object that is named is defined without it. This evidence also outweighs what might define any object: a remote base
that is not fetched, or a file that cannot be read. What may define this very name still makes the reference
unverifiable.

It is an error, too, where kustomize gives the object another name: it appends a hash to the name of what a generator
makes, and updates the references that it knows: those of built-in workloads in the same namespace. Any other needs a
`nameReference` configuration, or a generator with `disableNameSuffixHash: true`.

Define the object, correct the name, or declare it under `external` in `.cnilint.yaml`.

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

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import external_hint, other_namespaces, problem
from cnilint.checks.renamed import renamed
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.document import Span
from cnilint.findings.codes import Code
from cnilint.resolve.outcome import Outcome, Resolution

CODE = Code(
    code="CNI102",
    name="missing-object",
    severity="warning",
    summary="A reference names a ConfigMap or Secret that nothing in the environment defines or produces.",
    effect="Unless something outside of the manifests creates it, new pods do not start.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    seen: set[tuple[str, Span]] = set()
    for resolution in context.broken_as(CODE):
        if resolution.outcome is Outcome.RENAMED:
            # The items of a volume are references of their own that share one name.
            place = (resolution.environment.name, resolution.reference.name_span)
            if place not in seen:
                seen.add(place)
                yield renamed(context, resolution, CODE)
            continue
        message = Message(
            "{kind} `{name}` is not defined in this environment",
            kind=resolution.reference.kind,
            name=resolution.reference.name,
        )
        yield problem(context, resolution, CODE, message, _hint(resolution))


def _hint(resolution: Resolution) -> str:
    """Where the object does exist, the name that was probably meant, or how to declare it."""
    if resolution.meant is not None:
        return f"did you mean `{resolution.meant.name}`, which {resolution.meant.producer} creates?"
    for candidate in resolution.found:
        if candidate.definition.mounted_as and candidate.environment is resolution.environment:
            return (
                f"mount `{candidate.definition.mounted_as.value}` in a pod of the namespace: "
                f"{candidate.definition.producer} creates the {candidate.definition.kind} only then"
            )
    namespaces = other_namespaces(resolution) if resolution.namespace else []
    if namespaces:
        return f"it is defined in namespace `{namespaces[0]}`; pods read their own namespace only"
    return _elsewhere(resolution) or _suggestion(resolution)


def _elsewhere(resolution: Resolution) -> str:
    """What to do with a definition that nothing applies here; empty without one."""
    for candidate in resolution.found:
        if candidate.environment.standing == "component":
            return f"component `{candidate.environment.roots[0]}` defines it: list that under `components`"
        if candidate.environment.standing == "unlisted":
            return f"`{candidate.definition.span.file}` defines it: list that file in the kustomization"
    elsewhere = sorted({candidate.environment.name for candidate in resolution.found})
    return f"environment `{elsewhere[0]}` defines it; define it here as well" if elsewhere else ""


def _suggestion(resolution: Resolution) -> str:
    likely = resolution.likely
    if likely is not None and likely.kind != resolution.reference.kind:
        return f"did you mean {likely.kind} `{likely.name}`?"
    meant = resolution.similar if likely is None else likely.name
    return f"did you mean `{meant}`?" if meant else external_hint(resolution)
