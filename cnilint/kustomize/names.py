"""Namespaces, prefixes and suffixes set on every object, and references that follow the names.

Source: sigs.k8s.io/kustomize/api v0.18.0 filters/namespace, PrefixTransformer, filters/nameref.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from cnilint.document import Mapping, Node, Scalar, Sequence, Span, child, string
from cnilint.kustomize.edit import edited, text_at, with_entry, with_items, with_value
from cnilint.kustomize.model import CLUSTER, Identity, Layer, Resource
from cnilint.kustomize.references import Gvk, Referrer

_UNPREFIXED = (
    Gvk("", "", "CustomResourceDefinition"),
    Gvk("apiregistration.k8s.io", "", "APIService"),
    Gvk("", "", "Namespace"),
)
_BINDINGS = frozenset(("RoleBinding", "ClusterRoleBinding"))


def set_namespace(layer: Layer, namespace: Scalar) -> None:
    """Puts every object that is not cluster-scoped into the namespace."""
    layer.resources = [_in_namespace(resource, namespace) for resource in layer.resources]
    seen: set[Identity] = set()
    for resource in layer.resources:
        if resource.current in seen:
            what = f"two objects are {resource.kind} {resource.name!r} of one namespace"
            layer.refuse(namespace.span, f"in namespace {namespace.raw!r} {what}")
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


def add_affixes(layer: Layer, prefix: str, suffix: str) -> None:
    """Puts a prefix before and a suffix behind the name of every object, except those whose name has a meaning."""
    layer.resources = [_with_affixes(resource, prefix, suffix) for resource in layer.resources]


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


@dataclass(slots=True)
class _Index:
    """The objects that have been renamed, moved or are to get a hash, by what they were called."""

    by_name: dict[str, list[Resource]]

    def candidates(self, name: str, target: Gvk) -> Iterator[Resource]:
        for resource in self.by_name.get(name, ()):
            if any(target.selects(resource.api_version, old.kind) for old in resource.previous):
                yield resource


def follow(layer: Layer, referrers: Iterable[Referrer]) -> frozenset[Span]:
    """Rewrites every reference to a renamed object, and returns the tokens that name an object with a hash.

    References that could mean several objects are refused, as kustomize does.
    """
    hashed = [each.remembering() if each.hashed else each for each in layer.resources]
    by_name: dict[str, list[Resource]] = defaultdict(list)
    for resource in hashed:
        for name in {old.name for old in resource.previous}:
            by_name[name].append(resource)
    if not by_name:
        return frozenset()
    by_kind: dict[str, list[Referrer]] = defaultdict(list)
    for referrer in referrers:
        by_kind[referrer.gvk.kind].append(referrer)
    followed: set[Span] = set()
    follower = _Follower(layer, _Index(by_name), followed)
    layer.resources = [follower.follow(resource, by_kind) for resource in hashed]
    return frozenset(followed)


@dataclass(slots=True)
class _Follower:
    layer: Layer
    index: _Index
    followed: set[Span]

    def follow(self, resource: Resource, by_kind: dict[str, list[Referrer]]) -> Resource:
        original = resource.original
        node: Node = resource.node
        for referrer in (*by_kind.get(original.kind, ()), *by_kind.get("", ())):
            if referrer.gvk.selects(resource.api_version, original.kind):
                change = partial(self._change, resource, referrer)
                node = edited(node, referrer.path, change)
        assert isinstance(node, Mapping)
        return resource if node is resource.node else replace(resource, node=node)

    def _change(self, resource: Resource, referrer: Referrer, node: Node) -> Node:
        if isinstance(node, Scalar):
            return self._name(resource, referrer, node)
        if isinstance(node, Mapping):
            return self._name_and_namespace(resource, referrer, node)
        return with_items(node, [self._change(resource, referrer, item) for item in node.items])

    def _name(self, resource: Resource, referrer: Referrer, node: Scalar) -> Node:
        found = self._target(resource, referrer, node, list(self.index.candidates(node.raw, referrer.target)))
        if found is None:
            return node
        if found.hashed:
            self.followed.add(node.span)
        return node if found.name == node.raw else text_at(node, found.name)

    def _name_and_namespace(self, resource: Resource, referrer: Referrer, node: Mapping) -> Node:
        name = node.get("name")
        if not isinstance(name, Scalar):
            return node
        candidates = list(self.index.candidates(name.raw, referrer.target))
        namespace = string(node, "namespace")
        if namespace is not None:
            by_old = [each for each in candidates if each.original.namespace == namespace]
            candidates = by_old or [each for each in candidates if each.effective_namespace == namespace]
        found = self._target(resource, referrer, name, candidates)
        if found is None:
            return node
        node = with_entry(node, name, "name", text_at(name, found.name))
        return (
            node
            if found.namespace is None
            else with_value(node, ("namespace",), text_at(name, found.namespace))
        )

    def _target(
        self, resource: Resource, referrer: Referrer, name: Scalar, candidates: list[Resource]
    ) -> Resource | None:
        found = [each for each in candidates if _in_reach(resource, each)]
        if len(found) > 1:
            found = [each for each in found if _same_affixes(each, resource, lenient=True)]
        if len(found) > 1:
            found = [each for each in found if _same_affixes(each, resource, lenient=False)]
        if len({(each.name, each.namespace) for each in found}) > 1:
            what = f"{referrer.target.kind} {name.raw!r}"
            self.layer.refuse(
                name.span, f"several objects of this build could be the {what} that is meant here"
            )
            return None
        return found[0] if found else None


def _in_reach(referrer: Resource, target: Resource) -> bool:
    if CLUSTER in (referrer.effective_namespace, target.effective_namespace):
        return True
    if referrer.effective_namespace == target.effective_namespace:
        return True
    subjects = child(referrer.node, "subjects")
    return referrer.kind == "RoleBinding" and any(
        string(subject, "kind") == "ServiceAccount" and string(subject, "namespace") == target.namespace
        for subject in (subjects.items if isinstance(subjects, Sequence) else ())
    )


def _same_affixes(one: Resource, other: Resource, *, lenient: bool) -> bool:
    """Whether two objects went through the same prefixes and suffixes; leniently, none goes with any."""
    pairs = ((one.prefixes, other.prefixes), (one.suffixes, other.suffixes))
    return all((lenient and not (mine and theirs)) or _ends_alike(mine, theirs) for mine, theirs in pairs)


def _ends_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return longer[len(longer) - len(shorter) :] == shorter if shorter else not longer
