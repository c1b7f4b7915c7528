"""Applying the manifest will leave a field in the live object that the manifest does not have.

Server-side apply removes a field only when the applier owned it, does not have it any more, and nobody else owns
it. Where another manager owns the field too, or the record of who owned it is lost, the field stays. What that
does decides how much it weighs: a variable overrides what the new release reads elsewhere, a container keeps
running, an annotation does nothing.

A client-side apply does not look at owners: kubectl removes what its annotation on the live object had, Helm 3 what
its old release had (`--previous`), and both leave whatever else was added.

A field that the applier shares with a writer that will never let go of it is reported before that day comes, with
the effect `latent`.

```yaml bad
# run: live.yaml --desired desired --applier istioctl
# file: live.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: istio-operator
    operation: Apply
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec":{"f:template":{"f:spec":{"f:containers":
      {'k:{"name":"agent"}':{".":{},"f:name":{},"f:image":{}}}}}}}
  - manager: velero-server
    operation: Update
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec":{"f:template":{"f:spec":{"f:containers":
      {'k:{"name":"agent"}':{"f:env":{'k:{"name":"LEVEL"}':{".":{},"f:name":{},"f:value":{}}}}}}}}}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: agent:1
        env:
        - {name: LEVEL, value: debug}
# file: desired/agent.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - {name: agent, image: "agent:2"}
```

```yaml good
# run: live.yaml --desired desired --applier istioctl
# file: live.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
  namespace: kube-system
  managedFields:
  - manager: istio-operator
    operation: Apply
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec":{"f:template":{"f:spec":{"f:containers":
      {'k:{"name":"agent"}':{".":{},"f:name":{},"f:image":{},"f:env":{'k:{"name":"LEVEL"}':{".":{},"f:name":{},"f:value":{}}}}}}}}}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: agent:1
        env:
        - {name: LEVEL, value: debug}
# file: desired/agent.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - {name: agent, image: "agent:2"}
```

```yaml bad
# run: live.yaml --desired new.yaml --previous old.yaml --applier helm-3
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: info, MODE: fast}
# file: old.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: info}
# file: new.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: debug}
```

```yaml good
# run: live.yaml --desired new.yaml --previous old.yaml --applier helm-3
# file: live.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: info, MODE: fast}
# file: old.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: info, MODE: fast}
# file: new.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: debug}
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.words import applier_text, listed, problem, shared
from cnilint.diagnostics.model import Diagnostic, Severity
from cnilint.findings.codes import Code
from cnilint.ownership.explain.causes import why
from cnilint.ownership.inputs.live import entry_span
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import migrates
from cnilint.ownership.predict.managers import Role, role
from cnilint.ownership.repair.steps import first_aid
from cnilint.packs.model import SEVERITY
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI301",
    name="left-behind",
    severity=None,
    summary="Applying the manifests will leave a field in the live object that they do not have.",
    effect="The old field keeps working beside the new ones.",
)


def audit(case: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    if case.unknown:
        # Nothing is known of who owns what: CNI306 says what would be left if nobody does.
        return
    for leftover in case.leftovers:
        if leftover.target is None:
            message = f"{applier_text(case)} will leave {leftover.what} behind: it {leftover.does}; {why(case, leftover)}"
            yield problem(
                case,
                CODE,
                leftover.span,
                message,
                first_aid(case, leftover),
                path=leftover.shown,
                container=leftover.container,
                severity=SEVERITY[leftover.effect],
                effect=leftover.effect.value,
            )
    yield from _latent(case)


def _latent(case: ObjectAudit) -> Iterator[Diagnostic]:
    if case.applier is not None and not case.applier.server_side:
        # A client-side apply removes what it brought, whoever owns it too.
        return
    keepers = {entry.identity for leftover in case.leftovers for entry in leftover.owners}
    for entry in case.live.main:
        if entry is case.own or entry.identity in keepers or not _stays(case, entry):
            continue
        together = shared(entry, case.own)
        if together:
            message = (
                f"{entry.identity.text} owns {listed(together)} together with {case.own.manager if case.own else ''}: "
                "they will stay on the day the manifest drops them"
            )
            hint = "hand its fields over before the next upgrade"
            severity: Severity = "warning" if _is_residue(case, entry) else "note"
            yield problem(
                case, CODE, entry_span(case.live, entry), message, hint, severity=severity, effect="latent"
            )


def _stays(case: ObjectAudit, entry: ManagedFieldsEntry) -> bool:
    """Whether an entry is one that no other check speaks of and that the applier does not take over."""
    spoken_of = (
        (Role.PERSON, Role.CONTROLLER) if case.is_own(entry) else (Role.PERSON, Role.CONTROLLER, Role.APPLIER)
    )
    return role(entry) not in spoken_of and not (case.applier is not None and migrates(case.applier, entry))


def _is_residue(case: ObjectAudit, entry: ManagedFieldsEntry) -> bool:
    return case.is_own(entry) or role(entry) in (Role.SERVER, Role.RESTORE)
