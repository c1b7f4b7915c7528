"""An optional reference names an object or a key that does not exist.

This is legal: the kubelet leaves the variable unset or omits the file. It is reported as a note, because a typo in an
optional reference has no other symptom.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - name: LEVEL
      valueFrom: {configMapKeyRef: {name: settings, key: levle, optional: true}}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - name: LEVEL
      valueFrom: {configMapKeyRef: {name: settings, key: level, optional: true}}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import external_hint, key_hint, other_namespaces, problem
from cnilint.checks.renamed import renamed
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code
from cnilint.resolve.outcome import Outcome, Resolution

CODE = Code(
    code="CNI106",
    name="optional-dangling",
    severity="note",
    summary="An optional reference names an object or key that does not exist.",
    effect="The pod starts without the variable, the file or the volume's content.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.broken_as(CODE):
        if resolution.outcome is Outcome.RENAMED:
            yield renamed(context, resolution, CODE)
            continue
        keyed = resolution.outcome in (Outcome.MISSING_KEY, Outcome.BINARY_KEY)
        hint = key_hint(resolution, context.spelling) if keyed else _hint(resolution)
        yield problem(context, resolution, CODE, _message(resolution), hint)


def _hint(resolution: Resolution) -> str:
    """How to declare an object that nothing defines."""
    return "" if resolution.found or resolution.similar else external_hint(resolution)


def _message(resolution: Resolution) -> Message:
    reference = resolution.reference
    kind, name, key = reference.kind, reference.name, reference.key or ""
    match resolution.outcome:
        case Outcome.MISSING_KEY:
            return Message("optional key `{key}` not found in {kind} `{name}`", key=key, kind=kind, name=name)
        case Outcome.BINARY_KEY:
            return Message(
                "optional key `{key}` of {kind} `{name}` is binaryData, which variables cannot read",
                key=key,
                kind=kind,
                name=name,
            )
        case Outcome.WRONG_NAMESPACE:
            return Message(
                "optional {kind} `{name}` is defined in namespace `{found}`, but not in `{namespace}`",
                kind=kind,
                name=name,
                found=other_namespaces(resolution)[0],
                namespace=resolution.namespace or "",
            )
        case Outcome.WRONG_KIND:
            return Message(
                "optional {kind} `{name}` does not exist, but a {other} of that name does",
                kind=kind,
                name=name,
                other=resolution.found[0].definition.kind,
            )
        case _:
            return Message(
                "optional {kind} `{name}` is not defined in this environment", kind=kind, name=name
            )
