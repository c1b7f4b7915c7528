"""Parts of live objects whose nodes are made on demand.

Nodes are for what somebody points at. Of thousands of live objects that is nearly nothing: their parts are read as plain
values, which are smaller and faster by far, and become nodes when a place in them is wanted.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from cnilint.document.node import Mapping, Node, Plain, Sequence

METADATA, RECORD, SET, ITEMS = "metadata", "managedFields", "fieldsV1", "items"
"""The member of an object that is read at once; the part of it that is not, and that part's own; a List's objects."""

_ATTRIBUTES = ("text", "start", "end", "entries", "items")

Compose: TypeAlias = Callable[[], Mapping | Sequence]


class OnDemandMapping(Mapping):
    """A mapping that is composed when its entries or its place are wanted. ``value`` is None from then on."""

    __slots__ = ("_compose", "value")

    def __init__(self, value: dict[str, Plain], compose: Compose) -> None:
        self.value: dict[str, Plain] | None = value
        self._compose: Compose | None = compose

    def __getattr__(self, name: str) -> Any:
        node = _composed(self, name, self._compose)
        assert isinstance(node, Mapping)
        self.text, self.start, self.end, self.entries = node.text, node.start, node.end, node.entries
        self.value = self._compose = None
        return getattr(self, name)


class OnDemandSequence(Sequence):
    """A sequence that is composed when its items or its place are wanted. ``value`` is None from then on."""

    __slots__ = ("_compose", "value")

    def __init__(self, value: list[Plain], compose: Compose) -> None:
        self.value: list[Plain] | None = value
        self._compose: Compose | None = compose

    def __getattr__(self, name: str) -> Any:
        node = _composed(self, name, self._compose)
        assert isinstance(node, Sequence)
        self.text, self.start, self.end, self.items = node.text, node.start, node.end, node.items
        self.value = self._compose = None
        return getattr(self, name)


def on_demand(value: dict[str, Plain] | list[Plain], compose: Compose) -> Mapping | Sequence:
    """A node that ``compose`` makes when it is wanted."""
    if isinstance(value, dict):
        return OnDemandMapping(value, compose)
    return OnDemandSequence(value, compose)


def uncomposed_value(node: Node) -> dict[str, Plain] | list[Plain] | None:
    """The value of a node that nobody has wanted yet; None for any other node."""
    return node.value if isinstance(node, OnDemandMapping | OnDemandSequence) else None


def walk_composed(node: Node) -> Iterator[Node]:
    """As ``walk``, without what nobody has wanted yet."""
    pending = [node]
    while pending:
        node = pending.pop()
        if uncomposed_value(node) is not None:
            continue
        yield node
        if isinstance(node, Mapping):
            pending.extend(entry.value for entry in reversed(node.entries.values()))
        elif isinstance(node, Sequence):
            pending.extend(reversed(node.items))


def _composed(node: Node, name: str, compose: Compose | None) -> Mapping | Sequence:
    """The nodes, for an attribute that is not there because they are not."""
    if compose is None or name not in _ATTRIBUTES:
        raise AttributeError(f"{type(node).__name__} has no attribute {name}")
    return compose()
