"""What the API server refuses in a pod because two of its parts do not fit together.

Merging with leftovers brings such parts together. Source: Kubernetes 1.36 ``pkg/apis/core/validation/validation.go``.
"""

import json
from collections.abc import Iterator

from cnilint.ssa.managedfields.refusals import Cause
from cnilint.ssa.typed.typed import as_list, as_object
from cnilint.ssa.typed.values import Json, JsonObject, at, text_at

_TEMPLATES = ((), ("spec", "template"), ("spec", "jobTemplate", "spec", "template"))
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_PROBES = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")


def pod_problems(value: JsonObject) -> Iterator[Cause]:
    """What does not fit together in the pod, or the pod template, of an object."""
    for template in _TEMPLATES:
        pod = at(value, *template, "spec")
        if not isinstance(pod, dict) or not isinstance(pod.get("containers"), list):
            continue
        path = ".".join((*template, "spec"))
        yield from _missing_volumes(pod, path, _claims(value))
        yield from _host_ports(pod, path)
        yield from _init_probes(pod, path)
        metadata = ".".join((*template, "metadata")) if not template else ".".join(template)
        yield from _apparmor(at(value, *template, "metadata", "annotations"), pod, metadata)


def _claims(value: JsonObject) -> set[str]:
    """The volumes that a StatefulSet makes by itself."""
    return {
        text_at(claim, "metadata", "name") for claim in as_list(at(value, "spec", "volumeClaimTemplates"))
    }


def _containers(pod: JsonObject) -> Iterator[tuple[str, Json]]:
    """The containers of a pod, each with ``initContainers[0]`` and so on."""
    for name in ("initContainers", "containers"):
        for index, container in enumerate(as_list(pod.get(name))):
            yield f"{name}[{index}]", container


def _missing_volumes(pod: JsonObject, path: str, claims: set[str]) -> Iterator[Cause]:
    known = claims | {text_at(volume, "name") for volume in as_list(pod.get("volumes"))}
    for where, container in _containers(pod):
        for number, mount in enumerate(as_list(at(container, "volumeMounts"))):
            name = text_at(mount, "name")
            if name and name not in known:
                yield Cause(f"{path}.{where}.volumeMounts[{number}].name", f"Not found: {json.dumps(name)}")


def _host_ports(pod: JsonObject, path: str) -> Iterator[Cause]:
    """Ports of the host that two containers ask for, and those that a pod in the host's network cannot have."""
    seen: set[str] = set()
    for where, container in _containers(pod):
        for number, port in enumerate(as_list(at(container, "ports"))):
            host = at(port, "hostPort")
            if not isinstance(host, int) or not host:
                continue
            field = f"{path}.{where}.ports[{number}].hostPort"
            name = f"{text_at(port, 'protocol') or 'TCP'}/{text_at(port, 'hostIP')}/{host}"
            if name in seen and where.startswith("containers"):
                yield Cause(field, f"Duplicate value: {json.dumps(name)}")
            seen.add(name)
            if pod.get("hostNetwork") is True and host != at(port, "containerPort"):
                yield Cause(
                    field, f"Invalid value: {host}: must match `containerPort` when `hostNetwork` is true"
                )


def _init_probes(pod: JsonObject, path: str) -> Iterator[Cause]:
    for index, container in enumerate(as_list(pod.get("initContainers"))):
        if text_at(container, "restartPolicy") != "Always":
            for name in _PROBES:
                if at(container, name) is not None:
                    field = f"{path}.initContainers[{index}].{name}"
                    yield Cause(
                        field, "Forbidden: may not be set for init containers without restartPolicy=Always"
                    )


def _apparmor(annotations: Json, pod: JsonObject, path: str) -> Iterator[Cause]:
    names = {text_at(container, "name") for _, container in _containers(pod)}
    for annotation in as_object(annotations):
        name = annotation.removeprefix(_APPARMOR)
        if name != annotation and name not in names:
            field = f"{path}.annotations[{annotation}]"
            yield Cause(field, f"Invalid value: {json.dumps(name)}: container not found")
