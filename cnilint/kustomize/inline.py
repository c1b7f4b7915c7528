"""Manifests written inside a string of another file (an inline patch), with positions in that file."""

from collections.abc import Callable
from functools import partial

from cnilint.document import Document, Entry, Mapping, Node, Place, Scalar, Sequence, Text, read
from cnilint.document.node import Mark

_Marks = tuple[Mark, Mark]
_Move = Callable[[Node], _Marks]


def documents(scalar: Scalar, source: str) -> list[Document]:
    """The documents in a string. ``source`` is the text of the file that the string stands in.

    A literal block keeps its lines, so each token has a place in the file. In any other style lines are folded
    or escaped, and what stands in the string is placed at the whole string.
    """
    found = read(scalar.text.file, scalar.raw.encode("utf-8", "replace"), everything=True)
    indent = _indentation(scalar, source) if scalar.style == "|" else None
    above, _ = scalar.text.locate(scalar.start)
    for document in found:
        if document.root is not None and indent is not None:
            document.root = _moved(document.root, Text(scalar.text.file), partial(_in_block, above, indent))
        elif document.root is not None:
            document.root = _moved(document.root, scalar.text, lambda _node: (scalar.start, scalar.end))
    return found


def _indentation(scalar: Scalar, source: str) -> int | None:
    """The columns that the block's lines stand further right than their text; None when they do not match."""
    above, _ = scalar.text.locate(scalar.start)
    lines = source.split("\n")
    for offset, line in enumerate(scalar.raw.split("\n")):
        if line.strip():
            written = lines[above + offset].rstrip("\r") if above + offset < len(lines) else ""
            return len(written) - len(line) if written.endswith(line) else None
    return None


def _in_block(above: int, indent: int, node: Node) -> _Marks:
    """Where a token of a literal block stands in the file; ``above`` is the line of the block's indicator."""
    line, column = node.text.locate(node.start)
    end_line, end_column = node.text.locate(node.end)
    return (
        Place(above + line - 1, column - 1 + indent, node.start.index),
        Place(above + end_line - 1, end_column - 1 + indent, node.end.index),
    )


def _moved(node: Node, text: Text, move: _Move) -> Node:
    """The tree with every token elsewhere. A loop: nesting may go deeper than Python's stack."""
    root = _shell(node, text, move)
    pending: list[tuple[Node, Node]] = [(node, root)]
    while pending:
        old, new = pending.pop()
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for name, entry in old.entries.items():
                value = _shell(entry.value, text, move)
                new.entries[name] = Entry(_scalar(entry.key, text, move), value)
                pending.append((entry.value, value))
        elif isinstance(old, Sequence) and isinstance(new, Sequence):
            for item in old.items:
                value = _shell(item, text, move)
                new.items.append(value)
                pending.append((item, value))
    return root


def _shell(node: Node, text: Text, move: _Move) -> Node:
    """The node at its new place, without what it holds."""
    if isinstance(node, Scalar):
        return _scalar(node, text, move)
    start, end = move(node)
    return Mapping(text, start, end) if isinstance(node, Mapping) else Sequence(text, start, end)


def _scalar(scalar: Scalar, text: Text, move: _Move) -> Scalar:
    start, end = move(scalar)
    return Scalar(text, scalar.raw, start, end, scalar.style, scalar.tag)
