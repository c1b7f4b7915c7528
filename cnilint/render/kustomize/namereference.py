"""Name references: fields that get the new name of an object that was renamed, moved or hashed.

Source: sigs.k8s.io/kustomize/api v0.18.0 filters/nameref/nameref.go, and ``SubsetThatCouldBeReferencedByResource``
in resmap/reswrangler.go.
"""

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.diagnostics.model import Message
from cnilint.document import Mapping, Node, Scalar, Sequence, Span, is_null, items, string
from cnilint.document.edit import text_at, with_entries, with_entry, with_items, with_value
from cnilint.document.errors import shown
from cnilint.render.kustomize.fieldspecs import Gvk, NameReference, name_references
from cnilint.render.kustomize.model import CLUSTER, Accumulator, Resource


class _Fields(Struct):
    """The name references of one kind, as a tree of their paths."""

    references: list[NameReference] = field(default_factory=list)
    below: dict[str, "_Fields"] = field(default_factory=dict)


def fix_name_references(accumulator: Accumulator) -> frozenset[Span]:
    """Update every reference to a renamed object; the result is the tokens that refer to an object with a hash.

    An ambiguous reference is refused, as kustomize does.
    """
    accumulator.resources = [each.with_previous() if each.hashed else each for each in accumulator.resources]
    by_name: dict[str, list[Resource]] = {}
    for each in accumulator.resources:
        for name in {old.name for old in each.previous}:
            by_name.setdefault(name, []).append(each)
    if not by_name:
        return frozenset()
    fixer = _Fixer(accumulator, by_name, set())
    fields = _by_kind((*name_references(), *accumulator.name_references))
    accumulator.resources = [fixer.fixed(each, fields) for each in accumulator.resources]
    return frozenset(fixer.followed)


@lru_cache(maxsize=32)
def _by_kind(references: tuple[NameReference, ...]) -> dict[str, _Fields]:
    fields: dict[str, _Fields] = {}
    for reference in references:
        at = fields.setdefault(reference.gvk.kind, _Fields())
        for segment in reference.path:
            at = at.below.setdefault(segment, _Fields())
        at.references.append(reference)
    return fields


class _Fixer(Struct, frozen=True):
    accumulator: Accumulator
    by_name: dict[str, list[Resource]]
    """Renamed objects by each of their previous names."""
    followed: set[Span]

    def fixed(self, resource: Resource, fields: dict[str, _Fields]) -> Resource:
        node: Node = resource.node
        for kind in (resource.original.kind, ""):
            if kind in fields:
                node = self._node(resource, node, fields[kind])
        assert isinstance(node, Mapping)
        return resource if node is resource.node else replace(resource, node=node)

    def _node(self, resource: Resource, node: Node, fields: _Fields) -> Node:
        """The node with the references at and below it updated; the node itself when nothing changed."""
        if is_null(node):
            return node
        for reference in fields.references:
            if reference.gvk.selects(resource.api_version, resource.original.kind):
                node = self._reference(resource, reference, node)
        if isinstance(node, Sequence) and fields.below:
            new_items = [self._item(resource, item, fields) for item in node.items]
            same = all(new is old for new, old in zip(new_items, node.items, strict=True))
            return node if same else with_items(node, new_items)
        return self._mapping(resource, node, fields) if isinstance(node, Mapping) else node

    def _item(self, resource: Resource, item: Node, fields: _Fields) -> Node:
        """Lists in lists are skipped: no API has a reference there, and hostile input may nest them without end."""
        return item if isinstance(item, Sequence) else self._node(resource, item, fields)

    def _mapping(self, resource: Resource, node: Mapping, fields: _Fields) -> Mapping:
        changed = {}
        for name, below in fields.below.items():
            before = node.get(name)
            if before is not None:
                value = self._node(resource, before, below)
                if value is not before:
                    changed[name] = node.entries[name]._replace(value=value)
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
        """Update a reference with name and namespace, such as a subject of a RoleBinding."""
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
            self.accumulator.refuse(
                name.span,
                Message(
                    "ambiguous name: {kind} `{name}` is several objects of this build",
                    kind=shown(reference.target.kind),
                    name=shown(name.raw),
                ),
            )
            return None
        return found[0] if found else None


def _in_reach(referrer: Resource, target: Resource) -> bool:
    """Whether kustomize considers the target: in the same namespace, or one of the two is cluster-scoped."""
    namespaces = {referrer.effective_namespace, target.effective_namespace}
    if len(namespaces) == 1 or CLUSTER in namespaces:
        return True
    return referrer.kind == "RoleBinding" and any(
        string(subject, "kind") == "ServiceAccount" and string(subject, "namespace") == target.namespace
        for subject in items(referrer.node, "subjects")
    )


def _same_affixes(one: Resource, other: Resource, *, lenient: bool) -> bool:
    """Whether two objects got the same prefixes and suffixes; ``lenient``: or one of them got none."""
    pairs = ((one.prefixes, other.prefixes), (one.suffixes, other.suffixes))
    return all((lenient and not (mine and theirs)) or _ends_alike(mine, theirs) for mine, theirs in pairs)


def _ends_alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return longer[len(longer) - len(shorter) :] == shorter if shorter else not longer
