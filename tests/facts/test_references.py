"""References of each form that the API has, with the path and the way the kubelet reads the target."""

import pytest

from cnilint.facts.references import stated
from tests.objects import one

POD = "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{{spec}}}}}"
CONTAINER = "containers: [{{name: c, {fields}}}]"


def _pod(spec: str) -> str:
    return POD.format(spec=spec)


def _container(fields: str) -> str:
    return _pod(CONTAINER.format(fields=fields))


ENV = "env: [{{name: A, valueFrom: {{{source}}}}}]"
VOLUME = "volumes: [{{name: v, {source}}}]"
FORMS = [
    (
        _container(ENV.format(source="configMapKeyRef: {name: x, key: k}")),
        ("env.configMapKeyRef", "ConfigMap", "x", "k", "env"),
        "spec.containers[0].env[0].valueFrom.configMapKeyRef.key",
    ),
    (
        _container(ENV.format(source="secretKeyRef: {name: x, key: k}")),
        ("env.secretKeyRef", "Secret", "x", "k", "env"),
        "spec.containers[0].env[0].valueFrom.secretKeyRef.key",
    ),
    (
        _container("envFrom: [{configMapRef: {name: x}}]"),
        ("envFrom.configMapRef", "ConfigMap", "x", None, "env"),
        "spec.containers[0].envFrom[0].configMapRef.name",
    ),
    (
        _container("envFrom: [{prefix: P_, secretRef: {name: x}}]"),
        ("envFrom.secretRef", "Secret", "x", None, "env"),
        "spec.containers[0].envFrom[0].secretRef.name",
    ),
    (
        _pod(VOLUME.format(source="configMap: {name: x}")),
        ("volume.configMap", "ConfigMap", "x", None, "volume"),
        "spec.volumes[0].configMap.name",
    ),
    (
        _pod(VOLUME.format(source="secret: {secretName: x}")),
        ("volume.secret", "Secret", "x", None, "volume"),
        "spec.volumes[0].secret.secretName",
    ),
    (
        _pod(VOLUME.format(source="secret: {secretName: x, items: [{key: k, path: p}]}")),
        ("volume.secret.items", "Secret", "x", "k", "volume"),
        "spec.volumes[0].secret.items[0].key",
    ),
    (
        _pod(VOLUME.format(source="projected: {sources: [{secret: {name: x}}]}")),
        ("projected.secret", "Secret", "x", None, "volume"),
        "spec.volumes[0].projected.sources[0].secret.name",
    ),
    (
        _pod(
            VOLUME.format(source="projected: {sources: [{configMap: {name: x, items: [{key: k, path: p}]}}]}")
        ),
        ("projected.configMap.items", "ConfigMap", "x", "k", "volume"),
        "spec.volumes[0].projected.sources[0].configMap.items[0].key",
    ),
    (
        _pod(VOLUME.format(source="csi: {driver: d, nodePublishSecretRef: {name: x}}")),
        ("volume.csi", "Secret", "x", None, "object"),
        "spec.volumes[0].csi.nodePublishSecretRef.name",
    ),
    (
        _pod(VOLUME.format(source="azureFile: {secretName: x}")),
        ("volume.azureFile", "Secret", "x", None, "object"),
        "spec.volumes[0].azureFile.secretName",
    ),
    (
        _pod("imagePullSecrets: [{name: x}]"),
        ("imagePullSecrets", "Secret", "x", None, "object"),
        "spec.imagePullSecrets[0].name",
    ),
    (
        _pod("serviceAccountName: x, serviceAccount: y"),
        ("serviceAccountName", "ServiceAccount", "x", None, "object"),
        "spec.serviceAccountName",
    ),
    (
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}, secrets: [{name: x}]}",
        ("serviceAccount.secrets", "Secret", "x", None, "object"),
        "secrets[0].name",
    ),
    (
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}, imagePullSecrets: [{name: x}]}",
        ("serviceAccount.imagePullSecrets", "Secret", "x", None, "object"),
        "imagePullSecrets[0].name",
    ),
    (
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: {tls: [{secretName: x}]}}",
        ("Ingress.tls", "Secret", "x", None, "object"),
        "spec.tls[0].secretName",
    ),
    (
        "{apiVersion: example.dev/v1, kind: App, metadata: {name: a}, spec: {pod: {imagePullSecrets: [{name: x}]}}}",
        ("imagePullSecrets", "Secret", "x", None, "object"),
        "spec.pod.imagePullSecrets[0].name",
    ),
    (
        "{apiVersion: example.dev/v1, kind: App, metadata: {name: a}, spec: {env: {A: {secretKeyRef: {name: x, key: k}}}}}",
        ("env.secretKeyRef", "Secret", "x", "k", "env"),
        "spec.env.A.secretKeyRef.key",
    ),
]


