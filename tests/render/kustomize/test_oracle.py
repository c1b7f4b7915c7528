"""The built-in evaluation against the real ``kubectl kustomize``, on cases by hand and on random ones."""

import re
from pathlib import Path

import pytest

from tests.render.kustomize.generator import generated
from tests.render.kustomize.oracle import Tree, comparable, ours, real

_SMOKE = range(40)
_MANY = range(40, 400)
_REFUSED = "refused: "


def _cases() -> list[tuple[str, Tree]]:
    found = []
    for file in sorted(Path(__file__).with_name("cases").glob("*.txtar")):
        for case in re.split(r"^=== ", file.read_text(), flags=re.MULTILINE)[1:]:
            title, _, text = case.partition("\n")
            parts = re.split(r"^-- (\S+) --\n", text, flags=re.MULTILINE)[1:]
            found.append((title, dict(zip(parts[::2], parts[1::2], strict=True))))
    return found


@pytest.mark.parametrize(("title", "tree"), [pytest.param(*case, id=case[0]) for case in _cases()])
def test_case_builds_as_kubectl_builds_it(title: str, tree: Tree, tmp_path: Path) -> None:
    wanted = real(tree, "", tmp_path)
    assert isinstance(wanted, str) == title.startswith(_REFUSED), wanted
    _compare(tree, "", wanted)


@pytest.mark.parametrize("seed", _SMOKE)
def test_random_kustomization_builds_as_kubectl_builds_it(seed: int, tmp_path: Path) -> None:
    tree, root = generated(seed)
    _compare(tree, root, real(tree, root, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("seed", _MANY)
def test_many_random_kustomizations_build_as_kubectl_builds_them(seed: int, tmp_path: Path) -> None:
    tree, root = generated(seed)
    _compare(tree, root, real(tree, root, tmp_path))


def _compare(tree: Tree, root: str, wanted: object) -> None:
    built, found = ours(tree, root)
    if isinstance(wanted, str):
        assert built.diagnostics, f"kubectl refuses: {wanted}"
    else:
        assert not built.diagnostics
        assert isinstance(wanted, list)
        assert comparable(found) == comparable(wanted)
