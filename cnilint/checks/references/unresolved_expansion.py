"""`$(NAME)` uses a variable that is defined later or never, so the kubelet does not expand it.

Expansion uses the variables of `envFrom`, those earlier in `env`, and the service variables of the namespace. Anything
else remains the literal text `$(NAME)`. A doubled `$$(NAME)` is an escape.

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

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef
from cnilint.environment.model import Environment
from cnilint.facts.model import Container
from cnilint.findings.codes import Code
from cnilint.regex import regex
from cnilint.resolve.index import Index
from cnilint.resolve.lookup import definitions_of

CODE = Code(
    code="CNI108",
    name="unresolved-expansion",
    severity="warning",
    summary="An expansion $(NAME) uses a variable that is defined later or not at all.",
    effect="The program receives the literal text $(NAME).",
)

_VARIABLE = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_OF_A_SERVICE = regex(
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
    """The variables that ``envFrom`` supplies; None if they cannot be known."""
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
    every = {variable.name for variable in container.variables}
    for variable in container.variables:
        for name, span in variable.uses:
            if name in known or not _VARIABLE.fullmatch(name) or _OF_A_SERVICE.fullmatch(name):
                continue
            later = name in every and name != variable.name
            yield Diagnostic(
                code=CODE.code,
                span=span,
                message=_message(name, variable.name, later=later),
                hint=f"move `{name}` above `{variable.name}`" if later else "",
                environment=environment.name,
                owner=owner,
                path=f"{variable.path}.value",
                container=container.name,
            )
        known.add(variable.name)


def _message(name: str, variable: str, *, later: bool) -> Message:
    if later:
        return Message(
            "`$({name})` in `{variable}` is not expanded: the variable is defined later",
            name=name,
            variable=variable,
        )
    return Message(
        "`$({name})` in `{variable}` is not expanded: there is no such variable", name=name, variable=variable
    )
