"""Which kinds are cluster-scoped, as far as kustomize knows: every other kind gets the namespace it sets.

Source: sigs.k8s.io/kustomize/kyaml v0.18.1 openapi.go, and the OpenAPI description of Kubernetes 1.21 behind it.
"""

_CLUSTER_SCOPED: dict[str, frozenset[str]] = {
    "admissionregistration.k8s.io": frozenset(
        ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
    ),
    "apiextensions.k8s.io": frozenset(("CustomResourceDefinition",)),
    "apiregistration.k8s.io": frozenset(("APIService",)),
    "certificates.k8s.io": frozenset(("CertificateSigningRequest",)),
    "flowcontrol.apiserver.k8s.io": frozenset(("FlowSchema", "PriorityLevelConfiguration")),
    "networking.k8s.io": frozenset(("IngressClass",)),
    "node.k8s.io": frozenset(("RuntimeClass",)),
    "policy": frozenset(("PodSecurityPolicy",)),
    "rbac.authorization.k8s.io": frozenset(("ClusterRole", "ClusterRoleBinding")),
    "scheduling.k8s.io": frozenset(("PriorityClass",)),
    "storage.k8s.io": frozenset(("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment")),
    "": frozenset(("ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume")),
}
_VERSIONS = frozenset(("v1", "v1beta1"))


def is_cluster_scoped(api_version: str, kind: str) -> bool:
    """Whether kustomize takes the kind for cluster-scoped; custom resources never are, for it."""
    group, _, version = api_version.rpartition("/")
    return version in _VERSIONS and kind in _CLUSTER_SCOPED.get(group, frozenset())
