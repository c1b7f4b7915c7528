"""How a report is shown: the terminal, the text of files, the codes and their help pages."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from cnilint.findings.codes import Code
from cnilint.source.git import Provenance


class View(Struct, frozen=True, kw_only=True):
    """How a report is shown. Every format takes one and uses the parts that it needs.

    ``lines`` returns a file's text split at LF, with BOM and CR; nothing for a file that cannot be read, of which
    there is no excerpt. ``width`` is the terminal's, in columns; 0 means no terminal, and lines are not folded.
    ``shown`` makes of a file's name, relative to the root, one that can be opened from the current folder; ``links`` is the
    root, where the terminal has links. ``limit`` is how many findings text shows, 0 for all, None for what fits;
    ``statistics`` has it show counts instead. ``fail_on`` is the severity that makes the run fail.
    ``details`` shows of live objects each finding and each repair, and not only the plan.
    ``codes`` are all codes in order, ``pages`` their help pages; only SARIF needs either.
    """

    lines: Callable[[str], Sequence[str]] = lambda file: ()
    shown: Callable[[str], str] = str
    links: str | None = None
    limit: int | None = None
    statistics: bool = False
    fail_on: str = "error"
    colour: bool = False
    width: int = 0
    verbose: bool = False
    quiet: bool = False
    show_suppressed: bool = False
    details: bool = False
    codes: Mapping[str, Code] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    provenance: Provenance | None = None
