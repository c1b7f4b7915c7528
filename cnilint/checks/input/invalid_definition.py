"""A ConfigMap or Secret has a key or a name that the API server refuses, or more than 1 MiB of data.

Values of `data` in a Secret and of `binaryData` have to be base64. Metadata of the wrong type, such as labels that are a
list or an invalid time, is reported for any object; and so is an object without a namespace where what applies it gives
none and refuses it, as Flux does.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {"app config": ""}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {app-config: ""}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.environment.model import Environment
from cnilint.extract.model import ObjectFacts
from cnilint.findings.codes import Code
from cnilint.manifest.object import is_core
from cnilint.producers import makes_in_own_namespace
from cnilint.render.kustomize.scope import is_cluster_scoped

CODE = Code(
    code="CNI123",
    name="invalid-definition",
    severity="error",
    summary="An object has a name, a key, a value or a namespace that the API server or its applier refuses.",
    effect="The object is not applied.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for environment in context.index.environments:
        if environment.refused_without_namespace and not environment.unjudged and not environment.gaps:
            for fact in environment.objects:
                if fact.owner.namespace is None and not fact.owner.generated and _is_namespaced(fact):
                    yield _refused(environment, fact)


def _is_namespaced(fact: ObjectFacts) -> bool:
    """Whether the object certainly is in a namespace. Of a custom resource what is known of it tells."""
    owner = fact.owner
    group = owner.api_version.rpartition("/")[0]
    if is_core(group):
        return owner.kind != "Namespace" and not is_cluster_scoped(owner.api_version, owner.kind)
    return makes_in_own_namespace(owner.kind, group) or bool(fact.releases)


def _refused(environment: Environment, fact: ObjectFacts) -> Diagnostic:
    owner = fact.owner
    message = Message(
        "{kind} `{name}` has no namespace, and `{applier}` gives none",
        kind=owner.kind,
        name=owner.name,
        applier=environment.refused_without_namespace,
    )
    return Diagnostic(
        code=CODE.code,
        span=owner.span,
        message=message,
        hint="set `metadata.namespace`, or the namespace of the kustomization or of what applies it",
        environment=environment.name,
        owner=owner,
        path="metadata.namespace",
    )
