"""One object is defined twice in one environment.

Which of the two the cluster ends up with depends on the order of application; a renderer such as kustomize refuses
outright. With equal content it is a note. What different hooks apply is not there at one time.

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
from cnilint.diagnostics.model import Diagnostic, ObjectRef, Related, Severity
from cnilint.diagnostics.wording import object_name
from cnilint.manifest.names import is_placeholder

CODE = "CNI121"


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for environment in context.index.environments:
        first: dict[tuple[str, str, str | None, str, str], ObjectRef] = {}
        for fact in environment.objects if not environment.unjudged else ():
            owner = fact.owner
            if not owner.name or is_placeholder(owner.name) or owner.generated:
                continue
            group = owner.api_version.rpartition("/")[0]
            identity = (group, owner.kind, owner.namespace, owner.name, owner.hook)
            earlier = first.setdefault(identity, owner)
            if earlier is owner:
                continue
            same = context.same_content(earlier, owner)
            name = object_name(owner.kind, owner.written_namespace, owner.name)
            message = f"{name} is defined twice in this environment" + (" with equal content" if same else "")
            related = (Related(earlier.span, "it is first defined here"),)
            severity: Severity = "note" if same else "error"
            yield Diagnostic(
                code=CODE,
                span=owner.span,
                message=message,
                hint="remove one of the two",
                environment=environment.name,
                owner=owner,
                related=related,
                severity=severity,
            )
