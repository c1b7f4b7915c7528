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

from cnilint.checks.ownership.context import problem
from cnilint.diagnostics.model import Diagnostic, Message, Related
from cnilint.findings.codes import Code
from cnilint.ownership.explain.values import value_text
from cnilint.ownership.field_names import container_of, short_name
from cnilint.ownership.inputs.live import entry_span
from cnilint.ownership.inputs.positions import FieldPositions
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.changes import Overwrite, overwrites
from cnilint.packs.model import SEVERITY, Effect
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI310",
    name="overwrites-change",
    severity=None,
    summary="Applying the manifests will overwrite a value that somebody else set.",
    effect="The change is lost, and whoever made it may make it again.",
)


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    places = FieldPositions(audited.live.obj.node, kinds.type_of(audited.live.value))
    for change in overwrites(audited):
        span, shown = places.of(change.path) or (audited.live.obj.span, "")
        yield problem(
            audited,
            CODE,
            span,
            _message(audited, change),
            "add the value to the manifest if it is still needed",
            path=shown,
            container=container_of(change.path),
            related=[
                Related(entry_span(audited.live, entry), f"owned by `{entry.identity.text}`")
                for entry in change.setters
            ],
            severity=SEVERITY[Effect.SILENT_OVERRIDE],
            effect=Effect.SILENT_OVERRIDE.value,
        )


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
