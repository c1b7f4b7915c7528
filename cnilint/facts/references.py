"""Every place of an object that names a ConfigMap, a Secret or a ServiceAccount, by the API's own shapes.

Built-in workloads are read at the path of their pod spec. Any other object is searched for the same shapes
(``env``, ``envFrom``, ``volumes`` and its like, ``imagePullSecrets``, ``serviceAccountName``), because a pod template may
stand anywhere in a custom resource.
Source of the shapes: k8s.io/api core/v1 types.go; of what the kubelet makes of them: pkg/kubelet/kubelet_pods.go.
"""

import re

from cnilint.document import Mapping, Node, Scalar, Sequence, child, is_null, is_true, items, string
from cnilint.facts.collector import Collector
from cnilint.facts.containers import read_container, read_value_from
from cnilint.facts.model import Stated
from cnilint.facts.owner import owner_of
from cnilint.facts.volumes import read_volume
from cnilint.gitops.conventions import gitops_conventions
from cnilint.gitops.helm import Release
from cnilint.manifest.object import Object, is_embedded
from cnilint.manifest.pod import _CONTAINER_LISTS, POD_SPECS

_BUILT_IN_GROUPS = frozenset(("", "apps", "batch", "extensions", "apps.openshift.io"))
_WITHOUT_PODS = frozenset(
    [
        "APIService",
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "CustomResourceDefinition",
        "Endpoints",
        "EndpointSlice",
        "HorizontalPodAutoscaler",
        "LimitRange",
        "MutatingWebhookConfiguration",
        "Namespace",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "PriorityClass",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "Secret",
        "Service",
        "StorageClass",
        "ValidatingWebhookConfiguration",
    ]
)
_EMBEDDED = "the object stands inside another, and where that applies it is not known"
_ENV_ENTRY = re.compile(r"\.env(?:\[\d+\]|\.[^.]+)$")
"""The path of what is read with ``env``."""


def stated(obj: Object, release: Release | None = None) -> Stated:
    """The references of an object.

    ``release`` is the Helm release whose values the object carries: ``{{ .Release.Name }}`` stands for it there, and
    what they name is in its namespace.
    """
    owner = owner_of(obj)
    result = Stated(owner=owner)
    strict = obj.group in _BUILT_IN_GROUPS and obj.kind in POD_SPECS
    to = Collector(result, release, _dormant(obj), strict)
    if strict:
        path = POD_SPECS[obj.kind]
        result.strict = True
        _pod_spec(to, child(obj.node, *path), ".".join(path))
    elif obj.kind == "ServiceAccount" and not obj.group:
        _service_account(to, obj.node)
    elif obj.kind == "Ingress" and obj.built_in:
        _ingress(to, obj.node)
    elif obj.kind not in _WITHOUT_PODS or not obj.built_in:
        _search(to, obj.node)
    return result


def _dormant(obj: Object) -> str:
    spec = child(obj.node, "spec")
    replicas = child(spec, "replicas")
    if isinstance(replicas, Scalar) and replicas.plain and replicas.raw == "0":
        return "replicas: 0"
    return "suspend: true" if is_true(child(spec, "suspend")) else ""


def _pod_spec(to: Collector, spec: Node | None, path: str) -> None:
    if not isinstance(spec, Mapping):
        return
    for field_name in _CONTAINER_LISTS:
        for index, container in enumerate(items(spec, field_name)):
            read_container(to, container, f"{path}.{field_name}[{index}]", spec)
    _pod_fields(to, spec, path)


def _search(to: Collector, root: Mapping) -> None:
    """Finds the shapes anywhere below ``root``."""
    stack: list[tuple[Node, str, str, str]] = [(root, "", "", "")]
    while stack:
        node, path, container, unclear = stack.pop()
        if isinstance(node, Sequence):
            stack.extend(
                (item, f"{path}[{index}]", container, unclear) for index, item in enumerate(node.items)
            )
        elif isinstance(node, Mapping):
            name = string(node, "name") or container
            if path and not unclear and is_embedded(node):
                unclear = _EMBEDDED
            to.unclear = unclear
            if "env" in node.entries or "envFrom" in node.entries:
                read_container(to, node, path, None, name)
            _pod_fields(to, node, path)
            if to.release is not None and to.release.holds(f"{path}."):
                _chart_fields(to, node, path, container)
            prefix = f"{path}." if path else ""
            stack.extend((entry.value, prefix + key, name, unclear) for key, entry in node.entries.items())


def _pod_fields(to: Collector, spec: Mapping, path: str) -> None:
    prefix = f"{path}." if path else ""
    for field_name in gitops_conventions().volumes:
        for index, volume in enumerate(items(spec, field_name)):
            read_volume(to, volume, f"{prefix}{field_name}[{index}]")
    for index, secret in enumerate(items(spec, "imagePullSecrets")):
        to.named(secret, "name", f"{prefix}imagePullSecrets[{index}]", "imagePullSecrets", "Secret")
    _service_account_name(to, spec, prefix)


def _chart_fields(to: Collector, values: Mapping, path: str, container: str) -> None:
    """The shapes that charts take under names of their own: ``extraEnvVars``, ``extraVolumes``."""
    source = values.get("valueFrom")
    if isinstance(source, Mapping) and not _ENV_ENTRY.search(path):
        read_value_from(to, source, f"{path}.valueFrom", container)
    for field_name in values.entries:
        if field_name.endswith("Volumes"):
            for index, volume in enumerate(items(values, field_name)):
                read_volume(to, volume, f"{path}.{field_name}[{index}]")


def _service_account_name(to: Collector, spec: Mapping, prefix: str) -> None:
    for field_name in ("serviceAccountName", "serviceAccount"):
        node = spec.get(field_name)
        if isinstance(node, Scalar) and node.string:
            to.add("serviceAccountName", "ServiceAccount", node, None, f"{prefix}{field_name}")
            return


def _service_account(to: Collector, root: Mapping) -> None:
    for form in ("secrets", "imagePullSecrets"):
        for index, secret in enumerate(items(root, form)):
            to.named(secret, "name", f"{form}[{index}]", f"serviceAccount.{form}", "Secret")


def _ingress(to: Collector, root: Mapping) -> None:
    for index, tls in enumerate(items(root, "spec", "tls")):
        if isinstance(tls, Mapping) and not is_null(tls.get("secretName")):
            to.named(tls, "secretName", f"spec.tls[{index}]", "ingress.tls", "Secret")
