"""The API server, asked for the apply as a dry run, answers otherwise than predicted.

A prediction is made from the live object, its managedFields and the manifest. It does not know admission webhooks,
policies and quotas of the cluster, nor defaults of custom resources. `cnilint presync --server-dry-run` asks the API
server for each apply, as the manager of the applier, and reports each field in which its answer is another one. The
server is right: look at the field before the sync.

An apply that the server refuses although it was predicted to succeed is CNI307.

```yaml bad
# run: presync desired --manager argocd-controller --force --server-dry-run
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
# file: answer.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: debug, INJECTED: by-a-webhook}
# file: desired/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: debug}
```

```yaml good
# run: presync desired --manager argocd-controller --force --server-dry-run
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
# file: answer.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: debug}
# file: desired/agent.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: agent, namespace: kube-system}
data: {LEVEL: debug}
```
"""

from collections.abc import Iterator

from cnilint.checks.ownership.context import problem
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code
from cnilint.ownership.field_names import container_of
from cnilint.ownership.inputs.positions import FieldPositions, path_label, shown_path
from cnilint.ownership.model import ObjectAudit
from cnilint.ssa.schema.kinds import Kinds

CODE = Code(
    code="CNI311",
    name="dry-run-differs",
    severity="warning",
    summary="The API server would store another object than predicted.",
    effect="The plan of this object is not what the apply does.",
)
_HINT = "an admission webhook or a default of the cluster is not predicted: check what it does here"


def audit(audited: ObjectAudit, kinds: Kinds) -> Iterator[Diagnostic]:
    answer, prediction = audited.answer, audited.prediction
    if answer is None or answer.refused or prediction is None:
        return
    if prediction.refused is not None:
        yield problem(
            audited,
            CODE,
            audited.live.obj.span,
            Message("the API server accepts this apply, which was predicted to be refused"),
            "compare the predicted reason with the rules of the cluster",
        )
    places = FieldPositions(audited.live.obj.node, kinds.type_of(audited.live.value))
    for path in answer.differs:
        place = places.of(path)
        yield problem(
            audited,
            CODE,
            audited.live.obj.span if place is None else place.span,
            Message(
                "the API server's dry run differs from the prediction in `{field}`", field=path_label(path)
            ),
            _HINT,
            path=shown_path(path),
            container=container_of(path),
        )
