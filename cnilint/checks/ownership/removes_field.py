"""The apply removes a field that is in use.

An apply removes what the applier owned and the manifest no longer has. That is reported if the manifest does have the
field, if somebody other than the applier set it, or if the object runs in another way without it: replicas fall back
to one, limits, probes and tolerations are gone. A field that the server fills in again with the same value is not
reported, nor one of the applier's own that changes nothing else.

```yaml bad
# run: live.yaml --desired desired --applier argocd
# file: live.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec":{"f:replicas":{},"f:selector":{}}}
spec:
  replicas: 6
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
# file: desired/agent.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
```

```yaml good
# run: live.yaml --desired desired --applier argocd
# file: live.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec":{"f:replicas":{},"f:selector":{}}}
spec:
  replicas: 1
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
# file: desired/agent.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.context import change_problems
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code
from cnilint.ownership.explain.values import value_text
from cnilint.ownership.field_names import short_name
from cnilint.ownership.model import ObjectAudit, Removal
from cnilint.ownership.predict.changes import removals
from cnilint.packs.model import Effect
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.typed import Absent

CODE = Code(
    code="CNI309",
    name="removes-field",
    severity=None,
    summary="Applying the manifests will remove a field that is in use.",
    effect="The object runs without the setting, or loses what others set.",
)


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    found = ((each, Effect.FATAL if each.wanted else Effect.DEGRADED) for each in removals(audited))
    yield from change_problems(
        audited, CODE, kinds, found, lambda each: (_message(audited, each), _hint(each))
    )


def _message(audited: ObjectAudit, removal: Removal) -> Message:
    field = short_name(removal.path)
    kind, name = field.kind.value, field.name
    if removal.wanted:
        return Message("{kind} `{name}` is removed although the manifest has it", kind=kind, name=name)
    old = value_text(audited.live, removal.path, removal.old)
    if old and not isinstance(removal.default, Absent):
        new = value_text(audited.live, removal.path, removal.default)
        return Message(
            "{kind} `{name}` is reset from `{old}` to `{new}`", kind=kind, name=name, old=old, new=new
        )
    if removal.does:
        return Message("{kind} `{name}` is removed: {does}", kind=kind, name=name, does=removal.does)
    if removal.setters:
        manager = removal.setters[0].identity.text
        return Message("{kind} `{name}` of `{manager}` is removed", kind=kind, name=name, manager=manager)
    return Message("{kind} `{name}` is removed, and nobody is recorded as its owner", kind=kind, name=name)


def _hint(removal: Removal) -> str:
    if removal.wanted:
        return "apply server-side, or replace the object: a client-side patch matches these items by one key"
    return "add the field to the manifest if it is still needed"
