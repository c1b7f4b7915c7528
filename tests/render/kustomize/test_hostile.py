"""Kustomizations that mean harm or are nonsense: an answer each time, and the rest is still built."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnilint.render.kustomize import build
from tests.render.kustomize.oracle import MemoryFiles, Tree

_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: x}\n"
_KEPT = "configMapGenerator: [{name: kept, literals: [a=1]}]\n"


@pytest.mark.parametrize(
    "lines",
    [
        "resources: {a: b}",
        "resources: [[a], {b: c}, 1, null, '']",
        "patches: [1, {patch: 1}, {path: [x]}, {patch: '{', target: 3}, {}]",
        "patches: [{target: [a], patch: '[1, {op: add}, {op: x, path: /a}]'}]",
        "patches: [{target: {name: '('}, patch: '[]'}]",
        "patches: [{target: {labelSelector: '(((' }, patch: '[]'}]",
        "patchesStrategicMerge: [[], '', \"a: [\\nb\"]",
        "patchesJson6902: [{target: {name: x}, patch: 'a: b'}, {path: m.yaml}]",
        "secretGenerator: [{name: [x]}, {literals: [1, [x]], files: [{}], envs: [[]], env: {}}]",
        "replicas: [{name: []}, {count: 1}, 3]",
        "replacements: [{targets: [1, {select: 2, fieldPaths: [[x]]}]}, {path: nothing}, 7]",
        "vars: [{name: [x]}, 1]",
        "labels: [{pairs: [x]}, 1]\ncommonLabels: [x]\ncommonAnnotations: 3",
        "generatorOptions: [x]",
        "configurations: [m.yaml, nothing, {a: b}]",
        "generators: ['a: [\\n', m.yaml, '']\ntransformers: [nothing, '{}\\n']",
        "components: ['', 1, {}]",
        "namePrefix: [x]\nnameSuffix: {a: b}\nnamespace: 3",
        "openapi: 3\ncrds: [x]\nhelmCharts: [1, {}]",
    ],
)
def test_nonsense_is_refused_and_the_rest_is_built(lines: str) -> None:
    kept = "" if "configMapGenerator" in lines else _KEPT
    built = build("", MemoryFiles({"kustomization.yaml": f"{lines}\n{kept}", "m.yaml": _MAP}))
    assert built.diagnostics or built.gaps or "openapi" in lines
    if kept:
        assert [each.name for each in built.objects] == ["kept"]


def test_kustomizations_that_all_include_each_other_end() -> None:
    names = [f"d{number}" for number in range(40)]
    listed = ", ".join(f"../{name}" for name in names)
    tree = {f"{name}/kustomization.yaml": f"resources: [{listed}]\n{_KEPT}" for name in names}
    files = MemoryFiles(tree)
    built = build("d0", files)
    assert built.diagnostics
    assert files.parses == len(names)


def test_a_long_chain_of_bases_ends() -> None:
    tree = {f"d{n}/kustomization.yaml": f"resources: [../d{n + 1}]\n" for n in range(5000)}
    built = build("d0", MemoryFiles(tree))
    assert any(gap.adds and "nested" in gap.reason for gap in built.gaps)


def test_doubling_bases_end() -> None:
    tree: Tree = {"d0/kustomization.yaml": _KEPT}
    for n in range(1, 40):
        for side in "ab":
            tree[f"{side}{n}/kustomization.yaml"] = f"resources: [../d{n - 1}]\nnamePrefix: {side}\n"
        tree[f"d{n}/kustomization.yaml"] = f"resources: [../a{n}, ../b{n}]\n"
    built = build("d24", MemoryFiles(tree))
    assert any("objects are built" in gap.reason for gap in built.gaps)
    (found,) = built.diagnostics
    assert (found.code, found.span.file) == ("CNI902", "d24/kustomization.yaml")


def test_components_that_double_each_other_end() -> None:
    tree = {
        f"c{n}/kustomization.yaml": f"kind: Component\ncomponents: [../c{n + 1}, ../c{n + 1}]\n"
        for n in range(50)
    }
    tree["kustomization.yaml"] = "components: [c0]\n" + _KEPT
    built = build("", MemoryFiles(tree))
    assert any("components are applied" in gap.reason for gap in built.gaps)
    assert [each.name for each in built.objects] == ["kept"]


def test_deep_patches_are_refused() -> None:
    deep = "{a: " * 3000 + "1" + "}" * 3000
    tree = {
        "kustomization.yaml": "resources: [m.yaml]\npatches: [{path: p.yaml}, {target: {}, path: j.yaml}]\n",
        "m.yaml": _MAP,
        "p.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {deep}\n",
        "j.yaml": f"- {{op: test, path: /data, value: {deep}}}\n",
    }
    built = build("", MemoryFiles(tree))
    assert len(built.diagnostics) == 2
    assert len(built.objects) == 1


_WORDS = """
resources patches patch path target name kind op value from configMapGenerator literals files envs
behavior patchesStrategicMerge replacements targets select fieldPaths $patch data
"""
_FIELDS = _WORDS.split()
_TEXT = st.text(alphabet="abc/.=:[]{}-\n ~01$|>'\"*&!", max_size=40)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["kustomization.yaml", "m.yaml", "p.yaml"]), _TEXT), _TEXT)
def test_random_text_never_raises(tree: Tree, patch: str) -> None:
    tree = {"kustomization.yaml": f"resources: [m.yaml]\npatches:\n- patch: {patch!r}\n", **tree}
    build("", MemoryFiles({"m.yaml": _MAP, **tree}))


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.sampled_from(["/data/a", "m.yaml", "m", "add", "a=1", "..", "ConfigMap", 0]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(_FIELDS),
                inner,
                max_size=4,
            )
        ),
        max_leaves=25,
    )
)
def test_random_shapes_never_raise(shape: object) -> None:
    import json

    text = json.dumps({"resources": ["m.yaml"], "x": shape, **(shape if isinstance(shape, dict) else {})})
    build("", MemoryFiles({"kustomization.yaml": text, "m.yaml": _MAP, "p.yaml": json.dumps(shape)}))
