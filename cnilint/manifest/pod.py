"""The one table of built-in workloads: where each holds its pod template."""

from collections.abc import Iterator

from msgspec import Struct

from cnilint.document import Node, child, items
from cnilint.manifest.object import Object

_TEMPLATE_OF_SPEC = ("spec", "template")

POD_TEMPLATES: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): _TEMPLATE_OF_SPEC,
    ("apps", "DaemonSet"): _TEMPLATE_OF_SPEC,
    ("apps", "Deployment"): _TEMPLATE_OF_SPEC,
    ("apps", "ReplicaSet"): _TEMPLATE_OF_SPEC,
    ("apps", "StatefulSet"): _TEMPLATE_OF_SPEC,
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): _TEMPLATE_OF_SPEC,
    ("extensions", "DaemonSet"): _TEMPLATE_OF_SPEC,
    ("extensions", "Deployment"): _TEMPLATE_OF_SPEC,
    ("extensions", "Job"): _TEMPLATE_OF_SPEC,
    ("extensions", "ReplicaSet"): _TEMPLATE_OF_SPEC,
    ("apps.openshift.io", "DeploymentConfig"): _TEMPLATE_OF_SPEC,
    ("", "DeploymentConfig"): _TEMPLATE_OF_SPEC,
}
"""The path of the pod template (the mapping with ``metadata`` and ``spec``), by API group and kind.

Source: k8s.io/api v0.32.0, types.go of core/v1, apps/v1, batch/v1 and extensions/v1beta1 (Job: v1.1 to v1.5);
github.com/openshift/api apps/v1 types.go, which OpenShift also served in the legacy group ``""``.
"""

_PATHS = {keys: ".".join((*keys, "spec")) for keys in POD_TEMPLATES.values()}
"""The dotted path of the pod's spec, by that of its template."""

TEMPLATE_CONTAINERS = ("initContainers", "containers")
"""The lists of containers that a pod template can hold."""

CONTAINER_LISTS = (*TEMPLATE_CONTAINERS, "ephemeralContainers")
"""The lists of containers of a pod: ephemeral ones are only ever added to a running pod."""


class PodTemplate(Struct, frozen=True):
    """The mapping with ``metadata`` and ``spec`` of a workload's pods, and the dotted path to its spec."""

    node: Node | None
    path: str

    @property
    def spec(self) -> Node | None:
        return child(self.node, "spec")

    def containers(self, lists: tuple[str, ...] = CONTAINER_LISTS) -> Iterator[tuple[str, Node]]:
        """The items of the container lists, each with its path from the object."""
        spec = self.spec
        for name in lists:
            for index, container in enumerate(items(spec, name)):
                yield f"{self.path}.{name}[{index}]", container


def is_workload(obj: Object) -> bool:
    """Whether the object is of a built-in kind that holds a pod template."""
    return (obj.group, obj.kind) in POD_TEMPLATES


def pod_template(obj: Object) -> PodTemplate:
    """The pod template of a built-in workload; without a node for any other object."""
    keys = POD_TEMPLATES.get((obj.group, obj.kind))
    if keys is None:
        return PodTemplate(None, "")
    return PodTemplate(child(obj.node, *keys), _PATHS[keys])
