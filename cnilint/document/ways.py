"""Finds mappings by their names without a look at all nodes: of an outlined document, only those on the way are made."""

from collections.abc import Callable, Iterator, Set

from cnilint.document.node import Mapping, Node, Scalar, Sequence
from cnilint.document.outlinenodes import OutlinedMapping, OutlinedSequence


class Ways:
    """The ways from a node, which has to ``lead`` to something, down to the mappings whose names are ``wanted``.

    What is wanted has to be wanted among more names too.
    """

    def __init__(self, wanted: Callable[[Set[str]], bool]) -> None:
        self._wanted = wanted
        self._outlines: set[int] = set()
        """Those on a way, by ``id``: they live as long as the nodes."""

    def lead(self, node: Node) -> bool:
        """Whether such a mapping may be at or below a node, to which no way leads yet."""
        if isinstance(node, OutlinedMapping | OutlinedSequence):
            found = node.ways(self._wanted)
            self._outlines |= found
            return bool(found)
        return not isinstance(node, Scalar)

    def fields(self, mapping: Mapping) -> list[tuple[str, Node]]:
        """The collections in a mapping that lead on, by their names."""
        if isinstance(mapping, OutlinedMapping):
            return mapping.fields_on(self._outlines)
        return [(name, value) for name, value in mapping.fields() if self.lead(value)]

    def items(self, sequence: Sequence) -> list[tuple[int, Node]]:
        """The collections in a sequence that lead on, by their indices."""
        if isinstance(sequence, OutlinedSequence):
            return sequence.items_on(self._outlines)
        return [(index, item) for index, item in enumerate(sequence.items) if self.lead(item)]


def mappings_with(root: Node, wanted: Callable[[Set[str]], bool]) -> Iterator[Mapping]:
    """The mappings at and below a node whose names are wanted, parents first, in the order of the text."""
    ways = Ways(wanted)
    stack = [root] if ways.lead(root) else []
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            if wanted(node.names()):
                yield node
            stack.extend(value for _, value in reversed(ways.fields(node)))
        elif isinstance(node, Sequence):
            stack.extend(item for _, item in reversed(ways.items(node)))
