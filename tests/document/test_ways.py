"""Mappings that are found by their names are those that a look at all nodes finds."""

from collections.abc import Set

import pytest

from cnilint.document import Mapping, Node, Ways, mappings_with, read, walk
from cnilint.document.edit import with_value
from cnilint.document.node import Scalar
from cnilint.document.outlinenodes import OutlinedMapping

NESTED = """\
kind: A
spec:
  list:
  - name: one
    key: k
  - plain
  - {name: in-flow, key: k}
  - []
  - other: {deep: [{key: k}]}
  text: |
    key: not one
    {key: neither
  long: more
    than {a line}
  empty: {}
  below:
    key: |
      [text
    below:
      "key": quoted
"""
LIST_IN_LIST = "- key: a\n- - key: b\n  - {key: c}\n"
IN_FLOW = "# flow\n{kind: A, spec: {key: [{key: {}}]}}"


def _has_key(names: Set[str]) -> bool:
    return "key" in names


@pytest.mark.parametrize("text", [NESTED, IN_FLOW, "a: {key: b}", LIST_IN_LIST, "a: {}\nb: []", "a: key"])
@pytest.mark.parametrize("touched", [False, True])
def test_finds_what_a_walk_finds(text: str, touched: bool) -> None:
    root = _root(text)
    if touched and isinstance(root, Mapping):
        root = with_value(root, ("added", "key"), Scalar(root.text, "new", root.start, root.end))
    expected = [node for node in walk(root) if isinstance(node, Mapping) and _has_key(node.names())]
    assert list(mappings_with(root, _has_key)) == expected


def test_both_forms_are_among_the_texts() -> None:
    assert isinstance(_root(NESTED), OutlinedMapping)
    assert not isinstance(_root(IN_FLOW), OutlinedMapping)


def test_makes_no_node_beside_the_way() -> None:
    root = _root("a: {}\nb:\n  c: d\ne:\n  f:\n    key: g\n  h: i\n")
    assert isinstance(root, OutlinedMapping)
    ways = Ways(_has_key)
    assert ways.lead(root)
    ((name, below),) = ways.fields(root)
    assert name == "e"
    assert isinstance(below, Mapping)
    assert [name for name, _ in ways.fields(below)] == ["f"]


def _root(text: str) -> Node:
    (document,) = read("a.yaml", text.encode(), everything=True)
    assert document.root is not None
    return document.root
