"""A variable is given twice: a literal hides a key of the container's own `envFrom`, or a name occurs twice.

The kubelet reads `envFrom` first and `env` after it, and of equal names the last one wins. A literal that stayed
behind from an older release thus overrides, without a word, what the new release reads from its ConfigMap.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {REPAIR_ENABLED: "true"}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    envFrom:
    - configMapRef: {name: settings}
    env:
    - {name: REPAIR_ENABLED, value: "false"}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {REPAIR_ENABLED: "true"}
---
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    envFrom:
    - configMapRef: {name: settings}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic, ObjectRef, Related
from cnilint.diagnostics.wording import object_name
from cnilint.environment.model import Environment
from cnilint.facts.model import Container, Variable
from cnilint.resolve.index import Index
from cnilint.resolve.lookup import definitions_of

CODE = "CNI107"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for environment in context.index.environments:
        for fact in environment.objects if not environment.unjudged else ():
            for container in fact.stated.containers:
                yield from _given_twice(environment, fact.owner, container)
                yield from _hiding(context.index, environment, fact.owner, container)


def _given_twice(environment: Environment, owner: ObjectRef, container: Container) -> Iterator[Diagnostic]:
    seen: dict[str, Variable] = {}
    for variable in container.variables:
        earlier = seen.get(variable.name)
        seen[variable.name] = variable
        if earlier is not None and variable.name not in {name for name, _ in variable.uses}:
            where = f"in container '{container.name}'"
            message = f"the variable '{variable.name}' is given twice {where}, and only this last one counts"
            related = (Related(earlier.span, "it is first given here"),)
            yield _problem(environment, owner, container, variable, message, "remove one of the two", related)


def _hiding(
    index: Index, environment: Environment, owner: ObjectRef, container: Container
) -> Iterator[Diagnostic]:
    for source in container.bulk:
        for definition in definitions_of(index, environment, owner, source.kind, source.name)[:1]:
            supplied = {
                source.prefix + key: span
                for key, span in definition.keys.items()
                if key not in definition.binary
            }
            for variable in container.variables:
                if variable.name in supplied and not variable.has_source:
                    name = object_name(definition.kind, definition.namespace, definition.name)
                    message = f"the literal '{variable.name}' hides the key that container '{container.name}' reads from {name}"
                    related = (Related(supplied[variable.name], f"{name} supplies it here"),)
                    yield _problem(
                        environment,
                        owner,
                        container,
                        variable,
                        message,
                        "remove the literal, or the key",
                        related,
                    )


def _problem(
    environment: Environment,
    owner: ObjectRef,
    container: Container,
    variable: Variable,
    message: str,
    hint: str,
    related: tuple[Related, ...],
) -> Diagnostic:
    return Diagnostic(
        code=CODE,
        span=variable.span,
        message=message,
        hint=hint,
        environment=environment.name,
        owner=owner,
        path=variable.path,
        container=container.name,
        related=related,
    )
