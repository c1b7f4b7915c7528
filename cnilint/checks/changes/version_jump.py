"""The sync moves a component back, or over more minor releases at once than its documentation allows.

Some components migrate their state from one minor release to the next only, so that a release in between may not be
left out. Install each of them first. A downgrade is reported too: settings, custom resources and stored state of the
newer release may be unknown to the older one.

The live version is the one of the running workloads, the new one that of the manifests or of `--target`.

```yaml bad
# run: presync desired --manager argocd-controller --force
# file: live.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: cilium
  namespace: kube-system
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec":{"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:containers":
      {'k:{"name":"agent"}':{".":{},"f:name":{},"f:image":{}}}}}}}
spec:
  selector: {matchLabels: {app: cilium}}
  template:
    metadata: {labels: {app: cilium}}
    spec:
      containers:
      - {name: agent, image: "quay.io/cilium/cilium:v1.15.6"}
# file: desired/cilium.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec:
  selector: {matchLabels: {app: cilium}}
  template:
    metadata: {labels: {app: cilium}}
    spec:
      containers:
      - {name: agent, image: "quay.io/cilium/cilium:v1.17.1"}
```

```yaml good
# run: presync desired --manager argocd-controller --force
# file: live.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: cilium
  namespace: kube-system
  managedFields:
  - manager: argocd-controller
    operation: Apply
    apiVersion: apps/v1
    fieldsType: FieldsV1
    fieldsV1: {"f:spec":{"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:containers":
      {'k:{"name":"agent"}':{".":{},"f:name":{},"f:image":{}}}}}}}
spec:
  selector: {matchLabels: {app: cilium}}
  template:
    metadata: {labels: {app: cilium}}
    spec:
      containers:
      - {name: agent, image: "quay.io/cilium/cilium:v1.16.3"}
# file: desired/cilium.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec:
  selector: {matchLabels: {app: cilium}}
  template:
    metadata: {labels: {app: cilium}}
    spec:
      containers:
      - {name: agent, image: "quay.io/cilium/cilium:v1.17.1"}
```
"""

from collections.abc import Iterator

from cnilint.checks.changes.context import ChangeFacts
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code

CODE = Code(
    code="CNI405",
    name="version-jump",
    severity="warning",
    summary="A downgrade, or an upgrade over more minor releases at once than the component supports.",
    effect="State that only a release in between migrates, or that the older release does not know, is lost.",
)


def find_change(change: ChangeFacts) -> Iterator[Diagnostic]:
    for environment, one in change.upgrades:
        names = {"component": one.component, "before": str(one.before), "after": str(one.after)}
        if one.is_downgrade:
            message = Message("{component} is downgraded from {before} to {after}", **names)
            hint = "check that the older release still reads the settings and stored objects of the newer one"
        elif one.steps:
            message = Message(
                "{component} jumps from {before} to {after}, more minors than it supports at once", **names
            )
            hint = f"install {', '.join(one.steps)} first"
        else:
            continue
        yield Diagnostic(
            code=CODE.code,
            span=one.span,
            message=message,
            hint=hint,
            environment=environment,
            owner=one.owner,
        )
