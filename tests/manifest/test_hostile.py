"""Manifests that are nested deeper than Python recurses, wherever something reads them: an answer each time."""

from pathlib import Path

import pytest

from tests.conftest import check_tree

_DEPTH = 1500
_LIST = "[" * _DEPTH + "]" * _DEPTH
_MAP = "{a: " * _DEPTH + "x" + "}" * _DEPTH
_MATRIX = "[{matrix: {generators: " * _DEPTH + "[]" + "}}]" * _DEPTH
_TOP = "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n"


@pytest.mark.parametrize("deep", [_LIST, _MAP], ids=["list", "map"])
@pytest.mark.parametrize(
    ("version", "kind", "rest"),
    [
        ("apps/v1", "Deployment", "spec: {template: {spec: {containers: DEEP, volumes: DEEP}}}"),
        ("v1", "ConfigMap", "data: DEEP"),
        ("example.org/v1", "Anything", "spec: DEEP"),
        ("template.openshift.io/v1", "Template", "parameters: [{name: A, value: b}]\nobjects: [DEEP]"),
        ("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "spec: {path: ., postBuild: {substitute: DEEP}}"),
        ("argoproj.io/v1alpha1", "ApplicationSet", "spec: {generators: [{list: {elements: [DEEP]}}]}"),
        ("external-secrets.io/v1", "ExternalSecret", "spec: {data: DEEP, target: {template: DEEP}}"),
        ("helm.toolkit.fluxcd.io/v2", "HelmRelease", "spec: {values: DEEP}"),
    ],
)
@pytest.mark.parametrize("kustomized", [False, True], ids=["plain", "kustomized"])
def test_deep_nesting(
    version: str, kind: str, rest: str, deep: str, kustomized: bool, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(_TOP.format(version=version, kind=kind) + rest.replace("DEEP", deep))
    if kustomized:
        (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\nnamePrefix: x-\nnamespace: b\n")
    report = check_tree(tmp_path)
    assert report.coverage.objects == 1 or kind == "Template"


def test_generators_within_generators(tmp_path: Path) -> None:
    spec = f"spec: {{generators: {_MATRIX}, template: {{spec: {{source: {{path: web}}}}}}}}"
    (tmp_path / "a.yaml").write_text(
        _TOP.format(version="argoproj.io/v1alpha1", kind="ApplicationSet") + spec
    )
    report = check_tree(tmp_path)
    assert report.coverage.objects == 1
