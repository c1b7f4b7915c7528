"""Dotted paths into objects, as the conventions write them; a step that ends in ``[]`` goes through a list."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from cnilint.document import Mapping, Node, Sequence


def located(root: Node, paths: Iterable[str]) -> Iterator[tuple[Node, str]]:
    """The nodes at dotted paths, each with its own path; the empty path is that of the root."""
    for path in paths:
        found: list[tuple[Node, str]] = [(root, "")]
        for name, is_list in _steps(path):
            found = [below for node, at in found for below in _step(node, at, name, is_list)]
        yield from found


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[tuple[str, bool], ...]:
    """The names of the steps, and whether each goes through a list."""
    return tuple((step.removesuffix("[]"), step.endswith("[]")) for step in path.split(".")) if path else ()


def _step(node: Node, path: str, name: str, is_list: bool) -> Iterable[tuple[Node, str]]:
    below = node.get(name) if isinstance(node, Mapping) else None
    if below is None:
        return ()
    where = f"{path}.{name}" if path else name
    if not is_list:
        return ((below, where),)
    found = below.items if isinstance(below, Sequence) else ()
    return ((item, f"{where}[{index}]") for index, item in enumerate(found))
