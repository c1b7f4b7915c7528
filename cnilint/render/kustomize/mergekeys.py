"""Which lists a strategic merge patch merges item by item, and by which key. Every other list is replaced.

Facts of the Kubernetes API (``patchStrategy`` and ``patchMergeKey`` of its types) as kustomize 5 has them: the
OpenAPI description of Kubernetes 1.21, status fields left out. Kinds it does not describe merge no lists.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MergeSchema:
    """What a merge must know of a field: ``keys`` of a merged list (() for one of plain values), fields below."""

    keys: tuple[str, ...] | None = None
    fields: dict[str, "MergeSchema"] = field(default_factory=dict)


ATOMIC = MergeSchema()


def _below(path: str, schema: MergeSchema) -> MergeSchema:
    for name in reversed(path.split(".")):
        schema = MergeSchema(fields={name: schema})
    return schema


def _object(schema: MergeSchema) -> MergeSchema:
    """The schema of an object whose metadata has the list fields of every object."""
    return MergeSchema(fields={"metadata": _METADATA, **schema.fields})


_METADATA = MergeSchema(fields={"finalizers": MergeSchema(()), "ownerReferences": MergeSchema(("uid",))})
_CONTAINER = {
    "env": MergeSchema(("name",)),
    "ports": MergeSchema(("containerPort", "protocol")),
    "volumeDevices": MergeSchema(("devicePath",)),
    "volumeMounts": MergeSchema(("mountPath",)),
}
_EPHEMERAL = {name: schema for name, schema in _CONTAINER.items() if name != "ports"}
_POD = MergeSchema(
    fields={
        "containers": MergeSchema(("name",), _CONTAINER),
        "initContainers": MergeSchema(("name",), _CONTAINER),
        "ephemeralContainers": MergeSchema(("name",), _EPHEMERAL),
        "hostAliases": MergeSchema(("ip",)),
        "imagePullSecrets": MergeSchema(("name",)),
        "topologySpreadConstraints": MergeSchema(("topologyKey", "whenUnsatisfiable")),
        "volumes": MergeSchema(("name",)),
    }
)
_TEMPLATE = MergeSchema(fields={"metadata": _METADATA, "spec": _POD})
_WORKLOAD = _object(_below("spec.template", _TEMPLATE))
_CRON_JOB = _object(_below("spec.jobTemplate.spec.template", _TEMPLATE))
_WEBHOOKS = _object(_below("webhooks", MergeSchema(("name",))))
_PLAIN = _object(ATOMIC)

_SCHEMAS: dict[tuple[str, str], MergeSchema] = {
    **{("apps", kind): _WORKLOAD for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")},
    ("", "ReplicationController"): _WORKLOAD,
    ("batch", "Job"): _WORKLOAD,
    ("batch", "CronJob"): _CRON_JOB,
    ("", "Pod"): _object(MergeSchema(fields={"spec": _POD})),
    ("", "PodTemplate"): _object(MergeSchema(fields={"template": _TEMPLATE})),
    ("", "Service"): _object(_below("spec.ports", MergeSchema(("port", "protocol")))),
    ("", "ServiceAccount"): _object(_below("secrets", MergeSchema(("name",)))),
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


def schema_of(api_version: str, kind: str) -> MergeSchema:
    return _SCHEMAS[api_version.rpartition("/")[0], kind] if is_described(api_version, kind) else ATOMIC
