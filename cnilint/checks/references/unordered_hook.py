"""A hook, or an object of an early sync wave, reads what is only created after it.

Helm runs `pre-install` hooks before it creates the objects of the release, and Argo CD runs `PreSync` hooks before the
sync. On the first installation a Job of that phase waits for a ConfigMap, Secret or ServiceAccount of the release until
the timeout. So does a workload of an earlier sync wave, because Argo CD waits until a wave is healthy. Before an upgrade
the objects of the previous release are there, so a hook that runs only then is a note.

With live objects (`--cluster`, `--live`, `cnilint presync`) the cluster decides: what it already has is not missing, and
what it certainly does not have is an error.

Make the object a hook of the same phase with a lower weight, or let the program run after the release.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: database}
data: {host: db}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {helm.sh/hook: pre-install}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: migrate
        envFrom: [{configMapRef: {name: database}}]
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata:
  name: database
  annotations: {helm.sh/hook: pre-install, helm.sh/hook-weight: "-5"}
data: {host: db}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {helm.sh/hook: pre-install}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: migrate
        envFrom: [{configMapRef: {name: database}}]
```
"""

from collections.abc import Iterator

from msgspec.structs import replace

from cnilint.checks.context import CheckContext
from cnilint.checks.reference import label
from cnilint.diagnostics.model import Diagnostic, Message, Phase, Related, Target
from cnilint.facts.model import Definition
from cnilint.findings.codes import Code
from cnilint.resolve.holders import Nearness
from cnilint.resolve.outcome import DEFINED, Resolution

CODE = Code(
    code="CNI114",
    name="unordered-hook",
    severity="warning",
    summary="A hook or an early sync wave reads an object that is created after it.",
    effect="The first installation waits for the object until it times out.",
)
_WAITED_FOR = frozenset(("DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"))
"""Kinds that are not healthy before their pods run."""


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for resolution in context.resolutions:
        later = _created_later(resolution)
        if later is None:
            continue
        is_live = context.index.is_live(resolution.reference, resolution.namespace)
        if not is_live:
            yield _problem(resolution, later, surely_absent=is_live is False)


def _created_later(resolution: Resolution) -> Definition | None:
    """The definition that resolves a reference, if all that do are created after the reader."""
    if not _waits(resolution):
        return None
    reader = resolution.reference.owner
    found = [candidate.definition for candidate in resolution.found]
    return found[0] if found and all(_is_later(each.phase, reader.phase) for each in found) else None


def _waits(resolution: Resolution) -> bool:
    """Whether a reader that has to become healthy needs what its own environment defines."""
    if resolution.outcome not in DEFINED or resolution.reference.optional or resolution.environment.unjudged:
        return False
    is_own = all(each.nearness is Nearness.OWN for each in resolution.found)
    return is_own and resolution.reference.owner.kind in _WAITED_FOR


def _is_later(phase: Phase, reader: Phase) -> bool:
    return (phase.step, phase.weight) > (reader.step, reader.weight) and reader.step <= 0


def _problem(resolution: Resolution, later: Definition, *, surely_absent: bool) -> Diagnostic:
    reference = resolution.reference
    reader = reference.owner.phase
    message = Message(
        "{kind} `{name}` is created after this {reader}, which reads it",
        kind=reference.kind,
        name=reference.name,
        reader="hook" if reader.step else "sync wave",
    )
    found = Diagnostic(
        code=CODE.code,
        span=reference.name_span,
        message=message,
        hint="create it in the same phase with a lower weight, or run this later",
        environment=resolution.environment.name,
        owner=reference.owner,
        path=reference.name_path,
        container=reference.container,
        target=Target(
            kind=reference.kind, namespace=resolution.namespace, name=reference.name, key=reference.key
        ),
        related=(Related(later.span, label(later)),),
        severity="warning",
    )
    if surely_absent:
        return replace(found, severity="error", evidence=("the cluster does not have it yet",))
    if reader.certain:
        return found
    evidence = "it runs before an upgrade, when the previous release may have the object"
    return replace(found, severity="note", confidence="possible", evidence=(evidence,))
