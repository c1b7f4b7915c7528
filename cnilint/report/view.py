"""What a format needs to know that is not in the report: the reader's terminal, the files' text, the help pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cnilint.source.git import Provenance


@dataclass(kw_only=True, frozen=True, slots=True)
class View:
    """How a report is looked at. Every format takes one and uses what concerns it.

    ``lines`` gives a file's text split at LF, so that joining with LF gives the text back; a BOM and CR stay in.
    It gives nothing for a file that cannot be read: then there is no excerpt. ``width`` is the terminal's, in
    columns; 0 says that there is none, and lines are not folded. ``pages`` holds the checks' help pages by code.
    """

    lines: Callable[[str], Sequence[str]] = lambda file: ()
    colour: bool = False
    width: int = 0
    verbose: bool = False
    quiet: bool = False
    show_suppressed: bool = False
    pages: Mapping[str, str] = field(default_factory=dict)
    provenance: Provenance | None = None