@pytest.mark.parametrize(("text", "expected", "path"), FORMS)
def test_forms(text: str, expected: tuple[str | None, ...], path: str) -> None:
    (found,) = stated(one(text)).references
    assert (found.form, found.kind, found.name, found.key, found.reads) == expected
    assert found.path == path
    assert not found.optional


@pytest.mark.parametrize(
    "spec",
    [
        CONTAINER.format(fields=ENV.format(source="secretKeyRef: {name: x, key: k, optional: true}")),
        CONTAINER.format(fields="envFrom: [{secretRef: {name: x, optional: true}}]"),
        VOLUME.format(source="configMap: {name: x, optional: true}"),
        VOLUME.format(source="projected: {sources: [{secret: {name: x, optional: true}}]}"),
    ],
)
def test_optional(spec: str) -> None:
    assert [each.optional for each in stated(one(_pod(spec))).references] == [True]


@pytest.mark.parametrize(
    ("source", "sub_path", "forms"),
    [
        ("configMap: {name: x}", "k", ["subPath"]),
        ("configMap: {name: x}", "folder/k", []),
        ("secret: {secretName: x, items: [{key: k, path: p}]}", "other", ["subPath.items"]),
        ("secret: {secretName: x, items: [{key: k, path: p}]}", "p", []),
        ("secret: {secretName: x, items: [{key: k, path: a/p}]}", "a", []),
        ("emptyDir: {}", "k", []),
        ("projected: {sources: [{configMap: {name: x}}]}", "k", ["subPath"]),
        ("projected: {sources: [{secret: {name: x, items: [{key: k, path: a/p}]}}]}", "p", ["subPath.items"]),
        ("projected: {sources: [{secret: {name: x, items: [{key: k, path: a/p}]}}]}", "a/p", []),
        ("projected: {sources: [{secret: {name: x}}, {downwardAPI: {items: [{path: p}]}}]}", "p", []),
        ("projected: {sources: [{secret: {name: x}}, {serviceAccountToken: {path: p}}]}", "p", []),
    ],
)
def test_sub_paths(source: str, sub_path: str, forms: list[str]) -> None:
    mount = CONTAINER.format(fields=f"volumeMounts: [{{name: v, mountPath: /m, subPath: {sub_path}}}]")
    found = stated(one(_pod(f"{mount}, {VOLUME.format(source=source)}"))).references
    assert [each.form for each in found if each.form.startswith("subPath")] == forms


