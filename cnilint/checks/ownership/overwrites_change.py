"""The apply overwrites a value that somebody else set.

A person or a controller changed a value of the live object, and the manifest has another one. An apply that forces
conflicts, or a patch that a client computes, sets the value of the manifest and does not say so.

```yaml bad
# run: live.yaml --desired desired --applier argocd
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: kubectl-edit
    operation: Update
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{"f:LEVEL":{}}}
data: {LEVEL: debug}
# file: desired/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: info}
```

```yaml good
# run: live.yaml --desired desired --applier argocd
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
data: {LEVEL: info}
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.context import change_problems
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code
from cnilint.ownership.explain.values import value_text
from cnilint.ownership.field_names import short_name
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.changes import Overwrite, overwrites
from cnilint.packs.model import Effect
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI310",
    name="overwrites-change",
    severity=None,
    summary="Applying the manifests will overwrite a value that somebody else set.",
    effect="The change is lost, and whoever made it may make it again.",
)


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    found = ((each, Effect.SILENT_OVERRIDE) for each in overwrites(audited))
    hint = "add the value to the manifest if it is still needed"
    yield from change_problems(audited, CODE, kinds, found, lambda each: (_message(audited, each), hint))


def _message(audited: ObjectAudit, change: Overwrite) -> Message:
    field = short_name(change.path)
    kind, name, manager = field.kind.value, field.name, change.setters[0].identity.text
    old = value_text(audited.live, change.path, change.old)
    new = value_text(audited.live, change.path, change.new)
    if old and new:
        return Message(
            "{kind} `{name}` of `{manager}` is overwritten: `{old}` becomes `{new}`",
            kind=kind,
            name=name,
            manager=manager,
            old=old,
            new=new,
        )
    return Message("{kind} `{name}` of `{manager}` is overwritten", kind=kind, name=name, manager=manager)
