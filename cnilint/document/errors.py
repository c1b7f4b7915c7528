"""The exception for a document that cannot be read, and its usual diagnostics."""

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.diagnostics.span import Span
from cnilint.document.limits import MAX_DEPTH, MAX_VALUES
from cnilint.document.node import Mark, Scalar, Text

_LONGEST_NAME = 80


class Broken(Exception):
    """A document that cannot be read; ``diagnostic`` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic.message))
        self.diagnostic = diagnostic


def unparsable(span: Span, message: Message) -> Broken:
    """The document is not what Kubernetes tools read (CNI901)."""
    return Broken(Diagnostic(code="CNI901", span=span, message=message))


def hostile(span: Span, message: Message) -> Broken:
    """The document exceeds a limit (CNI902)."""
    return Broken(Diagnostic(code="CNI902", span=span, message=message))


def too_deep(span: Span) -> Broken:
    """The document is nested deeper than ``MAX_DEPTH`` (CNI902)."""
    return hostile(span, Message("nested deeper than {limit} levels", limit=f"{MAX_DEPTH:,}"))


def too_many_values(span: Span) -> Broken:
    """The file holds more than ``MAX_VALUES`` (CNI902)."""
    return hostile(span, Message("file holds more than {limit} values", limit=f"{MAX_VALUES:,}"))


def duplicate_key(key: Scalar, name: str, first: Scalar) -> Diagnostic:
    """A key that its mapping has already (CNI124). go-yaml v2 and encoding/json keep the last value."""
    return Diagnostic(
        code="CNI124",
        span=key.span,
        message=Message("duplicate key `{key}`: only the last value applies", key=shown(name)),
        hint=f"remove one of them: the others are silently discarded, the first one is in line {first.span.line}",
    )


def span_at(text: Text, mark: Mark) -> Span:
    """The span of the one character at a mark."""
    line, column = text.locate(mark)
    return Span(file=text.file, line=line, column=column, end_line=line, end_column=column + 1)


def shown(name: str) -> str:
    """A name as an argument of a message: at most 80 characters of it, control characters escaped."""
    cut = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
    return cut if cut.isprintable() else "".join(map(_escaped, cut))


def _escaped(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
