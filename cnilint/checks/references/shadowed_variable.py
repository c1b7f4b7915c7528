"""A variable is set twice: `env` overrides a key of the container's own `envFrom`, or contains a name twice.

The kubelet reads `envFrom` first, then `env`, and the last of equal names applies. A literal that was left behind by an
older release thus silently overrides what the new release reads from its ConfigMap.

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

from msgspec import Struct

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef, Related
from cnilint.document import Span
from cnilint.environment.model import Environment
from cnilint.facts.model import Container, Definition, Variable
from cnilint.findings.codes import Code
from cnilint.resolve.index import Index
from cnilint.resolve.lookup import definitions_of

CODE = Code(
    code="CNI107",
    name="shadowed-variable",
    severity="warning",
    summary="A variable is set twice, and one value overrides the other.",
    effect="The later or more specific value silently takes effect, whatever the ConfigMap or Secret says.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for environment in context.index.environments:
        for fact in environment.objects if not environment.unjudged else ():
            for container in fact.stated.containers:
                here = _Place(environment, fact.owner, container)
                yield from _set_twice(here)
                yield from _overriding(context.index, here)


class _Place(Struct, frozen=True):
    """A container of an object in an environment."""

    environment: Environment
    owner: ObjectRef
    container: Container

    def problem(
        self, variable: Variable, message: Message, hint: str, related: Related, evidence: str = ""
    ) -> Diagnostic:
        """The diagnostic of a variable; a note where there is evidence that nothing changes."""
        return Diagnostic(
            code=CODE.code,
            span=variable.span,
            message=message,
            hint=hint,
            environment=self.environment.name,
            owner=self.owner,
            path=variable.path,
            container=self.container.name,
            related=(related,),
            severity="note" if evidence else None,
            evidence=(evidence,) if evidence else (),
        )


def _set_twice(here: _Place) -> Iterator[Diagnostic]:
    seen: dict[str, Variable] = {}
    for variable in here.container.variables:
        earlier = seen.get(variable.name)
        seen[variable.name] = variable
        if earlier is not None and variable.name not in {name for name, _ in variable.uses}:
            message = Message(
                "variable `{name}` is set twice; only this last value applies", name=variable.name
            )
            yield here.problem(
                variable, message, "remove one of the two", Related(earlier.span, "first set here")
            )


def _overriding(index: Index, here: _Place) -> Iterator[Diagnostic]:
    for source in here.container.bulk:
        for definition in definitions_of(index, here.environment, here.owner, source.kind, source.name)[:1]:
            supplied = _supplied(definition, source.prefix)
            for variable in here.container.variables:
                if variable.name in supplied and not variable.has_source:
                    message = Message(
                        "variable `{name}` overrides the value that envFrom takes from {kind} `{object}`",
                        name=variable.name,
                        kind=definition.kind,
                        object=definition.name,
                    )
                    hint = f"delete this env entry to use the {definition.kind}'s value"
                    related = Related(supplied[variable.name], f"value of the {definition.kind}")
                    values = definition.values.by_key()
                    same = values.get(variable.name.removeprefix(source.prefix)) == variable.value
                    evidence = "both have the same value" if same and variable.value is not None else ""
                    yield here.problem(variable, message, hint, related, evidence)


def _supplied(definition: Definition, prefix: str) -> dict[str, Span]:
    """The variables that envFrom makes of the keys of a definition, with the places of the keys."""
    return {prefix + key: span for key, span in definition.keys.items() if key not in definition.binary}