@pytest.mark.parametrize(
    ("spec", "code", "message", "path"),
    [
        (
            ENV.format(source="configMapKeyRef: {key: k}"),
            "CNI105",
            "missing `name` in `configMapKeyRef`",
            "env[0].valueFrom.configMapKeyRef",
        ),
        (
            ENV.format(source="secretKeyRef: {name: x}"),
            "CNI105",
            "missing `key` in `secretKeyRef`",
            "env[0].valueFrom.secretKeyRef",
        ),
        (
            ENV.format(source="secretKeyRef: {name: x, key: a b}"),
            "CNI105",
            "invalid key `a b`",
            "env[0].valueFrom.secretKeyRef.key",
        ),
        (
            ENV.format(source=""),
            "CNI105",
            "variable `A` has no sources under `valueFrom`",
            "env[0].valueFrom",
        ),
        (
            ENV.format(source="fieldRef: {}, secretKeyRef: {name: x, key: k}"),
            "CNI105",
            "variable `A` has 2 sources under `valueFrom`",
            "env[0].valueFrom",
        ),
        (
            "env: [{name: A, value: b, valueFrom: {fieldRef: {}}}]",
            "CNI105",
            "variable `A` has both `value` and `valueFrom`",
            "env[0].value",
        ),
        ("env: [{value: b}]", "CNI105", "missing `name` in `env`", "env[0]"),
        (
            "env: [{name: A, secretKeyRef: {name: x, key: k}}]",
            "CNI105",
            "unknown field `secretKeyRef` in `env`",
            "env[0].secretKeyRef",
        ),
        (
            ENV.format(source="secretRef: {name: x}"),
            "CNI105",
            "unknown field `secretRef` in `valueFrom`",
            "env[0].valueFrom.secretRef",
        ),
        (
            ENV.format(source="secretKeyRef: {name: x, key: k, namespace: n}"),
            "CNI105",
            "unknown field `namespace` in `secretKeyRef`",
            "env[0].valueFrom.secretKeyRef.namespace",
        ),
        (
            "envFrom: [{secretKeyRef: {name: x}}]",
            "CNI105",
            "unknown field `secretKeyRef` in `envFrom`",
            "envFrom[0].secretKeyRef",
        ),
        (
            "image: i, volumeMounts: [{name: v, mountPath: /m}]",
            "CNI105",
            "volume `v` is mounted, but not defined in the pod",
            "volumeMounts[0].name",
        ),
        ("env: [{name: A}]", "CNI113", "variable `A` has neither `value` nor `valueFrom`", "env[0]"),
        ("envFrom: [{prefix: A}]", "CNI105", "`envFrom` entry has no sources", "envFrom[0]"),
        ("envFrom: [{secretRef: {}}]", "CNI105", "missing `name` in `secretRef`", "envFrom[0].secretRef"),
    ],
)
def test_malformed_references(spec: str, code: str, message: str, path: str) -> None:
    (found,) = stated(one(_container(spec))).diagnostics
    assert (found.code, str(found.message), found.path) == (code, message, f"spec.containers[0].{path}")
    assert found.container == "c"


@pytest.mark.parametrize(
    "container",
    [
        "{name: c, volumeMounts: [{name: absent, mountPath: /m}]}",
        "{name: c, image: i, volumeMounts: [{name: data, mountPath: /m}]}",
        "{name: c, image: i, volumeMounts: [{name: '{{ .Values.volume }}', mountPath: /m}]}",
        "{name: c, image: i, env: [{$patch: delete, name: A, value: b}]}",
        "{name: c, image: i, env: [{name: A, valueFrom: {fileKeyRef: {volumeName: v, path: p, key: k}}}]}",
    ],
    ids=["patch of a container", "volume claim of a StatefulSet", "placeholder", "directive", "file"],
)
def test_containers_that_are_accepted(container: str) -> None:
    claims = "volumeClaimTemplates: [{metadata: {name: data}}]"
    spec = f"{claims}, template: {{spec: {{containers: [{container}]}}}}"
    found = stated(
        one(f"{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: a}}, spec: {{{spec}}}}}")
    )
    assert found.diagnostics == ()


def test_the_other_sources_of_a_projected_volume_are_alternatives() -> None:
    sources = "projected: {sources: [{configMap: {name: x}}, {secret: {name: y}}]}"
    mount = CONTAINER.format(fields="volumeMounts: [{name: v, mountPath: /m, subPath: k}]")
    references = stated(one(_pod(f"{mount}, {VOLUME.format(source=sources)}"))).references
    (found,) = [each for each in references if each.form == "subPath"]
    assert (found.kind, found.name, found.alternatives) == ("ConfigMap", "x", (("Secret", "y"),))


def test_custom_resources_may_have_other_shapes() -> None:
    text = "{apiVersion: example.dev/v1, kind: Deployment, metadata: {name: a}, spec: {env: [{name: A}], envFrom: [{}]}}"
    found = stated(one(text))
    assert not found.strict
    assert found.diagnostics == ()


@pytest.mark.parametrize(
    ("fields", "inactive"),
    [
        ("replicas: 0", "replicas: 0"),
        ('replicas: "0"', ""),
        ("replicas: 1", ""),
        ("suspend: true", "suspend: true"),
    ],
)
def test_inactive(fields: str, inactive: str) -> None:
    template = "template: {spec: {serviceAccountName: x}}"
    found = stated(
        one(
            f"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, spec: {{{fields}, {template}}}}}"
        )
    )
    assert [each.inactive for each in found.references] == [inactive]


def test_an_object_inside_another_is_unclear() -> None:
    inner = "{apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {serviceAccountName: x}}"
    found = stated(
        one(f"{{apiVersion: example.dev/v1, kind: App, metadata: {{name: a}}, spec: {{pod: {inner}}}}}")
    )
    assert [bool(each.unclear) for each in found.references] == [True]
