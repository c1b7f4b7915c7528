"""Trees that share what did not change: every edit copies only the mappings and sequences on its way."""

from collections.abc import Callable
from collections.abc import Sequence as Items

from cnilint.document import Entry, Mapping, Node, Place, Scalar, Sequence, Text, is_null
from cnilint.document.node import Mark

_Location = tuple[Text, Mark, Mark]


def text_at(place: Node, raw: str) -> Scalar:
    """A string that stands where another node stands in the source."""
    return Scalar(place.text, raw, place.start, place.end)


def head(whole: Scalar, part: str) -> Scalar:
    """The first characters of a string as a token of their own, when they can be pointed at."""
    return _part(whole, part, 0)


def tail(whole: Scalar, part: str) -> Scalar:
    """The last characters of a string as a token of their own, when they can be pointed at."""
    return _part(whole, part, len(whole.raw) - len(part))


def _part(whole: Scalar, part: str, offset: int) -> Scalar:
    """A string written in one line and without escapes is as long as its token, give or take two quotes."""
    start, end = whole.start, whole.end
    quotes = end.index - start.index - len(whole.raw)
    if start.line != end.line or quotes not in (0, 2):
        return text_at(whole, part)
    offset += quotes // 2
    first = Place(start.line, start.column + offset, start.index + offset)
    last = Place(first.line, first.column + len(part), first.index + len(part))
    return Scalar(whole.text, part, first, last)


def rebuilt(root: Node, leaf: Callable[[Scalar], Scalar], place: Callable[[Node], _Location]) -> Node:
    """The tree with every scalar, keys included, changed by ``leaf`` and every collection put at its ``place``.

    A loop: nesting may go deeper than Python's stack.
    """
    new_root = _shell(root, leaf, place)
    pending = [(root, new_root)]
    while pending:
        old, new = pending.pop()
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for name, entry in old.entries.items():
                key, value = leaf(entry.key), _shell(entry.value, leaf, place)
                new.entries[key.raw if entry.key.plain and not key.plain else name] = Entry(key, value)
                pending.append((entry.value, value))
        elif isinstance(old, Sequence) and isinstance(new, Sequence):
            new.items = [_shell(item, leaf, place) for item in old.items]
            pending.extend(zip(old.items, new.items, strict=True))
    return new_root


def _shell(node: Node, leaf: Callable[[Scalar], Scalar], place: Callable[[Node], _Location]) -> Node:
    """The node without what it holds."""
    if isinstance(node, Scalar):
        return leaf(node)
    return Mapping(*place(node)) if isinstance(node, Mapping) else Sequence(*place(node))


def with_entry(mapping: Mapping, key: Scalar, name: str, value: Node) -> Mapping:
    """The mapping with one more or one other pair; the key keeps its place when it is there already."""
    entries = dict(mapping.entries)
    known = entries.get(name)
    entries[name] = Entry(key if known is None else known.key, value)
    return Mapping(mapping.text, mapping.start, mapping.end, entries)


def without(mapping: Mapping, name: str) -> Mapping:
    """The mapping without a pair."""
    if name not in mapping.entries:
        return mapping
    rest = {key: entry for key, entry in mapping.entries.items() if key != name}
    return Mapping(mapping.text, mapping.start, mapping.end, rest)


def with_entries(mapping: Mapping, entries: dict[str, Entry]) -> Mapping:
    return Mapping(mapping.text, mapping.start, mapping.end, entries)


def with_items(sequence: Sequence, items: list[Node]) -> Sequence:
    return Sequence(sequence.text, sequence.start, sequence.end, items)


def with_value(mapping: Mapping, path: Items[str], value: Node) -> Mapping:
    """The mapping with a value below a chain of keys; missing mappings are made, at the place of the value."""
    name, *rest = path
    if not rest:
        return with_entry(mapping, text_at(value, name), name, value)
    inner = mapping.get(name)
    below = inner if isinstance(inner, Mapping) else Mapping(value.text, value.start, value.end)
    return with_entry(mapping, text_at(value, name), name, with_value(below, rest, value))


def edited(node: Node, path: Items[str], change: Callable[[Node], Node]) -> Node:
    """The tree with ``change`` applied to what lies at a kustomize field path: through sequences, into each item.

    What is missing or null stays so. The node itself comes back when nothing changed.
    """
    if is_null(node):
        return node
    if isinstance(node, Sequence) and path:
        items = [edited(item, path, change) for item in node.items]
        same = all(new is old for new, old in zip(items, node.items, strict=True))
        return node if same else with_items(node, items)
    if not path:
        return change(node)
    entry = node.entries.get(path[0]) if isinstance(node, Mapping) else None
    if entry is None or not isinstance(node, Mapping):
        return node
    value = edited(entry.value, path[1:], change)
    return node if value is entry.value else with_entry(node, entry.key, path[0], value)
