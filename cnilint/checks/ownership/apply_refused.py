"""The API server will refuse the apply, and the object stays at the old release while its neighbours move on.

Either the merged object is invalid: an item that another manager keeps loses what the applier alone owned, and
half an object is left (`containers[1].image: Required value`). Or the apply would change what others own, and
conflicts are not forced. Or the manifest is one that no apply takes.

```yaml bad
# run: live.yaml --desired desired --manager helm
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: helm
    operation: Apply
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{"f:MODE":{}}}
  - manager: my-controller
    operation: Update
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{"f:LEVEL":{}}}
data: {LEVEL: info, MODE: fast}
# file: desired/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: debug, MODE: fast}
```

```yaml good
# run: live.yaml --desired desired --manager helm
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: helm
    operation: Apply
    apiVersion: v1
    fieldsType: FieldsV1
    fieldsV1: {"f:data":{"f:LEVEL":{},"f:MODE":{}}}
data: {LEVEL: info, MODE: fast}
# file: desired/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: debug, MODE: fast}
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.words import applier_text, problem, subject
from cnilint.diagnostics.model import Diagnostic, Related
from cnilint.document import Span
from cnilint.findings.codes import Code
from cnilint.ownership.inputs.positions import FieldPositions
from cnilint.ownership.model import ObjectAudit
from cnilint.ssa.fieldpath.fields import paths
from cnilint.ssa.managedfields.refusals import ApplyRefused, ConflictRefused
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI307",
    name="apply-refused",
    severity="error",
    summary="The API server will refuse the apply.",
    effect="The object stays at the old release while its neighbours move on.",
)
_SHOWN = 10


def audit(case: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    refused = case.prediction.refused if case.prediction is not None else None
    # A record that is not in the dump leaves open what the server will say.
    if refused is None or case.unknown:
        return
    if isinstance(refused, ConflictRefused):
        yield from _conflicts(case, refused, kinds)
        return
    span, shown = _half_object(case, refused, kinds)
    related = []
    if case.manifest is not None:
        related.append(Related(case.manifest.fact.owner.span, "the manifest"))
    message = f"the API server will refuse {applier_text(case)} of {subject(case)}: {refused.message}"
    yield problem(case, CODE, span, message, _hint(refused), path=shown, related=related, effect="fatal")


def _conflicts(case: ObjectAudit, refused: ConflictRefused, kinds: Kinds) -> Iterator[Diagnostic]:
    places = FieldPositions(case.live.obj.node, kinds.type_of(case.live.value))
    found = []
    for identity, fields in refused.conflicts.items():
        for path in paths(fields):
            at = places.of(path)
            if at is not None:
                found.append((at[0], at[1], identity.text))
    first = found[0] if found else (case.live.obj.span, "", "")
    related = [Related(span, f"{text} owns it") for span, _, text in found[1:_SHOWN]]
    message = (
        f"the API server will refuse {applier_text(case)} of {subject(case)}: {refused.message}".replace(
            "\n", " "
        )
    )
    hint = "force the conflicts if the manifest is right, or leave the field out of the manifest"
    yield problem(case, CODE, first[0], message, hint, path=first[1], related=related, effect="fatal")


def _half_object(case: ObjectAudit, refused: ApplyRefused, kinds: Kinds) -> tuple[Span, str]:
    """The first leftover in the list that the server complains of; the object where there is none."""
    complained = {cause.field.partition("[")[0] for cause in refused.causes}
    places = FieldPositions(case.live.obj.node, kinds.type_of(case.live.value))
    for kept in case.prediction.kept if case.prediction is not None else ():
        for length in range(1, len(kept.path) + 1):
            head = kept.path[:length]
            names = ".".join(step[2:] for step in head[:-1] if step.startswith("f:"))
            if head[-1].startswith("k:") and names in complained:
                at = places.of(head)
                if at is not None:
                    return at
    return case.live.obj.span, ""


def _hint(refused: ApplyRefused) -> str:
    if any("immutable" in cause.message for cause in refused.causes):
        return "keep the field as it is, or delete the object and apply it anew"
    if refused.status == 422:
        return "take the half object out of the live object, or release its owner, before the upgrade"
    return "mend the manifest"
