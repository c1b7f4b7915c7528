"""Resolution of references outside of pods, and of what producers make under conditions."""

import pytest

from cnilint.resolve.classify import by_code, classify
from cnilint.resolve.outcome import Outcome
from tests.resolve.conftest import (
    config_map,
    env,
    env_from,
    objects,
    pod,
    resolutions,
    secret,
    service_account,
)

KUSTOMIZATION = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux}
spec: {path: ./none, postBuild: {substituteFrom: [{kind: KIND, name: settings, optional: OPTIONAL}]}}
"""
CLASS = """\
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: {name: vault, namespace: shop}
spec: {secretObjects: [{secretName: settings, data: [{key: level, objectName: l}]}]}
"""
CERTIFICATE = """\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web, namespace: certs}
spec: {secretName: settings}
"""
CLUSTER = "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: settings, namespace: shop}\nspec: {}\n"


def _kustomization(kind: str = "ConfigMap", optional: str = "false") -> str:
    return KUSTOMIZATION.replace("KIND", kind).replace("OPTIONAL", optional)


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
@pytest.mark.parametrize(
    ("key", "code"),
    [("REGION", None), ("_a1", None), ("a-b", "CNI105"), ("a.b", "CNI105"), ("1a", "CNI105")],
)
def test_every_key_of_a_source_of_variables_is_a_variable(kind: str, key: str, code: str | None) -> None:
    make = config_map if kind == "ConfigMap" else secret
    (found,) = resolutions(objects(make("settings", f"{key} OK", "flux"), _kustomization(kind)))
    assert classify(found) == code


def test_binary_data_gives_no_variables() -> None:
    text = objects(config_map("settings", "OK", "flux", binary="a-b"), _kustomization())
    (found,) = resolutions(text)
    assert found.outcome is Outcome.RESOLVED


def test_an_optional_source_may_be_absent_but_not_invalid() -> None:
    (absent,) = resolutions(_kustomization(optional="true"))
    invalid = objects(config_map("settings", "a-b", "flux"), _kustomization(optional="true"))
    (bad,) = resolutions(invalid)
    assert (classify(absent), classify(bad)) == ("CNI106", "CNI105")


def _mounting(namespace: str, name: str = "vault") -> str:
    volume = f"{{name: v, csi: {{driver: d, volumeAttributes: {{secretProviderClass: {name}}}}}}}"
    return pod(f"{{volumes: [{volume}], containers: [{{name: c}}]}}", namespace, name="mounts")


@pytest.mark.parametrize(
    ("mounting", "outcome"),
    [
        (_mounting("shop"), Outcome.PROVIDED),
        (_mounting(""), Outcome.PROVIDED),
        (_mounting("other"), Outcome.MISSING_OBJECT),
        (_mounting("shop", "another"), Outcome.MISSING_OBJECT),
        ("", Outcome.MISSING_OBJECT),
    ],
)
def test_a_class_makes_its_secrets_only_while_a_pod_mounts_it(mounting: str, outcome: Outcome) -> None:
    reader = pod(env("secretKeyRef"), "shop")
    (found,) = resolutions(objects(*filter(None, (CLASS, reader, mounting))))
    assert found.outcome is outcome
    assert [candidate.definition.mounted_as is not None for candidate in found.found] == [True]


def test_a_pod_of_another_environment_mounts_nothing_here() -> None:
    files = {
        "overlays/dev/a.yaml": _mounting("shop"),
        "overlays/prod/a.yaml": objects(CLASS, pod(env("secretKeyRef"), "shop")),
    }
    (found,) = resolutions(files)
    assert found.outcome is Outcome.MISSING_OBJECT
    assert found.sibling is None


def test_a_certificate_does_not_excuse_a_reader_in_another_namespace() -> None:
    (found,) = resolutions(objects(CERTIFICATE, pod(env_from("secretRef"), "shop")))
    assert (found.outcome, found.certain) == (Outcome.WRONG_NAMESPACE, True)


def test_a_mention_of_an_unknown_kind_makes_the_wrong_namespace_uncertain() -> None:
    widget = "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec: {secretName: settings}\n"
    (found,) = resolutions(objects(CERTIFICATE, widget, pod(env_from("secretRef"), "shop")))
    assert (found.outcome, found.certain) == (Outcome.WRONG_NAMESPACE, False)


@pytest.mark.parametrize(
    ("reader", "meant"),
    [
        (env("secretKeyRef", key="password"), "settings-app"),
        (env("secretKeyRef", key="ca.key"), "settings-ca"),
        (env("secretKeyRef", key="other"), None),
        (env("configMapKeyRef", key="password"), None),
    ],
)
def test_the_object_made_of_the_resource_of_that_name_is_meant(reader: str, meant: str | None) -> None:
    (found,) = resolutions(objects(CLUSTER, pod(reader, "shop")))
    assert (found.meant.name if found.meant else None) == meant


def test_a_resource_of_another_namespace_is_not_meant() -> None:
    (found,) = resolutions(objects(CLUSTER, pod(env("secretKeyRef", key="password"), "other")))
    assert found.meant is None


def test_a_release_cannot_create_its_own_values() -> None:
    text = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: settings, namespace: shop}
spec: {chart: {spec: {chart: web}}, valuesFrom: [{kind: ConfigMap, name: settings-web}]}
"""
    own = objects(text, pod(env_from(name="settings-web"), "shop"))
    by_path = {each.reference.path: each.outcome for each in resolutions(own)}
    assert by_path == {
        "spec.valuesFrom[0].name": Outcome.MISSING_OBJECT,
        "spec.containers[0].envFrom[0].configMapRef.name": Outcome.UNVERIFIABLE,
    }


def test_several_keys_of_one_absent_object_are_one_finding() -> None:
    text = """\
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {name: p, namespace: shop}
spec: {selector: {secret: {name: absent}}, data: [{match: {secretKey: a}}, {match: {secretKey: b}}]}
"""
    found = resolutions(text)
    assert len(found) == 2
    assert {code: len(some) for code, some in by_code(found).items()} == {"CNI102": 1}


def test_a_namespace_that_is_not_known_makes_a_missing_key_uncertain() -> None:
    text = """\
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: ca}
spec: {ca: {secretName: settings}}
"""
    (found,) = resolutions(objects(secret("settings", "level", "shop"), text))
    assert (classify(found), found.certain) == ("CNI101", False)


@pytest.mark.parametrize(
    ("other", "maker"),
    [
        (
            "apiVersion: clouds.example.org/v1\nkind: Cloud\nmetadata: {name: c, namespace: shop}\n",
            "the Cloud `c` in the namespace",
        ),
        ("apiVersion: clouds.example.org/v1\nkind: Cloud\nmetadata: {name: c, namespace: other}\n", ""),
        (CERTIFICATE.replace("namespace: certs", "namespace: shop"), ""),
        (service_account("other", "shop"), ""),
        (
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r, namespace: shop}\n"
            "spec: {chart: {spec: {chart: cloud}}}\n",
            "the chart `cloud` in the namespace",
        ),
    ],
)
def test_who_may_create_an_account_that_no_manifest_defines(other: str, maker: str) -> None:
    found = resolutions(objects(other, pod("{serviceAccountName: robot}", "shop")))
    assert [each.maker for each in found if each.reference.name == "robot"] == [maker]


def test_who_installs_a_release_beside_an_account_does_not_create_it() -> None:
    text = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: r, namespace: shop}
spec:
  chart: {spec: {chart: cloud}}
  values: {serviceAccount: {create: false, name: robot}}
"""
    assert [each.maker for each in resolutions(text) if each.reference.kind == "ServiceAccount"] == [""]
