"""What objects define, and what the API server refuses in them."""

import pytest

from cnilint.facts.definitions import definition, invalid
from tests.objects import one

VALUE_OF_CUSTOM = "spec: {template: {spec: {containers: [{name: c, env: [{name: REPLICAS, value: 5}]}]}}}"


@pytest.mark.parametrize(
    ("text", "kind", "keys", "binary"),
    [
        ("kind: ConfigMap, data: {a: x}, binaryData: {b: eA==}", "ConfigMap", {"a", "b"}, {"b"}),
        ("kind: ConfigMap, data: {a: x}, binaryData: {a: eA==}", "ConfigMap", {"a"}, set()),
        ("kind: Secret, data: {a: eA==}, stringData: {b: x}", "Secret", {"a", "b"}, set()),
        ("kind: ServiceAccount", "ServiceAccount", set(), set()),
    ],
)
def test_definitions(text: str, kind: str, keys: set[str], binary: set[str]) -> None:
    found = definition(one(f"{{apiVersion: v1, metadata: {{name: a}}, {text}}}"))
    assert found is not None
    assert (found.kind, set(found.keys), found.binary) == (kind, keys, binary)


def test_values_of_a_secret_are_not_kept() -> None:
    found = definition(one("{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {b: hunter2}}"))
    assert found is not None
    assert not found.values.by_key()


def test_a_secret_of_another_group_defines_nothing() -> None:
    assert definition(one("{apiVersion: example.dev/v1, kind: Secret, metadata: {name: a}}")) is None


@pytest.mark.parametrize(
    ("text", "code", "message", "path"),
    [
        (
            "v1, kind: ConfigMap, metadata: {name: a}, data: {k: yes}",
            "CNI122",
            "value of `k` is a boolean, not a string",
            "data.k",
        ),
        (
            "v1, kind: ConfigMap, metadata: {name: a}, data: {k: 5}",
            "CNI122",
            "value of `k` is a number, not a string",
            "data.k",
        ),
        (
            "v1, kind: Secret, metadata: {name: a}, stringData: {k: []}",
            "CNI122",
            "value of `k` is a list, not a string",
            "stringData.k",
        ),
        (
            "v1, kind: ConfigMap, metadata: {name: a}, data: {k: {}}",
            "CNI122",
            "value of `k` is a map, not a string",
            "data.k",
        ),
        (
            "v1, kind: Pod, metadata: {name: a, labels: {k: 1}}",
            "CNI122",
            "value of `k` is a number, not a string",
            "metadata.labels.k",
        ),
        ("v1, kind: Pod, metadata: {name: 5}", "CNI122", "`metadata.name` is not a string", "metadata.name"),
        (
            "v1, kind: Pod, metadata: {name: a, labels: []}",
            "CNI123",
            "`metadata.labels` is not a map",
            "metadata.labels",
        ),
        (
            "v1, kind: ConfigMap, metadata: {name: CLUSTERNAME, namespace: apps}",
            "CNI123",
            "`CLUSTERNAME` is not a valid ConfigMap name",
            "metadata.name",
        ),
        (
            "v1, kind: ConfigMap, metadata: {name: A_B}",
            "CNI123",
            "`A_B` is not a valid ConfigMap name",
            "metadata.name",
        ),
        (
            "v1, kind: Secret, metadata: {name: a}, data: {k: hunter2}",
            "CNI123",
            "value of `k` in `data` is not base64",
            "data.k",
        ),
        (
            "v1, kind: ConfigMap, metadata: {name: a}, binaryData: {k: eA=}",
            "CNI123",
            "value of `k` in `binaryData` is not base64",
            "binaryData.k",
        ),
        (
            "v1, kind: Secret, metadata: {name: a}, data: {a b: eA==}",
            "CNI123",
            "invalid key `a b`",
            "data.a b",
        ),
        (
            f"apps/v1, kind: Deployment, metadata: {{name: a}}, {VALUE_OF_CUSTOM}",
            "CNI122",
            "value is a number, not a string",
            "spec.template.spec.containers[0].env[0].value",
        ),
        (
            f"apps.openshift.io/v1, kind: DeploymentConfig, metadata: {{name: a}}, {VALUE_OF_CUSTOM}",
            "CNI122",
            "value is a number, not a string",
            "spec.template.spec.containers[0].env[0].value",
        ),
    ],
)
def test_refused_values(text: str, code: str, message: str, path: str) -> None:
    (found,) = invalid(one(f"{{apiVersion: {text}}}"))
    assert (found.code, str(found.message), found.path) == (code, message, path)


@pytest.mark.parametrize(
    "text",
    [
        f"apps.example.dev/v1, kind: Deployment, metadata: {{name: a}}, {VALUE_OF_CUSTOM}",
        "v1, kind: ConfigMap, metadata: {name: '${NAME}'}, data: {'${KEY}': '${VALUE}', b: null}",
        "v1, kind: Secret, metadata: {name: CLUSTERNAME, namespace: CLUSTERNAMESPACE}",
        "v1, kind: ConfigMap, metadata: {name: a}, data: {k: !!str 5}",
        'v1, kind: Secret, metadata: {name: a}, data: {k: "aHVu\\nZXI=", l: "", m: null, n: "ENC[AES256_GCM,data:x]"}',
        'v1, kind: Secret, metadata: {name: a}, data: {k: "<path:kv/app#k>", l: "ref+vault://kv/app#k", m: "${K}"}',
        "v1, kind: Secret, metadata: {name: a}, stringData: {k: hunter2}",
    ],
)
def test_accepted_values(text: str) -> None:
    assert list(invalid(one(f"{{apiVersion: {text}}}"))) == []


def test_more_than_a_mebibyte_is_refused() -> None:
    text = f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {{k: {'x' * (1 << 20)}, l: x}}}}"
    (found,) = invalid(one(text))
    assert str(found.message) == "data has 1048577 bytes; the limit is 1048576"
