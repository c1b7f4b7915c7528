"""Rows of a tree made short: a field that is only the way to one other stands in one row with it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from cnilint.report.ownership_view import TreeRow


@dataclass(slots=True)
class _Node:
    row: TreeRow
    children: list["_Node"] = field(default_factory=list)


def joined(rows: Iterable[TreeRow]) -> Iterator[TreeRow]:
    """The rows with ``spec``, ``template`` and ``spec`` below one another as ``spec.template.spec``."""
    return _flat(_nested(rows), 0)


def _nested(rows: Iterable[TreeRow]) -> list[_Node]:
    roots: list[_Node] = []
    stack: list[_Node] = []
    for row in rows:
        while stack and stack[-1].row.depth >= row.depth:
            stack.pop()
        node = _Node(row)
        (stack[-1].children if stack else roots).append(node)
        stack.append(node)
    return roots


def _flat(nodes: Sequence[_Node], depth: int) -> Iterator[TreeRow]:
    for node in nodes:
        label = node.row.label
        while len(node.children) == 1 and _is_way(node.row):
            node = node.children[0]
            below = node.row.label
            label += below if below.startswith("[") else f".{below}"
        yield replace(node.row, depth=depth, label=label)
        yield from _flat(node.children, depth + 1)


def _is_way(row: TreeRow) -> bool:
    """Whether nothing is said of the field itself."""
    return row.state == "same" and not (row.before or row.after or row.note)
