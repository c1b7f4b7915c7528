"""What deployers change in kustomizations."""

import pytest

from cnilint.document import Scalar, walk
from cnilint.gitops.deployers import customizations, deployments
from tests.objects import one

APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  source: {repoURL: x, path: web, kustomize: %s}
  destination: {namespace: web}
"""
SET = """
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: web}
spec:
  generators: [{list: {elements: [{stage: dev}, {stage: prod}]}}]
  template:
    metadata: {name: web}
    spec:
      source: {repoURL: x, path: web, kustomize: {namePrefix: "%s"}}
      destination: {namespace: web}
"""
FLUX = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web}
spec: {path: web, %s}
"""


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            APPLICATION % "{namespace: a, namePrefix: b-, nameSuffix: -c}",
            ["namePrefix", "nameSuffix", "namespace"],
        ),
        (APPLICATION % "{patches: [{patch: x}], components: [../c]}", ["components", "patches"]),
        (
            FLUX % "namePrefix: a-, components: [c], targetNamespace: x",
            ["components", "namePrefix", "namespace"],
        ),
    ],
)
def test_fields(text: str, fields: list[str]) -> None:
    obj = one(text)
    (found,) = customizations(obj)
    assert sorted(found.fields) == fields
    assert found.complete
    assert [found.deployment] == list(deployments(obj))
    assert found.deployment.customized


@pytest.mark.parametrize("kustomize", ["{}", "{version: v5, images: [a=b]}", '{namePrefix: ""}', "null"])
def test_nothing(kustomize: str) -> None:
    obj = one(APPLICATION % kustomize)
    assert not list(customizations(obj))
    assert [each.customized for each in deployments(obj)] == [""]


def test_a_namespace_that_replaces_all_others_changes_nothing_else() -> None:
    obj = one(FLUX % "targetNamespace: x")
    assert [each.customized for each in deployments(obj)] == [""]
    assert [sorted(each.fields) for each in customizations(obj)] == [["namespace"]]


def test_parameters_are_filled_in() -> None:
    found = list(customizations(one(SET % "{{stage}}-")))
    texts = [
        each.raw
        for change in found
        for node in change.fields.values()
        for each in walk(node)
        if isinstance(each, Scalar)
    ]
    assert texts == ["dev-", "prod-"]
    assert len({each.deployment.customized for each in found}) == 2


@pytest.mark.parametrize(
    "text",
    [
        SET % "{{other}}-",
        FLUX % "namePrefix: '${CLUSTER}-'",
        FLUX % "patchesStrategicMerge: [{kind: Pod}]",
        FLUX % "patchesJson6902: [{target: {kind: Pod}}]",
    ],
)
def test_what_is_not_known_or_not_evaluated(text: str) -> None:
    obj = one(text)
    assert not any(each.complete for each in customizations(obj))
    assert all(each.customized for each in deployments(obj))
