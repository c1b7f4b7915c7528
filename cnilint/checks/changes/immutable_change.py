"""The change gives a field another value that the API server does not change.

The selector of a Deployment or DaemonSet, most of the spec of a StatefulSet, the template of a Job, the role of a binding
and the data of a ConfigMap with `immutable: true` are fixed when the object is created. Every apply of the new manifest
is refused, and the old object stays as it is.

Delete the object first, give the new one another name, or have the deployer replace it. A Job with
`ttlSecondsAfterFinished`, a hook, and an object with an annotation that makes the deployer recreate it are not reported.

```yaml bad
# run: diff
# file: before/agent.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent, tier: node}}
  template:
    metadata: {labels: {app: agent, tier: node}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
# file: after/agent.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent, tier: node}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
```

```yaml good
# run: diff
# file: before/agent.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent, tier: node}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
# file: after/agent.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
```
"""

from collections.abc import Iterator

from cnilint.checks.changes.context import ChangeFacts
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code
from cnilint.ownership.predict.fixed import FixedField

CODE = Code(
    code="CNI403",
    name="immutable-change",
    severity="error",
    summary="A changed field is immutable: the API server refuses the new manifest.",
    effect="The apply fails, and the old object stays as it is.",
)


def find_change(change: ChangeFacts) -> Iterator[Diagnostic]:
    for each in change.fixed:
        owner = each.revised.after.owner
        yield Diagnostic(
            code=CODE.code,
            span=owner.span,
            message=Message(
                "`{field}` of {kind} `{name}` is immutable",
                field=each.field,
                kind=owner.kind,
                name=owner.name,
            ),
            hint="delete the object first, or give the new one another name",
            environment=each.revised.step.after.name,
            owner=owner,
            path=each.field,
            effect="fatal",
            evidence=tuple(_changed(each)),
        )


def _changed(each: FixedField) -> Iterator[str]:
    if each.members:
        yield f"the change is in {', '.join(f'`{name}`' for name in each.members)}"
