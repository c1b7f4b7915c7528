"""The change drops a field that would dangle or override something if it stayed in the live object.

Server-side apply removes a dropped field only from what it owns: a field that another manager owns as well, or of which
the ownership record is damaged, stays. Most leftovers do nothing. One that reads a key which the same change removes keeps
every new pod from starting (`CreateContainerConfigError`); a variable that the container now gets from a ConfigMap as a
whole overrides it.

A rollback is such a move as well: fields come back that need keys of the older release, or override those of the newer
one, as long as the ConfigMap is not rolled back with the workload.

Whether the field stays depends on the live object, which Git does not have: before the sync, check it with
`cnilint ownership live.yaml --desired PATH`, or with `cnilint presync`.

```yaml bad
# run: diff
# file: before/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {network: "{}"}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: agent:1
        env:
        - name: NETWORK
          valueFrom: {configMapKeyRef: {name: agent, key: network}}
# file: after/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: info}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - {name: agent, image: "agent:2"}
```

```yaml good
# run: diff
# file: before/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {network: "{}"}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: agent:1
        env:
        - name: NETWORK
          valueFrom: {configMapKeyRef: {name: agent, key: network}}
# file: after/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {network: "{}", LEVEL: info}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - {name: agent, image: "agent:2"}
```
"""

from collections.abc import Iterator

from msgspec.structs import replace

from cnilint.checks.changes.context import ChangeFacts
from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef, Related
from cnilint.findings.codes import Code
from cnilint.ownership.model import Consequence
from cnilint.ownership.predict.stale import StaleField

CODE = Code(
    code="CNI402",
    name="prune-hazard",
    severity="warning",
    summary="A dropped field would dangle or override something if it stayed in the live object.",
    effect="Where its ownership is shared or damaged, new pods do not start, or run with the old setting.",
)
_HINT = "before the sync, run `cnilint ownership` on the live object, or `cnilint presync`"
_ROLLBACK_HINT = (
    "roll back all objects of the release together: `kubectl rollout undo` changes the workload alone"
)
_NO_EFFECT = "both have the same value now: there is no effect until one of them changes"


def find_change(change: ChangeFacts) -> Iterator[Diagnostic]:
    for each in change.stale:
        owner = each.revised.after.owner
        place = (Related(owner.span, f"{owner.kind} after the change"),)
        found = _problem(each, owner, each.revised.step.after.name, _message(each))
        evidence = (*_origin(change, each), *found.evidence)
        yield replace(found, span=change.place(each.span), hint=_HINT, related=place, evidence=evidence)
    for each in change.returning:
        found = _problem(each, each.revised.before.owner, each.revised.step.before.name, _returning(each))
        yield replace(found, hint=_ROLLBACK_HINT)


def _origin(change: ChangeFacts, each: StaleField) -> Iterator[str]:
    """Where the dropped field was: the finding is shown at the line that has its place."""
    origin = change.origin(each.span)
    if origin:
        yield f"it was at {origin}"


def _problem(each: StaleField, owner: ObjectRef, environment: str, message: Message) -> Diagnostic:
    overrides = each.consequence is Consequence.OVERRIDES_KEY
    return Diagnostic(
        code=CODE.code,
        span=each.span,
        message=message,
        environment=environment,
        owner=owner,
        path=each.shown,
        container=each.container,
        target=each.target,
        effect="silent-override" if overrides else "fatal",
        evidence=(_NO_EFFECT,) if each.is_equal else (),
    )


def _returning(each: StaleField) -> Message:
    names = _names(each)
    if each.consequence is Consequence.OVERRIDES_KEY:
        return Message(
            "{kind} `{name}` comes back, and overrides key `{key}` of {target_kind} `{target}`", **names
        )
    if each.consequence is Consequence.MISSING_OBJECT:
        return Message(
            "{kind} `{name}` comes back, and needs {target_kind} `{target}` to come back with it", **names
        )
    return Message(
        "{kind} `{name}` comes back, and needs key `{key}` of {target_kind} `{target}` to come back with it",
        **names,
    )


def _message(each: StaleField) -> Message:
    names = _names(each)
    if each.consequence is Consequence.OVERRIDES_KEY:
        return Message(
            "{kind} `{name}` would override key `{key}` of {target_kind} `{target}` if it stayed", **names
        )
    if each.consequence is Consequence.MISSING_OBJECT:
        return Message(
            "{kind} `{name}` would not resolve if it stayed: {target_kind} `{target}` is gone", **names
        )
    return Message(
        "{kind} `{name}` would not resolve if it stayed: key `{key}` of {target_kind} `{target}` is gone",
        **names,
    )


def _names(each: StaleField) -> dict[str, str]:
    return {
        "kind": each.field.kind.value,
        "name": each.field.name,
        "target_kind": each.target.kind,
        "target": each.target.name,
        "key": each.target.key or "",
    }
