"""Copy-on-write edits of node trees.

Nodes are shared between files, builds and facts, so they are never changed in place. Every edit copies only the
mappings and sequences on the way to what it changes; the rest of the tree is shared with the old one.
"""

from collections.abc import Callable
from collections.abc import Sequence as Items
from typing import Any

from cnilint.document import Entry, Mapping, Node, Place, Scalar, Sequence, Text, is_null
from cnilint.document.node import Mark

_Location = tuple[Text, Mark, Mark]


def text_at(place: Node, raw: str) -> Scalar:
    """A new string with the position of another node."""
    return Scalar(place.text, raw, place.start, place.end)


def head(whole: Scalar, part: str) -> Scalar:
    """The beginning of a string as a scalar of its own, with its exact position where there is one."""
    return _part(whole, part, 0)


def tail(whole: Scalar, part: str) -> Scalar:
    """The end of a string as a scalar of its own, with its exact position where there is one."""
    return _part(whole, part, len(whole.raw) - len(part))


def _part(whole: Scalar, part: str, offset: int) -> Scalar:
    """A part of a string, ``offset`` characters from its start.

    Columns can be counted only where the source has the string as it is: on one line and without escapes, so that
    the token is as long as the value, or longer by two quotes. Otherwise the part gets the position of the whole.
    """
    start, end = whole.start, whole.end
    quotes = end.index - start.index - len(whole.raw)
    if start.line != end.line or quotes not in (0, 2):
        return text_at(whole, part)
    offset += quotes // 2
    first = Place(start.line, start.column + offset, start.index + offset)
    last = Place(first.line, first.column + len(part), first.index + len(part))
    return Scalar(whole.text, part, first, last)


def rebuilt(root: Node, leaf: Callable[[Scalar], Scalar], place: Callable[[Node], _Location]) -> Node:
    """A copy of the tree: ``leaf`` makes every scalar, keys included, ``place`` the position of every collection.

    A loop: nesting may go deeper than Python's stack.
    """
    new_root = _empty_copy(root, leaf, place)
    pending = [(root, new_root)]
    while pending:
        old, new = pending.pop()
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for name, entry in old.entries.items():
                key, value = leaf(entry.key), _empty_copy(entry.value, leaf, place)
                # A key that was `true` for its spelling `yes` and is now a string gets that spelling as its name.
                new.entries[key.raw if entry.key.plain and not key.plain else name] = Entry(key, value)
                pending.append((entry.value, value))
        elif isinstance(old, Sequence) and isinstance(new, Sequence):
            new.items = [_empty_copy(item, leaf, place) for item in old.items]
            pending.extend(zip(old.items, new.items, strict=True))
    return new_root


def detached(root: Node) -> Node:
    """A copy of the tree that shares nothing with its document but its text, so that it can be passed to a process."""
    return rebuilt(root, _detached_scalar, _detached_place)


def _detached_scalar(node: Scalar) -> Scalar:
    text, start, end = _detached_place(node)
    return Scalar(text, node.raw, start, end, style=node.style, tag=node.tag)


def _detached_place(node: Node) -> _Location:
    return node.text, _place(node.start), _place(node.end)


def _place(mark: Mark) -> Place:
    return Place(mark.line, mark.column, mark.index)


def _empty_copy(node: Node, leaf: Callable[[Scalar], Scalar], place: Callable[[Node], _Location]) -> Node:
    """A copy of a scalar, or a collection of the same type without content."""
    if isinstance(node, Scalar):
        return leaf(node)
    return Mapping(*place(node)) if isinstance(node, Mapping) else Sequence(*place(node))


class _EditedMapping(Mapping):
    """A mapping at the position of another one, which is looked up when it is wanted: few edits are ever pointed at."""

    __slots__ = ("_before",)

    def __init__(self, before: Mapping, entries: dict[str, Entry]) -> None:
        # Not the last edit of many: the position would be behind as many steps.
        self._before: Mapping = before._before if isinstance(before, _EditedMapping) else before
        self.entries = entries

    def __getattr__(self, name: str) -> Any:
        return _found_in(self._before, self, name)


class _EditedSequence(Sequence):
    """A sequence at the position of another one, as ``_EditedMapping``."""

    __slots__ = ("_before",)

    def __init__(self, before: Sequence, items: list[Node]) -> None:
        self._before: Sequence = before._before if isinstance(before, _EditedSequence) else before
        self.items = items

    def __getattr__(self, name: str) -> Any:
        return _found_in(self._before, self, name)


def _found_in(before: Node, node: Node, name: str) -> Any:
    """A part of the position of a node, which it has from now on."""
    if name not in ("text", "start", "end"):
        raise AttributeError(f"{type(node).__name__} has no attribute {name}")
    found = getattr(before, name)
    setattr(node, name, found)
    return found


def with_entry(mapping: Mapping, key: Scalar, name: str, value: Node) -> Mapping:
    """The mapping with one value set. A key that exists keeps its position; ``key`` is used for a new one."""
    entries = dict(mapping.entries)
    known = entries.get(name)
    entries[name] = Entry(key if known is None else known.key, value)
    return with_entries(mapping, entries)


def without(mapping: Mapping, name: str) -> Mapping:
    """The mapping without a key; the mapping itself when it has no such key."""
    if name not in mapping.entries:
        return mapping
    return with_entries(mapping, {key: entry for key, entry in mapping.entries.items() if key != name})


def with_entries(mapping: Mapping, entries: dict[str, Entry]) -> Mapping:
    """A mapping with other entries at the same position."""
    return _EditedMapping(mapping, entries)


def with_items(sequence: Sequence, items: list[Node]) -> Sequence:
    """A sequence with other items at the same position."""
    return _EditedSequence(sequence, items)


def with_value(mapping: Mapping, path: Items[str], value: Node) -> Mapping:
    """The mapping with a value set below a chain of keys. Missing mappings are added, at the value's position."""
    name, *rest = path
    below = value
    if rest:
        inner = mapping.get(name)
        parent = inner if isinstance(inner, Mapping) else Mapping(value.text, value.start, value.end)
        below = with_value(parent, rest, value)
    known = mapping.entries.get(name)
    key = text_at(value, name) if known is None else known.key
    return with_entry(mapping, key, name, below)


def edited(node: Node, path: Items[str], change: Callable[[Node], Node]) -> Node:
    """The tree with ``change`` applied to the values at a kustomize field path, which enters each item of a list.

    What is missing or null stays so. The node itself is returned when nothing changed.
    """
    if is_null(node):
        return node
    if not path:
        return change(node)
    if isinstance(node, Sequence):
        return _with_items_edited(node, path, change)
    if isinstance(node, Mapping) and path[0] in node.entries:
        entry = node.entries[path[0]]
        value = edited(entry.value, path[1:], change)
        return node if value is entry.value else with_entry(node, entry.key, path[0], value)
    return node


def _with_items_edited(node: Sequence, path: Items[str], change: Callable[[Node], Node]) -> Sequence:
    items = [edited(item, path, change) for item in node.items]
    same = all(new is old for new, old in zip(items, node.items, strict=True))
    return node if same else with_items(node, items)
