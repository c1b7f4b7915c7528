"""References and definitions in values, by the shape of their fields."""

import pytest

from cnilint.facts.model import Reference
from tests.objects import facts_in

HEAD = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec:
  targetNamespace: other
  releaseName: web
  chart: {spec: {chart: web}}
  values: %s
"""
VALUES = "spec.values."


def _references(values: str) -> list[Reference]:
    (fact,) = facts_in(HEAD % values)
    return fact.stated.references


def _found(values: str) -> list[tuple[str, str, str | None, str]]:
    return [(each.kind, each.name, each.key, each.path.removeprefix(VALUES)) for each in _references(values)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            "{a: {extraEnv: [{name: A, valueFrom: {secretKeyRef: {name: x, key: k}}}]}}",
            [("Secret", "x", "k", "a.extraEnv[0].valueFrom.secretKeyRef.key")],
        ),
        (
            "{env: [{name: A, valueFrom: {configMapKeyRef: {name: x, key: k}}}]}",
            [("ConfigMap", "x", "k", "env[0].valueFrom.configMapKeyRef.key")],
        ),
        (
            "{env: {A: {valueFrom: {secretKeyRef: {name: x, key: k}}}}}",
            [("Secret", "x", "k", "env.A.valueFrom.secretKeyRef.key")],
        ),
        (
            "{envValueFrom: {A: {secretKeyRef: {name: x, key: k}}}}",
            [("Secret", "x", "k", "envValueFrom.A.secretKeyRef.key")],
        ),
        (
            "{envFrom: [{secretRef: {name: x}}, {configMapRef: {name: z}}]}",
            [
                ("Secret", "x", None, "envFrom[0].secretRef.name"),
                ("ConfigMap", "z", None, "envFrom[1].configMapRef.name"),
            ],
        ),
        (
            "{extraEnvFrom: [{secret: x}, {configMap: z}]}",
            [
                ("Secret", "x", None, "extraEnvFrom[0].secret"),
                ("ConfigMap", "z", None, "extraEnvFrom[1].configMap"),
            ],
        ),
        (
            "{extraVolumes: [{name: v, secret: {secretName: x}}]}",
            [("Secret", "x", None, "extraVolumes[0].secret.secretName")],
        ),
        (
            "{p: {type: configMap, name: x, items: [{key: k, path: p}]}}",
            [("ConfigMap", "x", "k", "p.items[0].key")],
        ),
        (
            "{p: {type: secret, name: x, advancedMounts: {a: {b: [{path: /p, subPath: k}]}}}}",
            [("Secret", "x", None, "p.name"), ("Secret", "x", "k", "p.advancedMounts.a.b[0].subPath")],
        ),
        ("{p: {type: emptyDir, name: x}, q: {type: secret}}", []),
        (
            "{imagePullSecrets: [{name: x}], global: {imagePullSecrets: [z]}}",
            [
                ("Secret", "x", None, "imagePullSecrets[0].name"),
                ("Secret", "z", None, "global.imagePullSecrets[0]"),
            ],
        ),
        ("{auth: {existingSecret: x}}", [("Secret", "x", None, "auth.existingSecret")]),
        ("{existingSecret: {name: x, key: k}}", [("Secret", "x", "k", "existingSecret.key")]),
        (
            "{existingSecret: x, existingSecretPasswordKey: k, userPasswordKey: l}",
            [("Secret", "x", "k", "existingSecretPasswordKey"), ("Secret", "x", "l", "userPasswordKey")],
        ),
        (
            "{existingSecret: x, secretKeys: {adminPasswordKey: k}}",
            [("Secret", "x", "k", "secretKeys.adminPasswordKey")],
        ),
        ("{existingSecret: '', existingSecretKey: k}", []),
        (
            "{existingSecret: x, secretKey: AKIAIOSFODNN7, accessKey: y}",
            [("Secret", "x", None, "existingSecret")],
        ),
        ("{existingConfigmap: x}", [("ConfigMap", "x", None, "existingConfigmap")]),
        (
            "{extraEnvVarsSecret: x, extraEnvVarsCM: z}",
            [("Secret", "x", None, "extraEnvVarsSecret"), ("ConfigMap", "z", None, "extraEnvVarsCM")],
        ),
        ("{secretName: x, secretKey: client-secret}", [("Secret", "x", "client-secret", "secretKey")]),
        ("{secretName: x, secretKey: hunter2}", []),
        ("{secretName: x}", []),
        ("{serviceAccountName: x}", [("ServiceAccount", "x", None, "serviceAccountName")]),
        ("{a: {enabled: false, existingSecret: x}}", []),
        ("{a: {enabled: 'false', existingSecret: x}}", [("Secret", "x", None, "a.existingSecret")]),
        (
            "{serviceAccount: {create: false, name: x}}",
            [("ServiceAccount", "x", None, "serviceAccount.name")],
        ),
        ("{existingSecret: '{{ .Release.Name }}-x'}", [("Secret", "web-x", None, "existingSecret")]),
        (
            "{existingSecret: '{{ include \"web.fullname\" . }}-x'}",
            [("Secret", "web-x", None, "existingSecret")],
        ),
        ("{existingSecret: '{{ .Release.Namespace }}-x'}", [("Secret", "other-x", None, "existingSecret")]),
    ],
)
def test_forms(values: str, expected: list[tuple[str, str, str | None, str]]) -> None:
    assert _found(values) == expected


def test_what_values_name_is_in_the_namespace_of_the_release() -> None:
    (found,) = _references("{existingSecret: x}")
    assert found.namespace == "other"


def test_the_name_of_a_variable_is_not_a_container() -> None:
    first, second = _references(
        "{name: c, env: [{name: A, valueFrom: {secretKeyRef: {name: x, key: k}}}], "
        "more: [{name: B, valueFrom: {secretKeyRef: {name: x, key: l}}}]}"
    )
    assert (first.container, second.container) == ("c", "c")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("{a: {serviceAccount: {create: true, name: x}}}", [("ServiceAccount", "x", [])]),
        ("{serviceAccount: {name: x}}", [("ServiceAccount", "x", [])]),
        ("{serviceAccount: {create: false, name: x}}", []),
        (
            "{extraDeploy: [{apiVersion: v1, kind: Secret, metadata: {name: x}, stringData: {k: v}}]}",
            [("Secret", "x", ["k"])],
        ),
        (
            '{extraObjects: ["apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: x}\\ndata: {k: v}\\n"]}',
            [("ConfigMap", "x", ["k"])],
        ),
        (
            "{rawResources: {a: {apiVersion: v1, kind: ConfigMap, metadata: {name: '{{ .Release.Name }}-x'}}}}",
            [("ConfigMap", "web-x", [])],
        ),
    ],
)
def test_what_values_define(values: str, expected: list[tuple[str, str, list[str]]]) -> None:
    (fact,) = facts_in(HEAD % values)
    assert [(each.kind, each.name, list(each.keys)) for each in fact.definitions] == expected
    assert [each.namespace for each in fact.definitions] == ["other"] * len(expected)
    assert not any(each.open for each in fact.definitions)


def test_references_of_whole_objects_are_the_releases() -> None:
    (found,) = _references(
        "{extraDeploy: [{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {volumes: "
        "[{name: v, configMap: {name: x}}]}}]}"
    )
    assert (found.name, found.path) == ("x", "spec.values.extraDeploy[0].spec.volumes[0].configMap.name")
    assert (found.owner.kind, found.namespace, found.unclear) == ("HelmRelease", "other", "")


def test_an_object_elsewhere_in_values_is_not_judged() -> None:
    (found,) = _references(
        "{other: [{apiVersion: v1, kind: Pod, metadata: {name: p}, env: [{name: A, valueFrom: "
        "{secretKeyRef: {name: x, key: k}}}]}]}"
    )
    assert found.unclear


def test_deep_values_are_read() -> None:
    depth = 3000
    (found,) = _references("{a: " * depth + "{existingSecret: x}" + "}" * depth)
    assert found.name == "x"
