"""Files that generators pack: shared by generators, and bounded in one run."""

import pytest

from cnilint.render.kustomize import build, packed
from tests.render.kustomize.oracle import MemoryFiles

_TREE = {
    "a/kustomization.yaml": "configMapGenerator:\n- {name: x, files: [f]}\n- {name: y, files: [f]}\n",
    "a/f": "0123456789",
}


def test_the_text_of_a_file_is_shared() -> None:
    texts = [each.node.get("data").get("f").raw for each in build("a", MemoryFiles(_TREE)).objects]
    assert texts[0] == "0123456789"
    assert texts[0] is texts[1]


def test_the_bound_is_said_where_it_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MOST_PACKED", 15)
    built = build("a", MemoryFiles(_TREE))
    assert [each.node.get("data").get("f").raw for each in built.objects] == ["0123456789", ""]
    assert [(each.code, each.span.line, str(each.message)) for each in built.diagnostics] == [
        ("CNI902", 3, "generators pack more than 256 MiB")
    ]
