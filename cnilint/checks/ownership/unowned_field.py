"""Nobody owns a list item or a key of the live object, so that no apply will ever remove it.

The entry that owned it was deleted (`managedFields` edited by hand), its path was cut out of the record, or
something wrote it that is not recorded: an admission webhook adds its sidecars after ownership is booked. Fields
with a default and fields that the server sets itself are not meant.

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

from cnilint.checks.ownership.words import listed, problem, subject
from cnilint.diagnostics.model import Diagnostic, Related
from cnilint.findings.codes import Code
from cnilint.ownership.inputs.live import Live, Record
from cnilint.ownership.inputs.positions import FieldPositions
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.leftovers import noun
from cnilint.ownership.predict.unowned import unowned
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI304",
    name="unowned-field",
    severity="warning",
    summary="No manager owns a field of the live object.",
    effect="Server-side apply will never prune the field.",
)
_SHOWN = 10


def audit(case: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    if case.live.record is not Record.READ or case.manifest is not None or _is_controlled(case.live):
        return
    if not case.managed and case.live.main:
        return
    here = FieldPositions(case.live.obj.node, kinds.type_of(case.live.value))
    places = [(path, at) for path in unowned(case.live, kinds) if (at := here.of(path)) is not None]
    if not places:
        return
    (_, (span, shown)), *rest = places
    related = [Related(at[0], f"nor does anybody own {noun(path)}") for path, at in rest[:_SHOWN]]
    message = f"no manager owns {listed(path for path, _ in places)} of {subject(case)}"
    hint = "an apply never removes it; give it to the applier, or find the webhook that adds it"
    yield problem(case, CODE, span, message, hint, path=shown, related=related)


def _is_controlled(live: Live) -> bool:
    """Whether a controller made the object from another one: no manifest is behind it."""
    metadata = live.value.get("metadata")
    references = metadata.get("ownerReferences") if isinstance(metadata, dict) else None
    return isinstance(references, list) and any(
        isinstance(reference, dict) and reference.get("controller") is True for reference in references
    )
