"""What is wrong with a text, apart from what it says."""

from cnilint.diagnostics.model import Diagnostic
from cnilint.diagnostics.span import Span
from cnilint.document.node import Mark, Text

MAX_VALUES = 3_000_000
"""Values of one file that are read. A manifest of 64 MiB holds fewer; a dense text could hold ten times as many."""
_LONGEST_NAME = 80


class Broken(Exception):
    """A document that cannot be read; carries the one fault that says why."""

    def __init__(self, fault: Diagnostic) -> None:
        super().__init__(fault.message)
        self.fault = fault


def unparsable(span: Span, message: str) -> Broken:
    """What no Kubernetes tool reads (CNI901)."""
    return Broken(Diagnostic(code="CNI901", span=span, message=message))


def hostile(span: Span, message: str) -> Broken:
    """What goes beyond a limit (CNI902)."""
    return Broken(Diagnostic(code="CNI902", span=span, message=message))


def at(text: Text, mark: Mark) -> Span:
    """The one character at a mark."""
    line, column = text.locate(mark)
    return Span(file=text.file, line=line, column=column, end_line=line, end_column=column + 1)


def quoted(name: str) -> str:
    """A name for a message: in quotes, and cut when it is absurdly long."""
    return repr(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}...")


class Budget:
    """How many values of a file may still be read: a dense text takes a hundred times its size in memory."""

    __slots__ = ("left",)

    def __init__(self, left: int = MAX_VALUES) -> None:
        self.left = left
