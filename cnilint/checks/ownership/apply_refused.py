"""The API server refuses the apply, and the object stays at the old release while the others are upgraded.

The merged object may be invalid: a list item that another manager owns as well loses the fields that only the
applier owned, and an incomplete item is left (`containers[1].image: Required value`). Or a map of a custom resource loses
all that it had, and the null that is left is not of its type
([structured-merge-diff#305](https://github.com/kubernetes-sigs/structured-merge-diff/issues/305)). Or the apply changes what
others own, and conflicts are not forced. Or the manifest itself is invalid.

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

from cnilint.checks.ownership.context import problem
from cnilint.diagnostics.model import Diagnostic, Message, Related
from cnilint.findings.codes import Code
from cnilint.ownership.inputs.positions import FieldPlace, FieldPositions, whole_object
from cnilint.ownership.model import ObjectAudit
from cnilint.ssa.fieldpath.fields import paths
from cnilint.ssa.managedfields.nulls import ForbiddenNull
from cnilint.ssa.managedfields.preconditions import UID, VERSION
from cnilint.ssa.managedfields.refusals import ApplyRefused, ConflictRefused
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.named import path_of

CODE = Code(
    code="CNI307",
    name="apply-refused",
    severity="error",
    summary="The API server will refuse the apply.",
    effect="The object stays at the old release while its neighbours move on.",
)
_SHOWN = 10
_NULLS = "https://github.com/kubernetes-sigs/structured-merge-diff/issues/305"


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    refused = audited.prediction.refused if audited.prediction is not None else None
    # Without managedFields it is not known what the server will answer.
    if audited.record_hidden:
        return
    if refused is None:
        yield from _by_dry_run(audited)
        return
    if isinstance(refused, ConflictRefused):
        yield _conflict(audited, refused, kinds)
        return
    place = _refused_place(audited, refused, kinds)
    yield problem(
        audited,
        CODE,
        place.span,
        _message(refused.message),
        _hint(refused),
        path=place.shown,
        related=_manifest(audited),
        effect="fatal",
    )


def _by_dry_run(audited: ObjectAudit) -> Iterator[Diagnostic]:
    """What only the API server itself refuses: a webhook, a policy, a quota."""
    if audited.answer is None or not audited.answer.refused:
        return
    yield problem(
        audited,
        CODE,
        audited.live.obj.span,
        _message(audited.answer.refused),
        "the API server's dry run says so: satisfy the rule of the cluster that it names",
        related=_manifest(audited),
        effect="fatal",
    )


def _manifest(audited: ObjectAudit) -> list[Related]:
    return [] if audited.manifest is None else [Related(audited.manifest.fact.owner.span, "manifest")]


def _message(reason: str) -> Message:
    return Message("the API server refuses this apply: {reason}", reason=reason.replace("\n", " "))


def _conflict(audited: ObjectAudit, refused: ConflictRefused, kinds: Kinds) -> Diagnostic:
    positions = FieldPositions(audited.live.obj.node, kinds.type_of(audited.live.value))
    owned = [
        (identity, at)
        for identity, fields in refused.conflicts.items()
        for path in paths(fields)
        if (at := positions.of(path)) is not None
    ]
    place = owned[0][1] if owned else whole_object(audited.live.obj.span)
    related = [Related(at.span, f"owned by `{identity.text}`") for identity, at in owned[1:_SHOWN]]
    hint = "force the conflicts if the manifest is right, or remove the field from the manifest"
    message = _message(refused.message)
    return problem(
        audited, CODE, place.span, message, hint, path=place.shown, related=related, effect="fatal"
    )


def _refused_place(audited: ObjectAudit, refused: ApplyRefused, kinds: Kinds) -> FieldPlace:
    """The place of the first thing that the server names and the dump has; else that of the object."""
    schema_type = kinds.type_of(audited.live.value)
    positions = FieldPositions(audited.live.obj.node, schema_type)
    merged = audited.live.value if refused.merged is None else refused.merged
    for cause in refused.causes:
        path = path_of(cause.field, merged, schema_type)
        # The field itself may be what is missing: then what it is missing from.
        for length in range(len(path), 0, -1):
            if (at := positions.of(path[:length])) is not None:
                return at
    return whole_object(audited.live.obj.span)


def _hint(refused: ApplyRefused) -> str:
    fields = {cause.field for cause in refused.causes}
    if any("immutable" in cause.message for cause in refused.causes if cause.field != UID):
        return "keep the field as it is, or delete the object and apply it again"
    if "invalid group/version" in refused.message:
        return "remove the entry at that version from managedFields, or store the object again at a version that exists"
    if "managedFields must be nil" in refused.message or fields & {VERSION, UID}:
        return "remove what a copy of a live object has from the manifest: managedFields, resourceVersion and uid"
    nulls = [cause for cause in refused.causes if isinstance(cause, ForbiddenNull)]
    if nulls:
        return _null_hint(nulls[0])
    if refused.status == 422:
        return "before the upgrade, remove the incomplete item from the live object or release its owner"
    return "fix the manifest"


def _null_hint(null: ForbiddenNull) -> str:
    if null.kind not in ("object", "array"):
        return f"set `{null.field}` in the manifest, or leave it out: null is not a value of its type"
    member = "a field of" if null.kind == "object" else "an item of"
    return (
        f"set {member} `{null.field}` in the manifest, or remove it from the live object before the upgrade and write no "
        f"null: the merge makes null of a map or list that loses all that it had, {_NULLS}"
    )
