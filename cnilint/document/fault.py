"""What is wrong with a text, apart from what it says."""

from dataclasses import dataclass

from cnilint.document.node import Mark, Span, Text

MAX_VALUES = 3_000_000
"""Values of one file that are read. A manifest of 64 MiB holds fewer; a dense text could hold ten times as many."""
_LONGEST_NAME = 80


@dataclass(kw_only=True, frozen=True, slots=True)
class Fault:
    """Something wrong with the text itself. ``code`` is the finding's code."""

    code: str
    span: Span
    message: str
    hint: str = ""


class Broken(Exception):
    """A document that cannot be read; carries the one fault that says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def unparsable(span: Span, message: str) -> Broken:
    """What no Kubernetes tool reads (CNI901)."""
    return Broken(Fault(code="CNI901", span=span, message=message))


def hostile(span: Span, message: str) -> Broken:
    """What goes beyond a limit (CNI902)."""
    return Broken(Fault(code="CNI902", span=span, message=message))


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
