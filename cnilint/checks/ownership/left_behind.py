"""Applying the manifest will leave a field in the live object that the manifest does not have.

Server-side apply removes a field only when the applier owned it, the manifest no longer has it, and nobody else owns
it. If another manager owns the field as well, or its owner is no longer recorded, the field stays. The severity
follows from the effect: an error where the field overrides something or acts on its own (a variable, a container, a
port of a Service), a warning where it may (a volume, a list item of unknown use), a note where it does nothing (an
annotation that nobody reads).

A client-side apply ignores owners: kubectl removes what its annotation on the live object has, Helm 3 what its old
release has (`--previous`), and both leave whatever else was added.

A field that the applier shares with a writer that never releases it is reported before it is dropped, with the
effect `latent`.

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

from cnilint.checks.ownership.context import leftover_problem, problem
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code
from cnilint.ownership.field_names import listed, shared_items
from cnilint.ownership.inputs.live import entry_span
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.managers import Role, role
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI301",
    name="left-behind",
    severity=None,
    summary="Applying the manifests will leave a field in the live object that they do not have.",
    effect="The old field keeps working beside the new ones.",
)


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    if audited.record_hidden:
        # Who owns what is not known: CNI306 says what would be left if nobody does.
        return
    for leftover in audited.leftovers:
        if leftover.target is None:
            yield leftover_problem(audited, CODE, leftover)
    if audited.server_side and audited.prunes:
        # A client-side apply removes what it added, whoever owns it too.
        yield from _latent(audited)


def _latent(audited: ObjectAudit) -> Iterator[Diagnostic]:
    """Fields that the applier shares with a writer that will never release them."""
    keepers = {entry.identity for leftover in audited.leftovers for entry in leftover.owners}
    for entry in audited.live.main:
        if entry.identity in keepers or not _never_releases(audited, entry):
            continue
        together = shared_items(entry, audited.apply_entry)
        if together:
            yield problem(
                audited,
                CODE,
                entry_span(audited.live, entry),
                Message(
                    "`{manager}` shares {fields} and will keep what the manifest drops",
                    manager=entry.identity.text,
                    fields=listed(together),
                ),
                f"transfer its fields to `{audited.manager}` before the next upgrade",
                severity="warning" if _is_residue(audited, entry) else "note",
                effect="latent",
            )


def _never_releases(audited: ObjectAudit, entry: ManagedFieldsEntry) -> bool:
    """Whether an entry is reported by no other check and the applier does not take it over."""
    if entry is audited.apply_entry or (audited.applier is not None and audited.applier.migrates(entry)):
        return False
    reported = (
        Role.PERSON,
        Role.CONTROLLER,
        Role.CONTROL_PLANE,
        *(() if audited.is_applier_entry(entry) else (Role.APPLIER,)),
    )
    return role(entry) not in reported


def _is_residue(audited: ObjectAudit, entry: ManagedFieldsEntry) -> bool:
    return audited.is_applier_entry(entry) or role(entry) in (Role.SERVER, Role.RESTORE)
