"""Namespaces, prefixes and suffixes, set on every object of a accumulator.

Source: sigs.k8s.io/kustomize/api v0.18.0 filters/namespace, PrefixTransformer, SuffixTransformer.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from cnilint.document import Mapping, Node, Scalar, Sequence, child, string
from cnilint.document.edit import edited, text_at, with_items, with_value
from cnilint.render.kustomize.fieldspecs import Gvk
from cnilint.render.kustomize.model import CLUSTER, Accumulator, Resource, ResourceIdentity

_UNPREFIXED = (
    Gvk("", "", "CustomResourceDefinition"),
    Gvk("apiregistration.k8s.io", "", "APIService"),
    Gvk("", "", "Namespace"),
)
_BINDINGS = frozenset(("RoleBinding", "ClusterRoleBinding"))


def set_namespace(accumulator: Accumulator, namespace: Scalar) -> None:
    """Puts every object that is not cluster-scoped into the namespace."""
    accumulator.resources = [_in_namespace(resource, namespace) for resource in accumulator.resources]
    seen: set[ResourceIdentity] = set()
    for resource in accumulator.resources:
        if resource.current in seen:
            what = f"two objects are {resource.kind} {resource.name!r} of one namespace"
            accumulator.refuse(namespace.span, f"in namespace {namespace.raw!r} {what}")
        seen.add(resource.current)


def _in_namespace(resource: Resource, namespace: Scalar) -> Resource:
    value = text_at(namespace, namespace.raw)
    before = resource.remembering()
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
    """Of the subjects of a binding only those named ``default`` get the namespace at once."""
    if isinstance(subject, Mapping) and string(subject, "name") == "default":
        return with_value(subject, ("namespace",), value)
    return subject


def add_affixes(accumulator: Accumulator, prefix: str, suffix: str) -> None:
    """Puts a prefix before and a suffix behind the name of every object, except those whose name has a meaning."""
    accumulator.resources = [_with_affixes(resource, prefix, suffix) for resource in accumulator.resources]


def _with_affixes(resource: Resource, prefix: str, suffix: str) -> Resource:
    original = resource.original
    if any(gvk.selects(original.api_version, original.kind) for gvk in _UNPREFIXED):
        return resource
    for before, behind in ((prefix, ""), ("", suffix)):
        if before or behind:
            resource = renamed(resource.remembering(), before + resource.name + behind)
    return replace(
        resource,
        prefixes=(*resource.prefixes, *([prefix] if prefix else [])),
        suffixes=(*resource.suffixes, *([suffix] if suffix else [])),
    )


def renamed(resource: Resource, name: str) -> Resource:
    """The resource under another name, which stands where the name stood."""
    place = child(resource.node, "metadata", "name") or resource.node
    return resource.with_node(with_value(resource.node, ("metadata", "name"), text_at(place, name)))
