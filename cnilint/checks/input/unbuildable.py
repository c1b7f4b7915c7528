"""kustomize refuses to build a kustomization, so that nothing of it is applied.

A listed file does not exist, a field is unknown, a patch finds no object or no path, an object is built twice, a generator
merges into nothing. Argo CD and Flux stop with the same error and leave the cluster as it is. References of the
kustomization are not verified until it builds.

A file that a script or a post-renderer writes, that Git ignores, or that lies in another repository is not reported.

```yaml bad
# file: kustomization.yaml
resources: [settings.yaml]
patches:
- patch: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: setting}
    data: {LEVEL: debug}
# file: settings.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {LEVEL: info}
```

```yaml good
# file: kustomization.yaml
resources: [settings.yaml]
patches:
- patch: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {LEVEL: debug}
# file: settings.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {LEVEL: info}
```
"""

from collections.abc import Iterator
from posixpath import basename, dirname

from msgspec.structs import replace

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic
from cnilint.environment.model import Environment
from cnilint.environment.words import base_of, is_undeployed
from cnilint.findings.codes import Code
from cnilint.gitops.conventions import environment_names

CODE = Code(
    code="CNI126",
    name="unbuildable",
    severity="error",
    summary="A kustomization cannot be built by kustomize.",
    effect="Neither Argo CD nor Flux applies anything of it.",
)


_RETIRED = frozenset(
    [
        "archive",
        "archived",
        ".archive",
        "deprecated",
        "modules",
        "template",
        "templates",
        "terraform",
        "upstream",
    ]
)
"""Folders of what was applied once, or is copied before it is."""


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for environment in context.index.environments:
        for refusal in environment.refusals:
            yield _judged(replace(refusal, environment=environment.name), environment)


def _judged(refusal: Diagnostic, environment: Environment) -> Diagnostic:
    """The refusal as an error, unless something says that nobody builds this, or that the file is added by hand."""
    if environment.deployed:
        return replace(refusal, severity="error")
    harmless = _harmless(refusal, environment)
    if harmless:
        return replace(refusal, severity="note", confidence="possible", evidence=(harmless,))
    doubts = tuple(_doubts(refusal, environment.roots[0]))
    if doubts:
        return replace(refusal, severity="warning", confidence="likely", evidence=doubts)
    return replace(refusal, severity="error")


def _harmless(refusal: Diagnostic, environment: Environment) -> str:
    """Why probably nobody misses what cannot be built; empty if somebody may."""
    root = environment.roots[0]
    if environment.unjudged:
        return environment.unjudged
    if is_undeployed(root):
        return "its folder usually holds what no cluster runs"
    if refusal.severity == "note" and dirname(refusal.span.file) in (root, root.removeprefix(".")):
        return "nothing in the repository applies it, and it has nothing that could be missing"
    return ""


def _doubts(refusal: Diagnostic, root: str) -> Iterator[str]:
    retired = next((segment for segment in root.lower().split("/") if segment in _RETIRED), "")
    if retired:
        yield f"nothing in the repository applies the folder `{retired}`"
    if refusal.severity == "warning":
        yield "the files of Secrets are often added where the kustomization is built"
    shared = base_of(root) or (root if basename(root) in environment_names().shared else "")
    if shared:
        yield f"nothing in the repository applies the shared folder `{shared}`"
