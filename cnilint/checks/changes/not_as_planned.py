"""A live object is not what the plan of the sync said it would be.

`cnilint presync --snapshot DIR` saves the live objects before a sync, and what the sync was predicted to make of them.
`cnilint presync --since-snapshot DIR` compares them with the cluster afterwards. An object that has the same values as
before was not applied: the sync stopped earlier, or leaves the object out. One with other values than predicted was
changed by something that the prediction does not know: an admission webhook, a controller, a person, another tool.

Values of Secrets are neither saved nor compared: only their keys are. What the control plane writes is left out.

```yaml bad
# run: presync desired --manager argocd-controller --force --since-snapshot saved
# file: saved/snapshot.json
{"schema": "cnilint-snapshot/1", "objects": [{"apiVersion": "v1", "kind": "ConfigMap", "namespace": "kube-system",
  "name": "agent", "planned": "applied", "live": "objects/agent.json", "predicted": "predicted/agent.json"}]}
# file: saved/objects/agent.json
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "agent", "namespace": "kube-system"},
  "data": {"LEVEL": "info"}}
# file: saved/predicted/agent.json
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "agent", "namespace": "kube-system"},
  "data": {"LEVEL": "debug"}}
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{"f:LEVEL":{}}}
data: {LEVEL: info}
# file: desired/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: debug}
```

```yaml good
# run: presync desired --manager argocd-controller --force --since-snapshot saved
# file: saved/snapshot.json
{"schema": "cnilint-snapshot/1", "objects": [{"apiVersion": "v1", "kind": "ConfigMap", "namespace": "kube-system",
  "name": "agent", "planned": "applied", "live": "objects/agent.json", "predicted": "predicted/agent.json"}]}
# file: saved/objects/agent.json
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "agent", "namespace": "kube-system"},
  "data": {"LEVEL": "info"}}
# file: saved/predicted/agent.json
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "agent", "namespace": "kube-system"},
  "data": {"LEVEL": "debug"}}
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{"f:LEVEL":{}}}
data: {LEVEL: debug}
# file: desired/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: debug}
```
"""

from collections.abc import Iterator

from cnilint.checks.changes.context import ChangeFacts
from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef
from cnilint.diagnostics.span import Span
from cnilint.findings.codes import Code
from cnilint.ownership.field_names import container_of, listed
from cnilint.ownership.inputs.positions import FieldPlace, FieldPositions, whole_object
from cnilint.ownership.since import SinceOutcome
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI406",
    name="not-as-planned",
    severity="warning",
    summary="A live object is not what the plan of the sync said it would be.",
    effect="The sync did not do what was checked before it.",
)
_HINTS = {
    "otherwise": "find who changed it: a webhook, a controller, a person or another tool",
    "not applied": "check whether the sync ended, and whether it leaves the object out",
    "gone": "find who deleted it, and apply it again",
    "kept": "delete it, or find out why the sync keeps it",
}


def find_change(change: ChangeFacts) -> Iterator[Diagnostic]:
    for each in change.since:
        if each.is_unplanned:
            yield _problem(each, change.kinds)


def _problem(each: SinceOutcome, kinds: Kinds) -> Diagnostic:
    saved = each.saved
    place = _place(each, kinds)
    return Diagnostic(
        code=CODE.code,
        span=place.span,
        message=_message(each),
        hint=_HINTS[each.state],
        owner=ObjectRef(
            api_version=saved.api_version,
            kind=saved.kind,
            namespace=saved.namespace,
            name=saved.name,
            span=place.span,
        ),
        path=place.shown,
        container=container_of(each.fields[0]) if each.fields else "",
    )


def _message(each: SinceOutcome) -> Message:
    saved = each.saved
    if each.state == "gone":
        return Message("{kind} `{name}` was in the snapshot and is gone", kind=saved.kind, name=saved.name)
    if each.state == "kept":
        return Message(
            "{kind} `{name}` is still there: its deletion was planned", kind=saved.kind, name=saved.name
        )
    fields = listed(each.fields)
    if each.state == "not applied":
        return Message("planned change was not applied: {fields}", fields=fields)
    return Message("not as planned: {fields}", fields=fields)


def _place(each: SinceOutcome, kinds: Kinds) -> FieldPlace:
    """The place of the first field that the live object has; that of the object, or of its file, where there is none."""
    if each.live is None:
        return whole_object(Span(file=each.saved.file, line=1, column=1, end_line=1, end_column=1))
    positions = FieldPositions(each.live.obj.node, kinds.type_of(each.live.value))
    return next(
        (place for path in each.fields if (place := positions.of(path)) is not None),
        whole_object(each.live.obj.span),
    )
