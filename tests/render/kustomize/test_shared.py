"""Builds that share bases: none sees what another one changes, in whatever order they are evaluated."""

import pytest

from cnilint.document import Mapping, Node, Scalar, Sequence
from cnilint.render.kustomize import Build, Inclusions, Memo, build
from tests.render.kustomize.generator import generated
from tests.render.kustomize.oracle import MemoryFiles, Tree


def _said(node: Node) -> object:
    """Everything that a node says: values, keys, styles and positions."""
    if isinstance(node, Scalar):
        return node.raw, node.style, node.tag, node.span
    if isinstance(node, Sequence):
        return node.span, [_said(item) for item in node.items]
    assert isinstance(node, Mapping)
    return node.span, [(_said(key), _said(value)) for key, value in node.entries.values()]


def _built(made: Build) -> object:
    objects = [(each.name, each.namespace, each.span, _said(each.node)) for each in made.objects]
    return objects, made.gaps, made.diagnostics, made.followed, made.renamed, made.hashed


def _folders(tree: Tree) -> list[str]:
    return sorted(path.rpartition("/")[0] for path in tree if path.endswith("/kustomization.yaml"))


@pytest.mark.parametrize("seed", range(60))
def test_no_build_changes_what_another_one_shares(seed: int) -> None:
    tree, _ = generated(seed)
    folders = _folders(tree)
    alone = {folder: _built(build(folder, MemoryFiles(tree))) for folder in folders}
    for order in (folders, folders[::-1]):
        files, memo = MemoryFiles(tree), Memo()
        made = {folder: build(folder, files, memo) for folder in order}
        assert {folder: _built(each) for folder, each in made.items()} == alone
        assert _read_again(files) == _read_again(MemoryFiles(tree))


def _read_again(files: MemoryFiles) -> list[object]:
    """What all files of a repository say."""
    documents = [
        each for path in sorted(files.data) if path.endswith(".yaml") for each in files.documents(path)
    ]
    return [_said(each.root) for each in documents if each.root is not None]


def _tree(**listed: str) -> Tree:
    return {f"{name.replace('_', '/')}/kustomization.yaml": lines for name, lines in listed.items()}


def _inclusions(tree: Tree) -> Inclusions:
    return Inclusions(_folders(tree), MemoryFiles(tree))


def test_what_no_other_one_lists_is_a_top() -> None:
    tree = _tree(
        base="resources: [missing.yaml]\n",
        prod="RESOURCES: [../base]\ncomponents: [../part]\n",
        part="kind: Component\n",
        other="apiVersion: v1\nresources: [../base, ../prod]\n",
    )
    listed = _inclusions(tree)
    assert listed.tops == ["other", "prod"]
    assert listed.included == {"base", "part"}
    assert listed.are_free_of_order()


LOOPS = {
    "itself by way of another": _tree(a="resources: [../b]\n", b="components: [../a]\n"),
    "a folder around one that includes it": _tree(
        a_in="resources: [../../b]\n", b="resources: [../a]\n", a=""
    ),
    "too many levels": _tree(**{f"f{level}": f"resources: [../f{level + 1}]\n" for level in range(60)}),
}


@pytest.mark.parametrize("tree", LOOPS.values(), ids=LOOPS.keys())
def test_order_matters_in_a_loop(tree: Tree) -> None:
    assert not _inclusions(tree).are_free_of_order()


def test_a_folder_around_the_kustomization_is_not_entered() -> None:
    listed = _inclusions(_tree(a="", a_in="resources: [..]\n"))
    assert listed.tops == ["a", "a/in"]
    assert listed.are_free_of_order()


VARS = """\
vars:
- {name: HOST, objref: {kind: Service, name: s, apiVersion: v1}}
resources: [all.yaml]
"""
PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  a:\n    b: %s\n  c: none\n"


@pytest.mark.parametrize(
    "text", ["$(HOST)", "'x $(HOST)'", '"\\x24(HOST)"', '"$\\\n      (HOST)"', "|\n      x\n      $(HOST)"]
)
def test_a_var_is_found_however_it_is_written(text: str) -> None:
    tree = {"a/kustomization.yaml": VARS, "a/all.yaml": PLAIN % text + "---\n" + PLAIN % "HOST"}
    (gap,) = build("a", MemoryFiles(tree)).gaps
    assert [touched.fields for touched in gap.touched] == [("data.a.b",)]
