"""No manager owns a list item or key of the live object, so that no apply ever removes it.

The entry that owned it was deleted (`managedFields` edited by hand), its path was removed from the entry, or the
writer is not recorded: an admission webhook adds its sidecars after ownership is recorded. Fields with a default and
fields that the server sets itself are not reported.

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
data: {LEVEL: info, MODE: fast}
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
    fieldsV1: {"f:data":{"f:LEVEL":{},"f:MODE":{}}}
data: {LEVEL: info, MODE: fast}
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.context import problem
from cnilint.diagnostics.model import Diagnostic, Message, Related
from cnilint.findings.codes import Code
from cnilint.ownership.field_names import field_name, listed
from cnilint.ownership.inputs.live import LiveObject, RecordState
from cnilint.ownership.inputs.positions import FieldPlace, FieldPositions
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.unowned import unowned_items
from cnilint.ssa.fieldpath.fields import FieldPath
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI304",
    name="unowned-field",
    severity="warning",
    summary="No manager owns a field of the live object.",
    effect="Server-side apply will never prune the field.",
)
_SHOWN = 10


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    if audited.manifest is not None or not _is_from_manifest(audited):
        return
    places = list(_unowned_places(audited.live, kinds))
    if not places:
        return
    (_, first), *rest = places
    message = Message("no manager owns {fields}", fields=listed(path for path, _ in places))
    related = [Related(at.span, f"{field_name(path)} without an owner") for path, at in rest[:_SHOWN]]
    hint = "no apply removes it: transfer it to the applier, or find the webhook that adds it"
    yield problem(audited, CODE, first.span, message, hint, path=first.shown, related=related)


def _is_from_manifest(audited: ObjectAudit) -> bool:
    """Whether a manifest may define the object: a tool that applies owns part of it, or its owners are lost."""
    if audited.live.record is not RecordState.READ or _is_controlled(audited.live):
        return False
    return audited.is_managed or not audited.live.main


def _unowned_places(live: LiveObject, kinds: Kinds) -> Iterator[tuple[FieldPath, FieldPlace]]:
    positions = FieldPositions(live.obj.node, kinds.type_of(live.value))
    for path in unowned_items(live, kinds):
        at = positions.of(path)
        if at is not None:
            yield path, at


def _is_controlled(live: LiveObject) -> bool:
    """Whether a controller made the object from another one, so that no manifest defines it."""
    metadata = live.value.get("metadata")
    references = metadata.get("ownerReferences") if isinstance(metadata, dict) else None
    return isinstance(references, list) and any(
        isinstance(reference, dict) and reference.get("controller") is True for reference in references
    )
