"""References of custom resources that no rule knows, by the names of their fields."""

import pytest

from cnilint.facts.references import stated
from tests.objects import one

RESOURCE = (
    "{{apiVersion: bots.example.org/v1, kind: Bot, metadata: {{name: a, namespace: ci}}, spec: {{{spec}}}}}"
)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("secretKeyRef", "Secret"),
        ("secretRef", "Secret"),
        ("passwordSecretRef", "Secret"),
        ("apiTokenSecretKeyRef", "Secret"),
        ("secretKeySelector", "Secret"),
        ("configMapKeyRef", "ConfigMap"),
        ("configMapRef", "ConfigMap"),
        ("rulesConfigMapKeyRef", "ConfigMap"),
    ],
)
def test_the_name_of_the_field_tells_the_kind(field: str, kind: str) -> None:
    (found,) = stated(one(RESOURCE.format(spec=f"{field}: {{name: x, key: k}}"))).references
    assert (found.kind, found.name, found.key, found.path) == (kind, "x", "k", f"spec.{field}.key")
    assert found.by_shape
    assert found.name_path == f"spec.{field}.name"


@pytest.mark.parametrize(
    "spec",
    [
        "secretKeyRef: {name: x}",
        "secretKeyRef: {key: k}",
        "secretKeyRef: {name: x, key: null}",
        "secretKeyRef: {name: x, key: k, kind: Vault}",
        "keyRef: {name: x, key: k}",
        "secret: {name: x, key: k}",
        "secretRefs: [{name: x, key: k}]",
        "remoteRef: {name: x, key: k}",
    ],
)
def test_other_fields_are_no_references(spec: str) -> None:
    assert stated(one(RESOURCE.format(spec=spec))).references == ()


def test_the_namespace_and_the_option_are_read() -> None:
    spec = "secretKeyRef: {name: x, key: k, namespace: other, optional: true}"
    (found,) = stated(one(RESOURCE.format(spec=spec))).references
    assert (found.namespace, found.optional) == ("other", True)


def test_a_variable_of_a_container_is_read_once_and_is_no_guess() -> None:
    spec = "env: [{name: A, valueFrom: {secretKeyRef: {name: x, key: k}}}]"
    (found,) = stated(one(RESOURCE.format(spec=spec))).references
    assert (found.form, found.by_shape) == ("env.secretKeyRef", False)


def test_what_a_rule_reads_is_no_guess() -> None:
    text = """{apiVersion: grafana.integreatly.org/v1beta1, kind: GrafanaDatasource, metadata: {name: a},
        spec: {valuesFrom: [{valueFrom: {secretKeyRef: {name: x, key: k}}}]}}"""
    (found,) = stated(one(text)).references
    assert (found.form, found.by_shape) == ("GrafanaDatasource.secretKeyRef", False)


def test_a_built_in_object_has_no_shapes() -> None:
    text = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {secretKeyRef: {name: x, key: k}}}"
    assert stated(one(text)).references == ()


def test_an_object_inside_another_cannot_be_verified() -> None:
    inner = "{apiVersion: x.y/v1, kind: Z, metadata: {name: b}, spec: {secretKeyRef: {name: x, key: k}}}"
    (found,) = stated(one(RESOURCE.format(spec=f"manifest: {inner}"))).references
    assert found.unclear
