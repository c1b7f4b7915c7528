"""`$(NAME)` uses a variable that is defined later or never, so the kubelet leaves the text as it stands.

Expansion knows the variables of `envFrom` and those that stand earlier in `env`, and the service variables of the
namespace. Anything else stays literally `$(NAME)`. A doubled `$$(NAME)` is an escape.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - {name: ADDRESS, value: "http://$(HOST):80"}
    - {name: HOST, value: localhost}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - {name: HOST, value: localhost}
    - {name: ADDRESS, value: "http://$(HOST):80"}
```
"""

import re
from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic, ObjectRef
from cnilint.document import Span
from cnilint.environment.model import Environment
from cnilint.facts.model import Container, Variable
from cnilint.resolve.index import Index
from cnilint.resolve.lookup import definitions_of

CODE = "CNI108"

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OF_A_SERVICE = re.compile(
    r"[A-Z0-9_]+_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_\w+)?)?)"
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for environment in context.index.environments:
        for fact in environment.objects if not environment.unjudged else ():
            if not fact.stated.strict:
                continue
            for container in fact.stated.containers:
                known = _bulk_names(context.index, environment, fact.owner, container)
                if known is not None:
                    yield from _unresolved(environment, fact.owner, container, known)


def _bulk_names(
    index: Index, environment: Environment, owner: ObjectRef, container: Container
) -> set[str] | None:
    """The variables that ``envFrom`` supplies; None when they cannot be known."""
    names: set[str] = set()
    for source in container.bulk:
        definitions = definitions_of(index, environment, owner, source.kind, source.name)
        if not definitions or any(definition.open for definition in definitions):
            return None
        names.update(source.prefix + key for definition in definitions for key in definition.keys)
    return names


def _unresolved(
    environment: Environment, owner: ObjectRef, container: Container, known: set[str]
) -> Iterator[Diagnostic]:
    later = {variable.name for variable in container.variables}
    for variable in container.variables:
        for name, span in variable.uses:
            if name not in known and _VARIABLE.fullmatch(name) and not _OF_A_SERVICE.fullmatch(name):
                when = "only later" if name in later and name != variable.name else "nowhere"
                message = (
                    f"'$({name})' in the variable '{variable.name}' stays as it is: {name} is defined {when}"
                )
                hint = f"move {name} above {variable.name}" if when == "only later" else ""
                yield _problem(environment, owner, container, variable, message, hint, span)
        known.add(variable.name)


def _problem(
    environment: Environment,
    owner: ObjectRef,
    container: Container,
    variable: Variable,
    message: str,
    hint: str,
    span: Span,
) -> Diagnostic:
    path = f"{variable.path}.value"
    return Diagnostic(
        code=CODE,
        span=span,
        message=message,
        hint=hint,
        environment=environment.name,
        owner=owner,
        path=path,
        container=container.name,
    )
