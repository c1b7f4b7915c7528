"""The change renames a workload, or moves it to another kind or namespace: the old one may keep running beside the new one.

An apply creates the new object and does not touch the old one. Where nothing prunes, both run: two DaemonSets of one
network plugin write the same files on each node and take the same ports.

Delete the old object, or have the deployer prune what is no longer in the manifests. Where every Application or
Kustomization of the repository that applies the folder says that it prunes, nothing is reported.

```yaml bad
# run: diff
# file: before/agent.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
# file: after/agent.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: network}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:2"}]}
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
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
# file: after/other.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: monitor, namespace: kube-system}
spec:
  selector: {matchLabels: {app: monitor}}
  template:
    metadata: {labels: {app: monitor}}
    spec: {containers: [{name: monitor, image: "monitor:2"}]}
```
"""

from collections.abc import Iterator

from cnilint.checks.changes.context import ChangeFacts
from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef, Related
from cnilint.findings.codes import Code

CODE = Code(
    code="CNI404",
    name="replaced-workload",
    severity="warning",
    summary="A workload is renamed or replaced, and the old one keeps running where nothing deletes it.",
    effect="Two generations of one program run beside each other.",
)


def find_change(change: ChangeFacts) -> Iterator[Diagnostic]:
    for each in change.replaced:
        old, new = each.removed.owner, each.added.owner
        yield Diagnostic(
            code=CODE.code,
            span=new.span,
            message=Message(
                "{old_kind} `{old}` is replaced by {kind} `{name}`, and may keep running",
                old_kind=old.kind,
                old=_name(old),
                kind=new.kind,
                name=_name(new),
            ),
            hint=f"delete {old.kind} `{_name(old)}`, unless the deployer prunes it",
            environment=each.step.after.name,
            owner=new,
            path=f"{old.kind}/{_name(old)}",
            related=(Related(change.place(old.span), f"{old.kind} `{_name(old)}` was here"),),
            effect="degraded",
            confidence="likely",
            evidence=(each.evidence,),
        )


def _name(owner: ObjectRef) -> str:
    return f"{owner.namespace}/{owner.name}" if owner.namespace else owner.name
