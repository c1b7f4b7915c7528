"""What Argo CD and Flux objects say is applied, from where and into which namespace."""

import pytest

from cnilint.gitops.deployers import Deployment, deployments
from tests.objects import one

ARGO = "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: a}}, spec: {{{spec}}}}}"
FLUX = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: a, namespace: flux}}
spec: {{{spec}}}
"""
SET = """
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: a}}
spec:
  generators: [{generator}]
  template: {{spec: {{source: {{path: "apps/{{{{cluster}}}}"}}, destination: {{namespace: "{{{{space}}}}"}}}}}}
"""


def _deployments(text: str) -> list[Deployment]:
    return list(deployments(one(text)))


@pytest.mark.parametrize(
    ("text", "path", "namespace", "recursive", "overrides"),
    [
        (ARGO.format(spec="source: {path: ./apps/}, destination: {namespace: x}"), "apps", "x", False, False),
        (ARGO.format(spec="source: {path: apps, directory: {recurse: true}}"), "apps", None, True, False),
        (ARGO.format(spec="sources: [{chart: c}, {path: apps}]"), "apps", None, False, False),
        (FLUX.format(spec="path: ./apps, targetNamespace: x"), "apps", "x", True, True),
        (
            FLUX.format(spec="path: './apps/${CLUSTER}', targetNamespace: '${SPACE}'"),
            "apps/**",
            None,
            True,
            True,
        ),
    ],
)
def test_folders(text: str, path: str, namespace: str | None, recursive: bool, overrides: bool) -> None:
    (found,) = _deployments(text)
    assert (found.path, found.namespace, found.recursive, found.overrides) == (
        path,
        namespace,
        recursive,
        overrides,
    )


@pytest.mark.parametrize(
    ("generator", "expected"),
    [
        ("{list: {elements: [{cluster: a, space: x}, {cluster: b}]}}", [("apps/a", "x"), ("apps/b", None)]),
        ("{clusters: {}}", [("apps/**", None)]),
        (
            "{matrix: {generators: [{list: {elements: [{cluster: a}, {cluster: b}]}}, {list: {elements: [{space: x}]}}]}}",
            [("apps/a", "x"), ("apps/b", "x")],
        ),
        (
            "{merge: {mergeKeys: [cluster], generators: [{list: {elements: [{cluster: a, space: x}]}}, "
            "{list: {elements: [{cluster: a, space: y}]}}]}}",
            [("apps/a", "y")],
        ),
    ],
)
def test_generators(generator: str, expected: list[tuple[str, str | None]]) -> None:
    found = _deployments(SET.format(generator=generator))
    assert [(each.path, each.namespace) for each in found] == expected


@pytest.mark.parametrize(
    ("directory", "file", "takes"),
    [
        ("include: '*.yaml'", "apps/a.yaml", True),
        ("include: '*.yaml'", "apps/a.json", False),
        ("exclude: '{secret,config}*'", "apps/config.yaml", False),
        ("exclude: '{secret,config}*'", "apps/other.yaml", True),
    ],
)
def test_files_of_a_folder(directory: str, file: str, takes: bool) -> None:
    (found,) = _deployments(ARGO.format(spec=f"source: {{path: apps, directory: {{{directory}}}}}"))
    assert found.takes(file) is takes


def test_variables_of_flux() -> None:
    spec = "path: apps, postBuild: {substitute: {A: b}, substituteFrom: [{kind: ConfigMap, name: vars}]}"
    (found,) = _deployments(FLUX.format(spec=spec))
    assert found.values == (("A", "b"),)
    assert [tuple(source) for source in found.sources] == [("ConfigMap", "flux", "vars")]


def test_objects_of_other_groups_deploy_nothing() -> None:
    assert _deployments(ARGO.format(spec="source: {path: apps}").replace("argoproj.io", "app.k8s.io")) == []
