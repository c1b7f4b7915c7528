"""A reference has no name or key, or several sources, so that the API server refuses it.

An env entry takes either `value` or `valueFrom`; `valueFrom` and an `envFrom` entry take exactly one source;
a key reference needs a name and a key. A field that the API does not have there, such as `secretKeyRef` beside
`valueFrom`, is refused too, and so is a mount of a volume that the pod does not define.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - name: LEVEL
      valueFrom: {configMapKeyRef: {name: settings}}
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
      valueFrom: {configMapKeyRef: {name: settings, key: level}}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import problem
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code
from cnilint.resolve.outcome import Resolution

CODE = Code(
    code="CNI105",
    name="malformed-reference",
    severity="error",
    summary="A reference has no name or key, several sources, an unknown field, or an invalid key.",
    effect="The API server refuses the object, or the reference can never resolve.",
)


_HINT = "start it with a letter or `_`, and use only letters, digits and `_`"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    """Sources of variables with a key that no variable can have; the fields of objects are checked as they are read."""
    for resolution in context.broken_as(CODE):
        yield problem(context, resolution, CODE, _message(resolution), _HINT)


def _message(resolution: Resolution) -> Message:
    """The message; a key that may be a part of a Secret's value is not shown."""
    reference, definition = resolution.reference, resolution.found[0].definition
    key = next((key for key in definition.bad_variables() if key not in definition.unquotable), None)
    if key is None:
        return Message(
            "a key of {kind} `{name}` is not a variable name", kind=reference.kind, name=reference.name
        )
    return Message(
        "key `{key}` of {kind} `{name}` is not a variable name",
        key=key,
        kind=reference.kind,
        name=reference.name,
    )
