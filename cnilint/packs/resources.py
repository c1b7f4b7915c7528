"""The settings of a custom resource: its kind in an API version, and some of its fields."""

from collections.abc import Iterable, Iterator

from cnilint.document import Mapping, Node, Scalar, Sequence, child, is_true, items, string
from cnilint.manifest.object import Object
from cnilint.packs.model import Subject
from cnilint.packs.settings import Setting
from cnilint.packs.written import written


def api_name(api_version: str, kind: str) -> str:
    """The name of a kind in an API version as a setting: ``group/version/Kind``."""
    return f"{api_version}/{kind}"


def resource_settings(item: Object, fields: Iterable[str]) -> Iterator[Setting]:
    """The kind of a custom resource, and those of some fields (dotted paths) that it has; items of lists have none."""
    version = item.node.get("apiVersion")
    yield Setting(
        subject=Subject.API,
        name=api_name(item.api_version, item.kind),
        span=version.span if isinstance(version, Scalar) else item.span,
        path="apiVersion",
    )
    for path in fields:
        yield from _fields(item.node, path, path.split("."))


def served_apis(definition: Object) -> Iterator[str]:
    """The kinds that a CustomResourceDefinition has the API server serve."""
    spec = definition.node.get("spec")
    group, kind = string(spec, "group"), string(spec, "names", "kind")
    listed = [
        string(version, "name") for version in items(spec, "versions") if is_true(child(version, "served"))
    ]
    for version in filter(None, (*listed, string(spec, "version"))):
        yield api_name(f"{group}/{version}", kind or "")


def _fields(node: Node, path: str, steps: list[str]) -> Iterator[Setting]:
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _fields(item, path, steps)
        return
    if not isinstance(node, Mapping) or steps[0] not in node.entries:
        return
    key, value = node.entries[steps[0]]
    if len(steps) > 1:
        yield from _fields(value, path, steps[1:])
    elif isinstance(value, Sequence):
        for element in value.items:
            if isinstance(element, Scalar):
                yield Setting(
                    subject=Subject.RESOURCE_FIELD,
                    name=path,
                    span=element.span,
                    value=written(element),
                    path=path,
                )
    else:
        yield Setting(
            subject=Subject.RESOURCE_FIELD,
            name=path,
            span=key.span,
            value=written(value) if isinstance(value, Scalar) else None,
            path=path,
        )
