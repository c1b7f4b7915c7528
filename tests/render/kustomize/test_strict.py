"""The fields of a kustomization that kustomize refuses."""

import pytest

from cnilint.render.kustomize import build
from tests.render.kustomize.oracle import MemoryFiles

_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n"


@pytest.mark.parametrize(
    ("line", "field", "hint"),
    [
        ("resorces: []", "resorces", "did you mean `resources`?"),
        ("zzz: 1", "zzz", "remove it: kustomize refuses the file"),
        (
            "patches: [{taget: {kind: Pod}, patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: m}}'}]",
            "taget",
            "did you mean `target`?",
        ),
        (
            "patches: [{target: {labelSelectr: a}, patch: '[]'}]",
            "labelSelectr",
            "did you mean `labelSelector`?",
        ),
        ("configMapGenerator: [{name: a, literal: [a=b]}]", "literal", "did you mean `literals`?"),
        (
            "generatorOptions: {disableNameSuffix: true}",
            "disableNameSuffix",
            "did you mean `disableNameSuffixHash`?",
        ),
        ("metadata: {uid: x}", "uid", "remove it: kustomize refuses the file"),
    ],
)
def test_unknown_field(line: str, field: str, hint: str) -> None:
    (found,) = _refusals(line)
    assert found == (f"unknown field `{field}`", hint)


@pytest.mark.parametrize(
    "line", ["commonLabels: {z: y}", "labels: [{pairs: {z: 1}}]", "commonAnnotations: {z: true}"]
)
def test_value_that_is_not_a_string(line: str) -> None:
    assert _refusals(line) == [("value of `z` is not a string", "quote the value")]


@pytest.mark.parametrize(
    "line",
    [
        "CommonLabels: {z: x}",
        "helmCharts: [{name: a, valuesInline: {z: 1}}]",
        "metadata: {labels: {a: b}}",
        "crds: []",
    ],
)
def test_known_field(line: str) -> None:
    assert _refusals(line) == []


@pytest.mark.parametrize("text", ["kind: Kustomization\n", "resources:\n", ""])
def test_empty(text: str) -> None:
    built = build("", MemoryFiles({"kustomization.yaml": text}))
    assert [str(each.message) for each in built.refusals] == ["kustomization is empty"]


def _refusals(line: str) -> list[tuple[str, str]]:
    files = MemoryFiles({"kustomization.yaml": f"{line}\nresources: [m.yaml]\n", "m.yaml": _MAP})
    return [(str(each.message), each.hint) for each in build("", files).refusals]
