"""The fields ``namespace``, ``namePrefix`` and ``nameSuffix``, set on every object.

Source: sigs.k8s.io/kustomize/api v0.18.0 filters/namespace, PrefixTransformer, SuffixTransformer.
"""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from cnilint.diagnostics.model import Message
from cnilint.document import Mapping, Node, Scalar, Sequence, child, string
from cnilint.document.edit import edited, text_at, with_items, with_value
from cnilint.document.errors import shown
from cnilint.render.kustomize.fieldspecs import Gvk
from cnilint.render.kustomize.model import CLUSTER, Accumulator, Resource, ResourceIdentity

_UNPREFIXED = (
    Gvk("", "", "CustomResourceDefinition"),
    Gvk("apiregistration.k8s.io", "", "APIService"),
    Gvk("", "", "Namespace"),
)
_BINDINGS = frozenset(("RoleBinding", "ClusterRoleBinding"))


def set_namespace(accumulator: Accumulator, namespace: Scalar) -> None:
    """Set the namespace of every object that is not cluster-scoped."""
    accumulator.resources = [_in_namespace(resource, namespace) for resource in accumulator.resources]
    accumulator.charts = [_in_namespace(chart, namespace) for chart in accumulator.charts]
    seen: set[ResourceIdentity] = set()
    for resource in accumulator.resources:
        if resource.current in seen:
            accumulator.refuse(
                namespace.span,
                Message(
                    "two objects become {kind} `{name}` of namespace `{namespace}`",
                    kind=shown(resource.kind),
                    name=shown(resource.name),
                    namespace=shown(namespace.raw),
                ),
            )
        seen.add(resource.current)


def _in_namespace(resource: Resource, namespace: Scalar) -> Resource:
    value = text_at(namespace, namespace.raw)
    before = resource.with_previous()
    node = before.node
    if resource.kind == "Namespace" and resource.api_version == "v1":
        node = with_value(node, ("metadata", "name"), value)
    if resource.effective_namespace != CLUSTER:
        node = with_value(node, ("metadata", "namespace"), value)
    if resource.kind == "APIService" and resource.group == "apiregistration.k8s.io":
        node = with_value(node, ("spec", "service", "namespace"), value)
    if resource.kind in _BINDINGS:
        changed = edited(
            node, ("subjects",), partial(_each_item, change=partial(_default_subject, value=value))
        )
        assert isinstance(changed, Mapping)
        node = changed
    return before.with_node(node)


def _each_item(node: Node, change: Callable[[Node], Node]) -> Node:
    if not isinstance(node, Sequence):
        return node
    return with_items(node, [change(item) for item in node.items])


def _default_subject(subject: Node, value: Scalar) -> Node:
    """Set the namespace of a subject named ``default``; other subjects get it as name references.

    Source: ``roleBindingHack`` in filters/namespace/namespace.go.
    """
    if isinstance(subject, Mapping) and string(subject, "name") == "default":
        return with_value(subject, ("namespace",), value)
    return subject


def add_affixes(accumulator: Accumulator, prefix: str, suffix: str) -> None:
    """Add a prefix and a suffix to the name of every object, except the kinds that kustomize skips."""
    accumulator.resources = [_with_affixes(resource, prefix, suffix) for resource in accumulator.resources]


def _with_affixes(resource: Resource, prefix: str, suffix: str) -> Resource:
    original = resource.original
    if any(gvk.selects(original.api_version, original.kind) for gvk in _UNPREFIXED):
        return resource
    for before, behind in ((prefix, ""), ("", suffix)):
        if before or behind:
            resource = renamed(resource.with_previous(), before + resource.name + behind)
    return replace(
        resource,
        prefixes=(*resource.prefixes, *([prefix] if prefix else [])),
        suffixes=(*resource.suffixes, *([suffix] if suffix else [])),
    )


def renamed(resource: Resource, name: str) -> Resource:
    """The resource with another name at the position of the old one."""
    place = child(resource.node, "metadata", "name") or resource.node
    return resource.with_node(with_value(resource.node, ("metadata", "name"), text_at(place, name)))
