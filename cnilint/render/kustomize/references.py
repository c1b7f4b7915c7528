"""Which fields of which kinds hold the name of another object: kustomize's built-in nameReference table, as data.

Source: sigs.k8s.io/kustomize/api v0.18.0 builtinpluginconsts/namereference.go. What the table leaves out is left
out here, too (no ConfigMap of a ReplicationController, no ephemeral container): kustomize does not rename there.
"""

from typing import NamedTuple


class Gvk(NamedTuple):
    """A selector of kinds; an empty part matches any."""

    group: str
    version: str
    kind: str

    def selects(self, api_version: str, kind: str) -> bool:
        group, _, version = api_version.rpartition("/")
        return all(wanted in ("", found) for wanted, found in zip(self, (group, version, kind), strict=True))


class Referrer(NamedTuple):
    """A field, as its path from the object, that holds the name of an object of kind ``target``."""

    gvk: Gvk
    path: tuple[str, ...]
    target: Gvk


_POD_SPECS = {
    "Pod": "spec",
    "PodTemplate": "template/spec",
    "Deployment": "spec/template/spec",
    "ReplicaSet": "spec/template/spec",
    "DaemonSet": "spec/template/spec",
    "StatefulSet": "spec/template/spec",
    "Job": "spec/template/spec",
    "CronJob": "spec/jobTemplate/spec/template/spec",
}
_ACCOUNT_SPECS = {
    **{kind: path for kind, path in _POD_SPECS.items() if kind not in ("PodTemplate", "ReplicaSet")},
    "ReplicationController": "spec/template/spec",
}
_POD_FIELDS = {
    "ConfigMap": (
        "volumes/configMap/name",
        "containers/env/valueFrom/configMapKeyRef/name",
        "initContainers/env/valueFrom/configMapKeyRef/name",
        "containers/envFrom/configMapRef/name",
        "initContainers/envFrom/configMapRef/name",
        "volumes/projected/sources/configMap/name",
    ),
    "Secret": (
        "volumes/secret/secretName",
        "containers/env/valueFrom/secretKeyRef/name",
        "initContainers/env/valueFrom/secretKeyRef/name",
        "containers/envFrom/secretRef/name",
        "initContainers/envFrom/secretRef/name",
        "imagePullSecrets/name",
        "volumes/projected/sources/secret/name",
    ),
}
_OTHERS = """
ConfigMap - Node spec/configSource/configMap
ConfigMap - Role rules/resourceNames
ConfigMap - ClusterRole rules/resourceNames
ConfigMap - Ingress metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap
Secret - Ingress spec/tls/secretName
Secret - Ingress metadata/annotations/ingress.kubernetes.io\\/auth-secret
Secret - Ingress metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret
Secret - Ingress metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret
Secret - ServiceAccount imagePullSecrets/name
Secret - StorageClass parameters/secretName
Secret - StorageClass parameters/adminSecretName
Secret - StorageClass parameters/userSecretName
Secret - StorageClass parameters/secretRef
Secret - Role rules/resourceNames
Secret - ClusterRole rules/resourceNames
Secret serving.knative.dev Service spec/template/spec/containers/env/valueFrom/secretKeyRef/name
Secret - PersistentVolume spec/azureFile/secretName
Service apps StatefulSet spec/serviceName
Service - Ingress spec/rules/http/paths/backend/serviceName
Service - Ingress spec/backend/serviceName
Service - Ingress spec/rules/http/paths/backend/service/name
Service - Ingress spec/defaultBackend/service/name
Service apiregistration.k8s.io APIService spec/service/name
Service admissionregistration.k8s.io ValidatingWebhookConfiguration webhooks/clientConfig/service
Service admissionregistration.k8s.io MutatingWebhookConfiguration webhooks/clientConfig/service
ServiceAccount rbac.authorization.k8s.io RoleBinding subjects
ServiceAccount rbac.authorization.k8s.io ClusterRoleBinding subjects
"""
"""Lines of: kind of the target, group of the referrer, its kind, the field."""


def segments(path: str) -> tuple[str, ...]:
    """A kustomize field path in its parts; a slash within a part is escaped by a backslash."""
    parts = path.replace("\\/", "\0").strip("/").split("/")
    return tuple(part.replace("\0", "/").removesuffix("[]") for part in parts)


def _in_pods() -> list[Referrer]:
    found = [
        Referrer(
            Gvk("", "v1" if kind == "Pod" else "", kind), segments(f"{spec}/{field}"), Gvk("", "v1", target)
        )
        for target, fields in _POD_FIELDS.items()
        for kind, spec in _POD_SPECS.items()
        for field in fields
    ]
    account = Gvk("", "v1", "ServiceAccount")
    found += [
        Referrer(Gvk("", "", kind), segments(f"{spec}/serviceAccountName"), account)
        for kind, spec in _ACCOUNT_SPECS.items()
    ]
    return found


def _elsewhere() -> list[Referrer]:
    found = []
    for line in _OTHERS.strip().splitlines():
        target, group, kind, path = line.split()
        gvk = Gvk("" if group == "-" else group, "", kind)
        found.append(Referrer(gvk, segments(path), Gvk("", "v1", target)))
    return found


REFERRERS: tuple[Referrer, ...] = (*_in_pods(), *_elsewhere())
