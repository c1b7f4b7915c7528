"""XML 1.0 as the formats write it: elements one a line, and texts that no reader refuses."""

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from cnilint.report.terminal import line, printable

HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_QUOTES = {'"': "&quot;", "'": "&apos;"}


def attributes(values: Mapping[str, str | int]) -> str:
    """Attributes with a space before each; characters that XML forbids are escaped as in ``text``."""
    return "".join(f' {name}="{escape(printable(str(value)), _QUOTES)}"' for name, value in values.items())


def text(lines: Iterable[str]) -> str:
    """Lines of text, in which control characters are written as ``\\x1b``, and none is a workflow command."""
    return "\n".join(line(escape(printable(each))) for each in lines)
