"""Documents in a string of another file, such as an inline patch, with positions in that file."""

from collections.abc import Callable
from functools import partial

from cnilint.document import Document, Node, Place, Scalar, Text, read
from cnilint.document.edit import rebuilt
from cnilint.document.node import Mark

_Location = tuple[Text, Mark, Mark]


def documents(scalar: Scalar, source: str) -> list[Document]:
    """The documents in a string. ``source`` is the text of the file around it.

    In a literal block (``|``) each token has its own position in the file. In any other style lines are folded or
    escaped, and every token gets the position of the whole string. All are YAML for kustomize.
    """
    found = read(scalar.text.file, scalar.raw.encode("utf-8", "replace"), everything=True, sniff=False)
    locate = _locator(scalar, source)
    for document in found:
        if document.root is not None:
            document.root = rebuilt(document.root, partial(_moved, locate=locate), locate)
    return found


def _moved(scalar: Scalar, locate: Callable[[Node], _Location]) -> Scalar:
    text, start, end = locate(scalar)
    return Scalar(text, scalar.raw, start, end, style=scalar.style, tag=scalar.tag)


def _locator(scalar: Scalar, source: str) -> Callable[[Node], _Location]:
    """The function from a token in the string to its position in the file."""
    above, _ = scalar.text.locate(scalar.start)
    indent = _indentation(scalar, above, source) if scalar.style == "|" else None
    if indent is None:
        return lambda _node: (scalar.text, scalar.start, scalar.end)
    text = Text(scalar.text.file)

    def shift(mark: Mark, own: Text) -> Place:
        line, column = own.locate(mark)
        return Place(above + line - 1, column - 1 + indent, mark.index)

    return lambda node: (text, shift(node.start, node.text), shift(node.end, node.text))


def _indentation(scalar: Scalar, above: int, source: str) -> int | None:
    """The number of columns by which the block is indented; None when the file has another text there.

    ``above`` is the line of the block's indicator, from 1.
    """
    lines = source.split("\n")
    for offset, line in enumerate(scalar.raw.split("\n")):
        if line.strip():
            written = lines[above + offset].rstrip("\r") if above + offset < len(lines) else ""
            return len(written) - len(line) if written.endswith(line) else None
    return None
