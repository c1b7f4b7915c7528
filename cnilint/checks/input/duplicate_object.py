"""One object is defined twice in one environment.

Which definition takes effect depends on the order in which they are applied; kustomize refuses to build them. With equal
content it is a note. Objects of different hooks do not exist at the same time and are not compared.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: debug}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings-debug}
data: {level: debug}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef, Related
from cnilint.environment.model import Environment
from cnilint.findings.codes import Code
from cnilint.manifest.names import is_placeholder

CODE = Code(
    code="CNI121",
    name="duplicate-object",
    severity="error",
    summary="One object is defined twice in one environment.",
    effect="Which definition takes effect depends on the order in which they are applied.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for environment in context.index.environments:
        first: dict[tuple[str, ...], ObjectRef] = {}
        for fact in environment.objects if not environment.unjudged else ():
            owner = fact.owner
            if not owner.name or is_placeholder(owner.name) or owner.generated:
                continue
            earlier = first.setdefault(_identity(owner), owner)
            if earlier is not owner:
                same = context.same_content(earlier, owner)
                yield _problem(environment, owner, earlier, same=same)


def _identity(owner: ObjectRef) -> tuple[str, ...]:
    """Equal for two objects that are one in the cluster; objects of different hooks do not exist at the same time."""
    group = owner.api_version.rpartition("/")[0]
    return group, owner.kind, owner.namespace or "", owner.name, owner.hook


def _problem(environment: Environment, owner: ObjectRef, earlier: ObjectRef, *, same: bool) -> Diagnostic:
    return Diagnostic(
        code=CODE.code,
        span=owner.span,
        message=Message(
            "{kind} `{name}` is defined twice, with {content} content",
            kind=owner.kind,
            name=owner.name,
            content="equal" if same else "different",
        ),
        hint="remove one of the two",
        environment=environment.name,
        owner=owner,
        related=(Related(earlier.span, "first defined here"),),
        severity="note" if same else "error",
    )
