"""The record of who owns the object cannot be read: it is empty, cannot be decoded, or is not in the dump.

These are three different things. An empty record was cleared (by a client that wrote `managedFields: [{}]`, by a
restore, or by the server itself for an object that was too large): the next server-side apply books every field on
`before-first-apply` and removes nothing. A record that cannot be decoded makes the server refuse every apply. A
record that is not in the dump may be perfectly well: kubectl hides it unless it is asked with
`--show-managed-fields`.

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

from collections.abc import Iterator

from cnilint.checks.ownership.words import problem, subject
from cnilint.diagnostics.model import Diagnostic, Related
from cnilint.findings.codes import Code
from cnilint.ownership.inputs.live import Record, key_span
from cnilint.ownership.model import ObjectAudit
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI306",
    name="unreadable-ownership",
    severity="error",
    summary="The live object's managedFields are empty, undecodable or hidden.",
    effect="What an apply will prune and leave cannot be told.",
)
_SHOWN = 3
_ASK_AGAIN = "dump it again with 'kubectl get --show-managed-fields -o yaml'"


def audit(case: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    live = case.live
    span = key_span(live.obj.node.get("metadata"), "managedFields") or live.obj.span
    if live.record is Record.UNDECODABLE:
        message = (
            f"the managedFields of {subject(case)} cannot be decoded: {live.fault}; "
            "the server refuses every server-side apply"
        )
        yield problem(
            case, CODE, live.fault_span or span, message, "clear the record and restore it for the applier"
        )
    elif live.record is Record.CLEARED:
        message = (
            f"the managedFields of {subject(case)} are empty: the next server-side apply will remove nothing"
        )
        yield problem(
            case, CODE, span, message, "give the applier an entry of its own before the next upgrade"
        )
    elif case.unknown:
        message = f"the managedFields of {subject(case)} are not in this dump: they are hidden, or they were cleared"
        yield problem(case, CODE, span, message + _would_be_left(case), _ASK_AGAIN, related=_related(case))


def _would_be_left(case: ObjectAudit) -> str:
    """What the apply would leave if there is no record at all."""
    if not case.leftovers:
        return ""
    broken = [leftover for leftover in case.leftovers if leftover.target is not None]
    names = ", ".join(leftover.what for leftover in broken[:3])
    dangling = f", of which {len(broken)} would dangle: {names}" if broken else ""
    noun = "field" if len(case.leftovers) == 1 else "fields"
    return f"; if they were cleared, the apply will leave {len(case.leftovers)} {noun} behind{dangling}"


def _related(case: ObjectAudit) -> list[Related]:
    ordered = sorted(case.leftovers, key=lambda leftover: leftover.target is None)
    return [
        Related(leftover.span, f"if cleared: {leftover.what} stays and {leftover.does}")
        for leftover in ordered[:_SHOWN]
    ]
