"""Which lists a strategic merge patch merges item by item, and by which key. Every other list is replaced.

Facts of the Kubernetes API (``patchStrategy`` and ``patchMergeKey`` of its types) as kustomize 5 has them: the
OpenAPI description of Kubernetes 1.21, status fields left out. Kinds it does not describe merge no lists.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Schema:
    """What a merge must know of a field: ``keys`` of a merged list (() for one of plain values), fields below."""

    keys: tuple[str, ...] | None = None
    fields: dict[str, "Schema"] = field(default_factory=dict)


ATOMIC = Schema()


def _below(path: str, schema: Schema) -> Schema:
    for name in reversed(path.split(".")):
        schema = Schema(fields={name: schema})
    return schema


def _object(schema: Schema) -> Schema:
    """The schema of an object whose metadata has the list fields of every object."""
    return Schema(fields={"metadata": _METADATA, **schema.fields})


_METADATA = Schema(fields={"finalizers": Schema(()), "ownerReferences": Schema(("uid",))})
_CONTAINER = {
    "env": Schema(("name",)),
    "ports": Schema(("containerPort", "protocol")),
    "volumeDevices": Schema(("devicePath",)),
    "volumeMounts": Schema(("mountPath",)),
}
_EPHEMERAL = {name: schema for name, schema in _CONTAINER.items() if name != "ports"}
_POD = Schema(
    fields={
        "containers": Schema(("name",), _CONTAINER),
        "initContainers": Schema(("name",), _CONTAINER),
        "ephemeralContainers": Schema(("name",), _EPHEMERAL),
        "hostAliases": Schema(("ip",)),
        "imagePullSecrets": Schema(("name",)),
        "topologySpreadConstraints": Schema(("topologyKey", "whenUnsatisfiable")),
        "volumes": Schema(("name",)),
    }
)
_TEMPLATE = Schema(fields={"metadata": _METADATA, "spec": _POD})
_WORKLOAD = _object(_below("spec.template", _TEMPLATE))
_CRON_JOB = _object(_below("spec.jobTemplate.spec.template", _TEMPLATE))
_WEBHOOKS = _object(_below("webhooks", Schema(("name",))))
_PLAIN = _object(ATOMIC)

_SCHEMAS: dict[tuple[str, str], Schema] = {
    **{("apps", kind): _WORKLOAD for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")},
    ("", "ReplicationController"): _WORKLOAD,
    ("batch", "Job"): _WORKLOAD,
    ("batch", "CronJob"): _CRON_JOB,
    ("", "Pod"): _object(Schema(fields={"spec": _POD})),
    ("", "PodTemplate"): _object(Schema(fields={"template": _TEMPLATE})),
    ("", "Service"): _object(_below("spec.ports", Schema(("port", "protocol")))),
    ("", "ServiceAccount"): _object(_below("secrets", Schema(("name",)))),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _WEBHOOKS,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _WEBHOOKS,
    **{
        ("", kind): _PLAIN
        for kind in ("ConfigMap", "Namespace", "PersistentVolume", "PersistentVolumeClaim", "Secret")
    },
    ("networking.k8s.io", "Ingress"): _PLAIN,
    **{
        ("rbac.authorization.k8s.io", kind): _PLAIN
        for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
    },
}
_ONLY_V1 = frozenset(("apps", ""))
_V1_AND_BETA = frozenset(("v1", "v1beta1"))


def is_described(api_version: str, kind: str) -> bool:
    """Whether the lists of this kind are known."""
    group, _, version = api_version.rpartition("/")
    return (group, kind) in _SCHEMAS and (
        version == "v1" or (group not in _ONLY_V1 and version in _V1_AND_BETA)
    )


def schema_of(api_version: str, kind: str) -> Schema:
    return _SCHEMAS[api_version.rpartition("/")[0], kind] if is_described(api_version, kind) else ATOMIC
