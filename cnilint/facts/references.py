"""Finds every field of an object that names a ConfigMap, a Secret or a ServiceAccount.

Built-in workloads are read at the path of their pod spec. Any other object is searched for the same fields (``env``,
``envFrom``, ``volumes`` and its like, ``imagePullSecrets``, ``serviceAccountName``), because a custom resource may hold
a pod template anywhere. ``rules/references`` knows what else some kinds refer to; in the others a name and a key are
told by the name of the field that holds them (``passwordSecretRef``).
Sources: k8s.io/api core/v1 types.go for the fields, pkg/kubelet/kubelet_pods.go for how the kubelet reads them.
"""

from collections.abc import Collection, Set
from functools import cache

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import Mapping, Node, Scalar, Sequence, Ways, child, is_true, items, string
from cnilint.facts.collector import Collector, ReferenceForm
from cnilint.facts.containers import read_container
from cnilint.facts.known import read_known
from cnilint.facts.model import Stated, Stating
from cnilint.facts.mounts import volumes_of
from cnilint.facts.owner import owner_of
from cnilint.facts.shapes import read_key_reference
from cnilint.facts.volumes import read_volume
from cnilint.gitops.conventions import gitops_conventions
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
        "Ingress",
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
_SERVICE_ACCOUNT_NAMES = ("serviceAccountName", "serviceAccount")
_SERVICE_ACCOUNT = ReferenceForm("serviceAccountName", "ServiceAccount")
_SECRETS_OF_ACCOUNT = {
    field: ReferenceForm(f"serviceAccount.{field}", "Secret") for field in ("secrets", "imagePullSecrets")
}
_EMBEDDED = "an object inside a custom resource: its controller decides where it is applied"


def stated(obj: Object) -> Stated:
    """The references and containers of an object."""
    return stating(obj, owner_of(obj)).stated()


def stating(obj: Object, owner: ObjectRef, values: Collection[str] = ()) -> Stating:
    """As ``stated``, without what is in the ``values`` of Helm charts, at these paths. ``owner`` is the object's identity."""
    result = Stating(owner=owner, strict=is_workload(obj))
    to = Collector(result, None, _inactive(obj), result.strict)
    if result.strict:
        _pod_spec(to, obj, pod_template(obj))
    elif obj.kind == "ServiceAccount" and not obj.group:
        _service_account(to, obj.node)
    else:
        read_known(to, obj)
        if obj.kind not in _WITHOUT_PODS or not obj.built_in:
            _search(to, obj, values)
    return result


def _inactive(obj: Object) -> str:
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


def _search(to: Collector, obj: Object, left_out: Collection[str]) -> None:
    """Finds the fields of pods anywhere in an object. A loop: the parser allows more depth than Python's stack."""
    shapes = not obj.built_in
    wanted = _has_custom_fields if shapes else _has_pod_fields
    ways = Ways(wanted)
    stack: list[tuple[Node, str, str, str]] = [(obj.node, "", "", to.unclear)] if ways.lead(obj.node) else []
    while stack:
        node, path, container, unclear = stack.pop()
        if path in left_out:
            continue
        if isinstance(node, Sequence):
            stack.extend((item, f"{path}[{index}]", container, unclear) for index, item in ways.items(node))
        elif isinstance(node, Mapping):
            name = string(node, "name") or container
            to.unclear = unclear = unclear or _embedding(node, path)
            if wanted(node.names()):
                _custom_fields(to, node, path, name, shapes=shapes)
            prefix = f"{path}." if path else ""
            stack.extend((value, prefix + key, name, unclear) for key, value in ways.fields(node))


def _has_custom_fields(names: Set[str]) -> bool:
    return _has_pod_fields(names) or ("key" in names and "name" in names)


def _has_pod_fields(names: Set[str]) -> bool:
    """Whether ``_custom_fields`` reads one of the fields, whatever their shapes."""
    return not _names_of_pod_fields().isdisjoint(names)


@cache
def _names_of_pod_fields() -> frozenset[str]:
    named = ("env", "envFrom", "imagePullSecrets", *_SERVICE_ACCOUNT_NAMES)
    return frozenset((*named, *gitops_conventions().volumes))


def _embedding(node: Mapping, path: str) -> str:
    """Why it is not clear where a mapping is applied: it is an object inside another."""
    return _EMBEDDED if path and is_embedded(node) else ""


def _custom_fields(to: Collector, node: Mapping, path: str, name: str, *, shapes: bool) -> None:
    """The fields of pods that one mapping of a custom resource has, and a reference to a key told by its ``shapes``."""
    if "env" in node.names() or "envFrom" in node.names():
        read_container(to, node, path, None, name)
    _pod_fields(to, node, path)
    if shapes and "key" in node.names() and "name" in node.names():
        read_key_reference(to, node, path)


def _pod_fields(to: Collector, spec: Mapping, path: str) -> None:
    prefix = f"{path}." if path else ""
    for field_name in gitops_conventions().volumes:
        for index, volume in enumerate(items(spec, field_name)):
            read_volume(to, volume, f"{prefix}{field_name}[{index}]")
    for index, secret in enumerate(items(spec, "imagePullSecrets")):
        to.named(_IMAGE_PULL_SECRET, secret, f"{prefix}imagePullSecrets[{index}]")
    _service_account_name(to, spec, prefix)


def _service_account_name(to: Collector, spec: Mapping, prefix: str) -> None:
    for field_name in _SERVICE_ACCOUNT_NAMES:
        node = spec.get(field_name)
        if isinstance(node, Scalar) and node.string:
            to.add(_SERVICE_ACCOUNT, node, f"{prefix}{field_name}")
            return


def _service_account(to: Collector, root: Mapping) -> None:
    for field_name, form in _SECRETS_OF_ACCOUNT.items():
        for index, secret in enumerate(items(root, field_name)):
            to.named(form, secret, f"{field_name}[{index}]")
