"""Where the pod template of a workload is."""

from dataclasses import dataclass

from cnilint.document import Node, child
from cnilint.manifest.object import Object

POD_SPECS: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        (
            "Deployment",
            "DaemonSet",
            "StatefulSet",
            "ReplicaSet",
            "ReplicationController",
            "Job",
            "DeploymentConfig",
        ),
        ("spec", "template", "spec"),
    ),
}
"""Where the pod spec of a built-in workload is."""


_CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


#: Where a workload keeps its pod template's metadata and spec.
_TEMPLATES: dict[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"),
        ("spec", "template"),
    ),
}


def is_workload(kind: str) -> bool:
    """Whether objects of this kind hold a pod template."""
    return kind in _TEMPLATES


@dataclass(frozen=True, slots=True)
class PodTemplate:
    """The mapping with ``metadata`` and ``spec`` of a workload's pods, and the path to its spec."""

    node: Node | None
    path: str


def pod_template(item: Object) -> PodTemplate:
    """The pod template of a workload; without a node for any other object."""
    keys = _TEMPLATES.get(item.kind)
    if keys is None:
        return PodTemplate(None, "")
    return PodTemplate(child(item.node, *keys), ".".join((*keys, "spec")))
