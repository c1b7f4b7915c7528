"""The `managedFields` of the object cannot be read: empty, not decodable, or not in the dump.

A custom resource with an entry at a version that its definition no longer has cannot be applied either: the server
answers every server-side apply with an error (`request to convert CR to an invalid group/version`).

The first three are different things. An empty `managedFields` was cleared (by a client that wrote `managedFields: [{}]`,
by a restore, or by the server itself for an object that was too large): the next server-side apply assigns every
field to `before-first-apply` and removes nothing. If it cannot be decoded, the server refuses every apply. If it is
not in the dump, it may be intact: kubectl hides it unless called with `--show-managed-fields`.

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
    fieldsV1: {"data":{}}
data: {LEVEL: info}
```

```yaml bad
# run: live.yaml
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system, managedFields: [{}]}
data: {LEVEL: info}
```

```yaml bad
# run: live.yaml
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
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

from collections.abc import Iterator, Sequence

from cnilint.checks.ownership.context import problem
from cnilint.diagnostics.model import Diagnostic, Message, Related
from cnilint.diagnostics.wording import quantity
from cnilint.findings.codes import Code
from cnilint.ownership.explain.wording import clause
from cnilint.ownership.field_names import full_name
from cnilint.ownership.inputs.live import RecordState, entry_span, record_span
from cnilint.ownership.model import Leftover, ObjectAudit, worst_first
from cnilint.ssa.schema.kinds import Kinds, is_prerelease

CODE = Code(
    code="CNI306",
    name="unreadable-ownership",
    severity="error",
    summary="The live object's managedFields are empty, undecodable or hidden.",
    effect="What an apply prunes and what it leaves behind is unknown.",
)
_DUMP_AGAIN = "dump it again with 'kubectl get --show-managed-fields -o yaml'; if it was made so, give --managed-fields-shown"


def audit_dump(audited: Sequence[ObjectAudit]) -> Iterator[Diagnostic]:
    """One finding for all objects of a dump that hides who owns what."""
    hidden = [one for one in audited if one.record_hidden]
    if not hidden:
        return
    left = [(one, leftover) for one in hidden for leftover in one.leftovers]
    left.sort(key=lambda found: worst_first(found[1]))
    hint = _DUMP_AGAIN + _would_be_left([leftover for _, leftover in left])
    related = [
        Related(leftover.span, f"left behind if cleared: {full_name(leftover.path)} {clause(leftover)}")
        for _, leftover in left
    ]
    if len(hidden) == 1:
        message = Message("managedFields is not in this dump: hidden by kubectl, or cleared")
        yield problem(hidden[0], CODE, record_span(hidden[0].live), message, hint, related=related)
        return
    message = Message(
        "managedFields is not in this dump of {count} objects: hidden by kubectl, or cleared",
        count=str(len(hidden)),
    )
    # It is a finding of the dump: no object is its owner.
    yield Diagnostic(
        code=CODE.code,
        span=record_span(hidden[0].live),
        message=message,
        hint=hint,
        related=tuple(related),
    )


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    live = audited.live
    span = record_span(live)
    if live.record is RecordState.UNDECODABLE:
        message = Message(
            "managedFields cannot be decoded, so the server refuses every apply: {reason}", reason=live.fault
        )
        hint = "clear managedFields and restore the entry of the applier"
        yield problem(audited, CODE, live.fault_span or span, message, hint)
    elif live.record is RecordState.CLEARED:
        message = Message("managedFields is empty, so the next server-side apply removes nothing")
        yield problem(
            audited, CODE, span, message, "restore the entry of the applier before the next upgrade"
        )
    elif audited.record_hidden:
        return
    elif audited.manifest is not None and audited.applier is not None and audited.applier.inherited:
        yield _inherited(audited)
    else:
        yield from _at_unknown_versions(audited, kinds)


def _inherited(audited: ObjectAudit) -> Diagnostic:
    """The release record has the method of the last revision, and the dump does not: a client-side patch and a creation
    by POST leave the same entry."""
    entry = next(filter(audited.is_applier_entry, audited.live.main))
    return problem(
        audited,
        CODE,
        entry_span(audited.live, entry),
        Message("`{manager}` has an Update entry only, so it may patch client-side", manager=entry.manager),
        "give the old manifests with --previous; if the release is applied server-side, name that applier",
        severity="warning",
    )


def _at_unknown_versions(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    """Entries of a custom resource at a version older than its own, of which no definition says that it still exists."""
    obj = audited.live.obj
    if (
        audited.manifest is None
        or not audited.server_side
        or kinds.find(obj.api_version, obj.kind) is not None
    ):
        return
    for entry in audited.live.entries:
        if entry.api_version != obj.api_version and is_prerelease(entry.api_version):
            yield problem(
                audited,
                CODE,
                entry_span(audited.live, entry),
                Message(
                    "the entry of `{manager}` is at `{version}`; if that is gone, every apply fails",
                    manager=entry.identity.text,
                    version=entry.api_version,
                ),
                f"if the CustomResourceDefinition no longer has {entry.api_version}, remove the entry from "
                "managedFields; with the definition in the input this is certain",
            )


def _would_be_left(left: Sequence[Leftover]) -> str:
    """What the apply would leave if there is no record at all."""
    if not left:
        return ""
    broken = [leftover for leftover in left if leftover.target is not None]
    names = ", ".join(dict.fromkeys(str(leftover.field) for leftover in broken))
    dangling = f", {len(broken)} of them dangling: {names}" if broken else ""
    return f"; if cleared, the apply leaves {quantity(len(left), 'field')} behind{dangling}"
