"""Anchors and aliases of YAML: the copy that an alias becomes, and go-yaml's limit on aliases.

Source: ``decoder.unmarshal`` and ``allowedAliasRatio`` in decode.go of go.yaml.in/yaml/v2.
"""

from msgspec import Struct

from cnilint.document.node import Entry, Mapping, Mark, Node, Scalar, Sequence, Text


class Anchored(Struct):
    """The value of an anchor. ``cost`` is the number of steps that go-yaml's decoder takes for one alias to it."""

    node: Node
    cost: int = 1
    complete: bool = True


def is_alias_bomb(decoded: int, aliased: int) -> bool:
    """Whether go-yaml refuses the document: of ``decoded`` steps of its decoder ``aliased`` are for aliases."""
    return aliased > 100 and decoded > 1000 and aliased / decoded > _allowed_ratio(decoded)


def copied(node: Node, text: Text, start: Mark, end: Mark, depth: int) -> Node | None:
    """A copy of the tree with the position of the alias; None when it is deeper than ``depth``."""

    def leaf(original: Scalar) -> Scalar:
        # Not the style of a block scalar: the span of that would be one character, and this is the whole alias.
        quote = '"' if original.style else ""
        return Scalar(text, original.raw, start, end, style=quote, tag=original.tag)

    def empty(original: Node) -> Node:
        return leaf(original) if isinstance(original, Scalar) else type(original)(text, start, end)

    root = empty(node)
    pending = [(node, root, 0)]
    while pending:
        original, copy, level = pending.pop()
        if isinstance(original, Scalar):
            continue
        if level == depth:
            return None
        if isinstance(original, Mapping) and isinstance(copy, Mapping):
            for name, (key, value) in original.entries.items():
                entry = Entry(leaf(key), empty(value))
                copy.entries[name] = entry
                pending.append((value, entry.value, level + 1))
        elif isinstance(original, Sequence) and isinstance(copy, Sequence):
            copy.items.extend(map(empty, original.items))
            pending.extend(
                (item, twin, level + 1) for item, twin in zip(original.items, copy.items, strict=True)
            )
    return root


def _allowed_ratio(decoded: int) -> float:
    """The share of steps that aliases may take: 0.99 up to 400,000 steps, 0.10 from 4 million on (decode.go)."""
    low, high = 400_000, 4_000_000
    if decoded <= low:
        return 0.99
    if decoded >= high:
        return 0.10
    return 0.99 - 0.89 * (decoded - low) / (high - low)
