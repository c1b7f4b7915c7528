"""The fields ``labels``, ``commonLabels``, ``commonAnnotations`` and ``replicas``."""

from cnilint.diagnostics.model import Message
from cnilint.document import Entry, Scalar, child, entries
from cnilint.document.edit import with_value
from cnilint.document.errors import shown
from cnilint.render.kustomize.kustomization import Kustomization, mapping, mappings
from cnilint.render.kustomize.model import Accumulator, Resource

_SCALABLE = ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")


def set_labels(kustomization: Kustomization, accumulator: Accumulator) -> None:
    """Set labels and annotations of objects, not those of pod templates and selectors, which no check reads."""
    labels: dict[str, Entry] = {}
    for group in mappings(kustomization, "labels", accumulator):
        labels |= entries(group, "pairs")
    labels |= entries(mapping(kustomization, "commonLabels", accumulator))
    annotations = entries(mapping(kustomization, "commonAnnotations", accumulator))
    if labels or annotations:
        accumulator.resources = [_labelled(each, labels, annotations) for each in accumulator.resources]


def _labelled(each: Resource, labels: dict[str, Entry], annotations: dict[str, Entry]) -> Resource:
    node = each.node
    for field, pairs in (("labels", labels), ("annotations", annotations)):
        for name, entry in pairs.items():
            node = with_value(node, ("metadata", field, name), entry.value)
    return each.with_node(node)


def set_replicas(kustomization: Kustomization, accumulator: Accumulator) -> None:
    """Set the number of replicas of workloads."""
    for entry in mappings(kustomization, "replicas", accumulator):
        name, count = child(entry, "name"), child(entry, "count")
        if not isinstance(name, Scalar) or not isinstance(count, Scalar):
            accumulator.refuse(entry.span, Message("expected `name` and `count` in `replicas`"))
            continue
        found = False
        for index, each in enumerate(accumulator.resources):
            if any(old.kind in _SCALABLE and old.name == name.raw for old in each.identities()):
                found = True
                accumulator.resources[index] = each.with_node(
                    with_value(each.node, ("spec", "replicas"), count)
                )
        if not found and accumulator.complete:
            accumulator.refuse(
                name.span, Message("workload `{name}` to set the replicas of not found", name=shown(name.raw))
            )
