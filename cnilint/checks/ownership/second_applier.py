"""Two tools that apply manifests own the same object.

Each reverts what the other changed, and neither can remove what the other owns as well: what both own stays when the
manifest drops it. Let only one of them apply the object, and transfer the fields of the other to it. A tool that
takes over the entries of the other when it applies is not reported.

```yaml bad
# run: live.yaml
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
  - manager: helm
    operation: Update
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{".":{},"f:LEVEL":{}}}
data: {LEVEL: info}
```

```yaml good
# run: live.yaml
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
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.context import problem
from cnilint.diagnostics.model import Diagnostic, Message, Related
from cnilint.findings.codes import Code
from cnilint.ownership.field_names import listed, shared_items
from cnilint.ownership.inputs.live import entry_span
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.managers import Role, family, role
from cnilint.ssa.managedfields.entries import APPLY, ManagedFieldsEntry
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI308",
    name="second-applier",
    severity="warning",
    summary="Two GitOps managers own the same object.",
    effect="Each undoes what the other applies.",
)


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    first = audited.apply_entry if audited.applier is not None else _chief(audited)
    name = audited.manager or (first.manager if first is not None else "")
    for entry in audited.live.main:
        if family(entry.manager) != family(name) and _applies(audited, entry):
            yield _second(audited, entry, None if first is entry else first, name)


def _applies(audited: ObjectAudit, entry: ManagedFieldsEntry) -> bool:
    """Whether an entry is of an applier, and not taken over by the one that will apply."""
    if role(entry) is not Role.APPLIER:
        return False
    return audited.applier is None or not audited.applier.migrates(entry)


def _second(
    audited: ObjectAudit, entry: ManagedFieldsEntry, other: ManagedFieldsEntry | None, name: str
) -> Diagnostic:
    related = []
    if other is not None:
        related.append(Related(entry_span(audited.live, other), f"owned by `{other.identity.text}` as well"))
    hint = f"let only `{name}` apply it, and transfer the fields of `{entry.manager}` to it"
    message = _message(entry, other, name)
    return problem(audited, CODE, entry_span(audited.live, entry), message, hint, related=related)


def _message(entry: ManagedFieldsEntry, other: ManagedFieldsEntry | None, name: str) -> Message:
    manager = entry.identity.text
    together = shared_items(entry, other)
    if together:
        return Message(
            "`{manager}` and `{applier}` both apply {fields}",
            manager=manager,
            applier=name,
            fields=listed(together),
        )
    return Message("`{manager}` applies this object as well as `{applier}`", manager=manager, applier=name)


def _chief(audited: ObjectAudit) -> ManagedFieldsEntry | None:
    """The entry of the applier that the object belongs to: one that applies server-side before one that patches."""
    appliers = [entry for entry in audited.live.main if role(entry) is Role.APPLIER]
    return min(appliers, key=lambda entry: entry.operation != APPLY, default=None)
