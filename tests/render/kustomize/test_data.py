"""The data of kustomize below ``rules/kustomize``: what is looked up in it, and that it has sources."""

import json

import pytest

from cnilint.render.kustomize.fieldspecs import Gvk, name_references, segments
from cnilint.render.kustomize.mergekeys import ATOMIC, MergeSchema, is_described, schema_of
from cnilint.render.kustomize.scope import is_cluster_scoped
from cnilint.resources import data_dir

FILES = sorted((data_dir("rules") / "kustomize").glob("*.json"))


def keys(schema: MergeSchema, path: str) -> tuple[str, ...] | None:
    for name in path.split("."):
        schema = schema.fields.get(name, ATOMIC)
    return schema.keys


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_has_its_source(path: object) -> None:
    data = json.loads(path.read_text("utf-8"))  # type: ignore[attr-defined]
    assert "kustomize/" in data["source"]
    assert data["about"]


@pytest.mark.parametrize(
    ("api_version", "kind", "path", "expected"),
    [
        ("v1", "Pod", "spec.containers", ("name",)),
        ("v1", "Pod", "spec.containers.env", ("name",)),
        ("v1", "Pod", "metadata.finalizers", ()),
        ("v1", "Pod", "spec.tolerations", None),
        ("apps/v1", "DaemonSet", "spec.template.spec.initContainers.ports", ("containerPort", "protocol")),
        ("apps/v1", "Deployment", "spec.template.spec.ephemeralContainers.ports", None),
        ("apps/v1", "Deployment", "spec.template.metadata.ownerReferences", ("uid",)),
        ("batch/v1beta1", "CronJob", "spec.jobTemplate.spec.template.spec.volumes", ("name",)),
        ("v1", "PodTemplate", "template.spec.imagePullSecrets", ("name",)),
        ("v1", "Service", "spec.ports", ("port", "protocol")),
        ("v1", "ServiceAccount", "secrets", ("name",)),
        ("v1", "ServiceAccount", "imagePullSecrets", None),
        ("example.dev/v1", "Pod", "spec.containers", None),
    ],
)
def test_merge_keys(api_version: str, kind: str, path: str, expected: tuple[str, ...] | None) -> None:
    assert keys(schema_of(api_version, kind), path) == expected


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("apps/v1", "Deployment", True),
        ("apps/v1beta1", "Deployment", False),
        ("v1", "ConfigMap", True),
        ("networking.k8s.io/v1beta1", "Ingress", True),
        ("networking.k8s.io/v1alpha1", "Ingress", False),
        ("example.dev/v1", "Deployment", False),
    ],
)
def test_described_kinds(api_version: str, kind: str, expected: bool) -> None:
    assert is_described(api_version, kind) is expected


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "Namespace", True),
        ("v1", "PersistentVolume", True),
        ("v1", "ConfigMap", False),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", True),
        ("rbac.authorization.k8s.io/v1beta1", "ClusterRole", True),
        ("rbac.authorization.k8s.io/v1alpha1", "ClusterRole", False),
        ("rbac.authorization.k8s.io/v1", "Role", False),
        ("example.dev/v1", "ClusterRole", False),
        ("gateway.networking.k8s.io/v1", "GatewayClass", False),
    ],
)
def test_cluster_scoped_kinds(api_version: str, kind: str, expected: bool) -> None:
    assert is_cluster_scoped(api_version, kind) is expected


@pytest.mark.parametrize(
    ("api_version", "kind", "path", "target"),
    [
        ("v1", "Pod", "spec/volumes/configMap/name", "ConfigMap"),
        ("apps/v1", "DaemonSet", "spec/template/spec/containers/env/valueFrom/secretKeyRef/name", "Secret"),
        ("batch/v1", "CronJob", "spec/jobTemplate/spec/template/spec/serviceAccountName", "ServiceAccount"),
        ("serving.knative.dev/v1", "Service", "spec/template/spec/containers/env/valueFrom/secretKeyRef/name", "Secret"),
        ("v1", "Service", "spec/template/spec/containers/env/valueFrom/secretKeyRef/name", None),
        ("v1", "ReplicationController", "spec/template/spec/volumes/configMap/name", None),
        ("v1", "Pod", "spec/ephemeralContainers/envFrom/configMapRef/name", None),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", "subjects", "ServiceAccount"),
    ],
)  # fmt: skip
def test_name_references(api_version: str, kind: str, path: str, target: str | None) -> None:
    found = {
        reference.target.kind
        for reference in name_references()
        if reference.gvk.selects(api_version, kind) and reference.path == segments(path)
    }
    assert found == ({target} if target else set())


def test_name_references_are_unique() -> None:
    assert len(set(name_references())) == len(name_references()) > 100


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spec/volumes/name", ("spec", "volumes", "name")),
        ("/spec/volumes[]/name/", ("spec", "volumes", "name")),
        ("metadata/annotations/example.dev\\/secret", ("metadata", "annotations", "example.dev/secret")),
    ],
)
def test_segments(path: str, expected: tuple[str, ...]) -> None:
    assert segments(path) == expected


@pytest.mark.parametrize(
    ("gvk", "expected"),
    [
        (Gvk("", "", ""), True),
        (Gvk("apps", "", ""), True),
        (Gvk("", "v1", "Deployment"), True),
        (Gvk("apps", "v1beta1", ""), False),
        (Gvk("", "", "deployment"), False),
    ],
)
def test_gvk(gvk: Gvk, expected: bool) -> None:
    assert gvk.selects("apps/v1", "Deployment") is expected
