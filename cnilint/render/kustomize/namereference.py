"""References that follow the objects they name, when these have been renamed, moved, or get a hash.

Source: sigs.k8s.io/kustomize/api v0.18.0 filters/nameref and SubsetThatCouldBeReferencedByResource.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from cnilint.document import Mapping, Node, Scalar, Sequence, Span, is_null, items, string
from cnilint.document.edit import text_at, with_entries, with_entry, with_items, with_value
from cnilint.render.kustomize.fieldspecs import Gvk, NameReference, name_references
from cnilint.render.kustomize.model import CLUSTER, Accumulator, Resource


@dataclass(slots=True)
class _Fields:
    """The fields of one kind that may hold a name, as a tree: paths share their beginnings."""

    here: list[NameReference] = field(default_factory=list)
    below: dict[str, "_Fields"] = field(default_factory=dict)


def fix_name_references(accumulator: Accumulator) -> frozenset[Span]:
    """Rewrites every reference to a renamed object, and returns the tokens that name an object with a hash.

    A reference that could mean several objects is refused, as kustomize does.
    """
    accumulator.resources = [each.remembering() if each.hashed else each for each in accumulator.resources]
    by_name: dict[str, list[Resource]] = {}
    for each in accumulator.resources:
        for name in {old.name for old in each.previous}:
            by_name.setdefault(name, []).append(each)
    if not by_name:
        return frozenset()
    follower = _Follower(accumulator, by_name, set())
    fields = _by_kind((*name_references(), *accumulator.name_references))
    accumulator.resources = [follower.follow(each, fields) for each in accumulator.resources]
    return frozenset(follower.followed)


@lru_cache(maxsize=32)
def _by_kind(references: tuple[NameReference, ...]) -> dict[str, _Fields]:
    fields: dict[str, _Fields] = {}
    for reference in references:
        at = fields.setdefault(reference.gvk.kind, _Fields())
        for segment in reference.path:
            at = at.below.setdefault(segment, _Fields())
        at.here.append(reference)
    return fields


@dataclass(frozen=True, slots=True)
class _Follower:
    accumulator: Accumulator
    by_name: dict[str, list[Resource]]
    """The objects that are not called any more what they were, by all their former names."""
    followed: set[Span]

    def follow(self, resource: Resource, fields: dict[str, _Fields]) -> Resource:
        node: Node = resource.node
        for kind in (resource.original.kind, ""):
            if kind in fields:
                node = self._node(resource, node, fields[kind])
        assert isinstance(node, Mapping)
        return resource if node is resource.node else replace(resource, node=node)

    def _node(self, resource: Resource, node: Node, fields: _Fields) -> Node:
        """The node with the names at and below it rewritten; the same node when there are none."""
        if is_null(node):
            return node
        for reference in fields.here:
            if reference.gvk.selects(resource.api_version, resource.original.kind):
                node = self._reference(resource, reference, node)
        if isinstance(node, Sequence) and fields.below:
            new_items = [self._item(resource, item, fields) for item in node.items]
            same = all(new is old for new, old in zip(new_items, node.items, strict=True))
            return node if same else with_items(node, new_items)
        return self._mapping(resource, node, fields) if isinstance(node, Mapping) else node

    def _item(self, resource: Resource, item: Node, fields: _Fields) -> Node:
        """A list within a list holds no reference: no API has one there, and lists can be nested without end."""
        return item if isinstance(item, Sequence) else self._node(resource, item, fields)

    def _mapping(self, resource: Resource, node: Mapping, fields: _Fields) -> Mapping:
        changed = {}
        for name, below in fields.below.items():
            entry = node.entries.get(name)
            if entry is not None:
                value = self._node(resource, entry.value, below)
                if value is not entry.value:
                    changed[name] = entry._replace(value=value)
        return with_entries(node, {**node.entries, **changed}) if changed else node

    def _reference(self, resource: Resource, reference: NameReference, node: Node) -> Node:
        if isinstance(node, Scalar):
            return self._name(resource, reference, node)
        if isinstance(node, Mapping):
            return self._name_and_namespace(resource, reference, node)
        followed = [
            item if isinstance(item, Sequence) else self._reference(resource, reference, item)
            for item in node.items
        ]
        return with_items(node, followed)

    def _name(self, resource: Resource, reference: NameReference, name: Scalar) -> Scalar:
        found = self._target(resource, reference, name, self._candidates(name.raw, reference.target))
        if found is None:
            return name
        if found.hashed:
            self.followed.add(name.span)
        return name if found.name == name.raw else text_at(name, found.name)

    def _name_and_namespace(self, resource: Resource, reference: NameReference, node: Mapping) -> Node:
        """A reference that says in which namespace the object is, such as a subject of a binding."""
        name, namespace = node.get("name"), string(node, "namespace")
        if not isinstance(name, Scalar):
            return node
        candidates = self._candidates(name.raw, reference.target)
        if namespace is not None:
            by_old = [each for each in candidates if each.original.namespace == namespace]
            candidates = by_old or [each for each in candidates if each.effective_namespace == namespace]
        found = self._target(resource, reference, name, candidates)
        if found is None:
            return node
        node = with_entry(node, name, "name", text_at(name, found.name))
        return (
            node
            if found.namespace is None
            else with_value(node, ("namespace",), text_at(name, found.namespace))
        )

    def _candidates(self, name: str, target: Gvk) -> list[Resource]:
        return [
            each
            for each in self.by_name.get(name, ())
            if any(target.selects(each.api_version, old.kind) for old in each.previous)
        ]

    def _target(
        self, resource: Resource, reference: NameReference, name: Scalar, candidates: Iterable[Resource]
    ) -> Resource | None:
        found = [each for each in candidates if _in_reach(resource, each)]
        for lenient in (True, False):
            if len(found) > 1:
                found = [each for each in found if _same_affixes(each, resource, lenient=lenient)]
        if len({(each.name, each.namespace) for each in found}) > 1:
            what = f"{reference.target.kind} {name.raw!r}"
            self.accumulator.refuse(
                name.span, f"several objects of this build could be the {what} that is meant here"
            )
            return None
        return found[0] if found else None


def _in_reach(reference: Resource, target: Resource) -> bool:
    """Whether kustomize lets one object name the other: within a namespace, to and from what has none."""
    namespaces = {reference.effective_namespace, target.effective_namespace}
    if len(namespaces) == 1 or CLUSTER in namespaces:
        return True
    return reference.kind == "RoleBinding" and any(
        string(subject, "kind") == "ServiceAccount" and string(subject, "namespace") == target.namespace
        for subject in items(reference.node, "subjects")
    )


def _same_affixes(one: Resource, other: Resource, *, lenient: bool) -> bool:
    """Whether two objects went through the same prefixes and suffixes; leniently, none goes with any."""
    pairs = ((one.prefixes, other.prefixes), (one.suffixes, other.suffixes))
    return all((lenient and not (mine and theirs)) or _ends_alike(mine, theirs) for mine, theirs in pairs)


def _ends_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return longer[len(longer) - len(shorter) :] == shorter if shorter else not longer
