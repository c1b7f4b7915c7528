"""Finds every field of an object that names a ConfigMap, a Secret or a ServiceAccount.

Built-in workloads are read at the path of their pod spec. Any other object is searched for the same fields (``env``,
``envFrom``, ``volumes`` and its like, ``imagePullSecrets``, ``serviceAccountName``), because a custom resource may hold
a pod template anywhere.
Sources: k8s.io/api core/v1 types.go for the fields, pkg/kubelet/kubelet_pods.go for how the kubelet reads them.
"""

import re

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import Mapping, Node, Scalar, Sequence, child, is_null, is_true, items, string
from cnilint.facts.collector import Collector, ReferenceForm
from cnilint.facts.containers import read_container, read_value_from
from cnilint.facts.model import Stated
from cnilint.facts.mounts import volumes_of
from cnilint.facts.owner import owner_of
from cnilint.facts.volumes import read_volume
from cnilint.gitops.conventions import gitops_conventions
from cnilint.gitops.helm import Release
from cnilint.manifest.object import Object, is_embedded
from cnilint.manifest.pod import PodTemplate, is_workload, pod_template

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
"""Built-in kinds that hold no pod template: they are not searched."""

_IMAGE_PULL_SECRET = ReferenceForm("imagePullSecrets", "Secret")
_SERVICE_ACCOUNT = ReferenceForm("serviceAccountName", "ServiceAccount")
_SECRETS_OF_ACCOUNT = {
    field: ReferenceForm(f"serviceAccount.{field}", "Secret") for field in ("secrets", "imagePullSecrets")
}
_INGRESS_TLS = ReferenceForm("ingress.tls", "Secret")
_EMBEDDED = "an object inside a custom resource: its controller decides where it is applied"
_ENV_ENTRY = re.compile(r"\.env(?:\[\d+\]|\.[^.]+)$")
"""A path that ``read_container`` has read already."""


def stated(obj: Object, release: Release | None = None, *, owner: ObjectRef | None = None) -> Stated:
    """The references and containers of an object.

    ``owner`` is its identity, where that has been read already. ``release`` is the Helm release whose values the object
    holds: ``{{ .Release.Name }}`` is its name there, and what the values name is in its namespace.
    """
    result = Stated(owner=owner or owner_of(obj), strict=is_workload(obj))
    to = Collector(result, release, _dormant(obj), result.strict)
    if result.strict:
        _pod_spec(to, obj, pod_template(obj))
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


def _pod_spec(to: Collector, obj: Object, template: PodTemplate) -> None:
    spec = template.spec
    if not isinstance(spec, Mapping):
        return
    volumes = volumes_of(obj, spec)
    for path, container in template.containers():
        read_container(to, container, path, volumes)
    _pod_fields(to, spec, template.path)


def _search(to: Collector, root: Mapping) -> None:
    """Finds the fields of pods anywhere below ``root``. A loop: the parser allows more depth than Python's stack."""
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
            _custom_fields(to, node, path, name, container)
            prefix = f"{path}." if path else ""
            stack.extend((entry.value, prefix + key, name, unclear) for key, entry in node.entries.items())


def _custom_fields(to: Collector, node: Mapping, path: str, name: str, parent: str) -> None:
    """The fields of pods that one mapping of a custom resource has; ``parent`` is the nearest name above it."""
    if "env" in node.entries or "envFrom" in node.entries:
        read_container(to, node, path, None, name)
    _pod_fields(to, node, path)
    if to.release is not None and to.release.holds(f"{path}."):
        _chart_fields(to, node, path, parent)


def _pod_fields(to: Collector, spec: Mapping, path: str) -> None:
    prefix = f"{path}." if path else ""
    for field_name in gitops_conventions().volumes:
        for index, volume in enumerate(items(spec, field_name)):
            read_volume(to, volume, f"{prefix}{field_name}[{index}]")
    for index, secret in enumerate(items(spec, "imagePullSecrets")):
        to.named(_IMAGE_PULL_SECRET, secret, f"{prefix}imagePullSecrets[{index}]")
    _service_account_name(to, spec, prefix)


def _chart_fields(to: Collector, values: Mapping, path: str, container: str) -> None:
    """The fields of pods that charts accept under names of their own: ``extraEnvVars``, ``extraVolumes``."""
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
            to.add(_SERVICE_ACCOUNT, node, f"{prefix}{field_name}")
            return


def _service_account(to: Collector, root: Mapping) -> None:
    for field_name, form in _SECRETS_OF_ACCOUNT.items():
        for index, secret in enumerate(items(root, field_name)):
            to.named(form, secret, f"{field_name}[{index}]")


def _ingress(to: Collector, root: Mapping) -> None:
    for index, tls in enumerate(items(root, "spec", "tls")):
        if isinstance(tls, Mapping) and not is_null(tls.get("secretName")):
            to.named(_INGRESS_TLS, tls, f"spec.tls[{index}]", field="secretName")
