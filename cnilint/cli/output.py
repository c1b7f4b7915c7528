"""What reporting commands share: output settings, writing the report, and the exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO, cast

from msgspec import Struct

from cnilint.errors import UsageError

if TYPE_CHECKING:
    from io import TextIOWrapper

    from cnilint.report.model import Report
    from cnilint.report.view import View

Lines = Callable[[str], Sequence[str]]
"""Gives a file's text split at LF; nothing for a file that cannot be read."""
Noting = Callable[[Iterable[str]], Iterable[str]]

_RANK = {"note": 0, "warning": 1, "error": 2, "never": 3}


class ExitCode(IntEnum):
    """The exit codes of every command."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    """Bad usage, configuration or pack, output that cannot be written, or nothing that could be checked."""
    FAULT = 3
    """A fault of cnilint."""
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143
    """128 and the number of the signal, as shells have it: SIGHUP, SIGINT, SIGTERM."""


class OutputSettings(Struct, frozen=True, kw_only=True):
    """Where a report is written, how it looks, and when it makes the command fail.

    ``format`` is written to standard output, ``output`` to files. ``fail_on`` is a severity or ``never``. A run
    without an object fails unless it may be empty. ``max_findings`` is how many the text format shows, 0 for all, None for
    what fits; ``statistics`` has it show counts instead.
    """

    format: str = "text"
    output: tuple[tuple[str, Path], ...] = ()
    fail_on: str = "error"
    allow_empty: bool = False
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    show_suppressed: bool = False
    details: bool = False
    max_findings: int | None = None
    statistics: bool = False

    @property
    def formats(self) -> frozenset[str]:
        """All formats that are written."""
        return frozenset((self.format, *(name for name, _ in self.output)))


def write(
    report: Report, lines: Lines, settings: OutputSettings, root: str | None, noting: Noting | None = None
) -> None:
    """Writes the report to its files, and in one format to standard output. Raises UsageError.

    ``root`` is the folder that was read, None for a stream. ``noting`` passes on what standard output gets.
    """
    from cnilint.report import rendered

    write_files(report, lines, settings, root)
    pieces = rendered(settings.format, report, _view(report, lines, settings, root))
    _write(pieces if noting is None else noting(pieces), _stdout())


def write_files(report: Report, lines: Lines, settings: OutputSettings, root: str | None) -> None:
    """Writes the report to its files. Raises UsageError."""
    from cnilint.report import rendered

    view = _view(report, lines, settings, root)
    for name, path in settings.output:
        try:
            path.write_text("".join(rendered(name, report, view)), "utf-8")
        except OSError as error:
            raise UsageError(f"cannot write `{path}`: {error.strerror}") from None


def write_out(text: str) -> None:
    """Writes to standard output: to a terminal in its encoding, to a pipe or file in UTF-8, whatever the locale.

    Names of files and objects can have any character; one that a terminal cannot show is written as an escape.
    """
    _write((text,), _stdout())


def write_err(text: str) -> None:
    """Writes to standard error, in the encoding of ``write_out``."""
    _write((text,), cast("TextIOWrapper", sys.stderr))


def _stdout() -> TextIOWrapper:
    return cast("TextIOWrapper", sys.stdout)


def _write(pieces: Iterable[str], stream: TextIOWrapper) -> None:
    encoding = stream.encoding if stream.isatty() else "utf-8"
    stream.reconfigure(encoding=encoding, errors="backslashreplace")
    stream.writelines(pieces)
    stream.flush()


def require_text(settings: OutputSettings) -> None:
    """Raises UsageError for an option of the text format with another one, which it would not change."""
    used = {"--max-findings": settings.max_findings is not None, "--statistics": settings.statistics}
    unused = next((name for name, is_used in used.items() if is_used), None)
    if unused and settings.format != "text":
        raise UsageError(f"{unused} needs --format text", f"{settings.format} has all findings")


def lines_of(read: Callable[[str], bytes | None]) -> Lines:
    """The lines of files, given the function that reads them."""
    from cnilint.reading import Unreadable

    @lru_cache(maxsize=8)
    def lines(path: str) -> Sequence[str]:
        try:
            data = read(path)
        except Unreadable:
            return ()
        return () if data is None else data.decode("utf-8", "replace").split("\n")

    return lines


def exit_code(fail_on: str, report: Report) -> ExitCode:
    """FINDINGS if a finding that is not suppressed has the severity ``fail_on`` or a higher one."""
    worst = max((_RANK[each.severity] for each in report.findings if each.suppressed is None), default=-1)
    return ExitCode.FINDINGS if worst >= _RANK[fail_on] else ExitCode.CLEAN


def refuse_empty(reason: str, hint: str, *, may_be_allowed: bool = True) -> NoReturn:
    """Raises UsageError for a run that checked no object, which must not look like a success. ``may_be_allowed`` says that
    the command has --allow-empty."""
    option = ", or allow it with --allow-empty" if may_be_allowed else ""
    raise UsageError(f"nothing was checked: {reason}", f"{hint}{option}")


def _view(report: Report, lines: Lines, settings: OutputSettings, root: str | None) -> View:
    from cnilint.report.view import View

    view = View(
        lines=lines,
        shown=_shown(root, report.revision),
        links=None if report.revision else _links(root, settings),
        limit=settings.max_findings,
        statistics=settings.statistics,
        fail_on=settings.fail_on,
        colour=is_coloured(settings.color, sys.stdout),
        width=columns_of(sys.stdout),
        verbose=settings.verbose,
        quiet=settings.quiet,
        show_suppressed=settings.show_suppressed,
        details=settings.details,
    )
    if "sarif" not in settings.formats:
        return view
    from msgspec.structs import replace

    from cnilint.checks import CODES, pages
    from cnilint.source.git import provenance

    return replace(
        view,
        codes=CODES,
        pages=pages(),
        provenance=None if root is None else provenance(root, report.revision),
    )


def is_coloured(choice: str, stream: TextIO) -> bool:
    if choice != "auto":
        return choice == "always"
    variables = os.environ
    # https://no-color.org, https://force-color.org and http://bixense.com/clicolors: CI logs are no terminals.
    if variables.get("NO_COLOR"):
        return False
    if any(variables.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return stream.isatty() and variables.get("CLICOLOR") != "0" and variables.get("TERM") != "dumb"


def _shown(root: str | None, revision: str | None) -> Callable[[str], str]:
    """How people read the name of a file below ``root``: from the current folder, so that it can be opened."""
    if root is None:
        return str
    here = os.getcwd()  # noqa: PTH109  # compared as text, below
    if here == root or (revision is not None and not f"{here}{os.sep}".startswith(f"{root}{os.sep}")):
        return str
    return lru_cache(maxsize=1024)(lambda file: _from(here, str(Path(root, file))))


def _from(folder: str, path: str) -> str:
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:
        # Another drive of Windows.
        return path.replace(os.sep, "/")


def _links(root: str | None, settings: OutputSettings) -> str | None:
    """The folder that links in text begin with; None for a terminal that shows none.

    Source of the variables: https://github.com/zkat/supports-hyperlinks.
    """
    variables = os.environ
    if root is None or not sys.stdout.isatty() or not is_coloured(settings.color, sys.stdout):
        return None
    if "FORCE_HYPERLINK" in variables:
        return root if variables["FORCE_HYPERLINK"] not in ("", "0") else None
    if "CI" in variables or "TEAMCITY_VERSION" in variables:
        return None
    program = variables.get("TERM_PROGRAM") in ("Hyper", "iTerm.app", "WezTerm", "vscode", "ghostty", "zed")
    terminal = variables.get("TERM") in (
        "xterm-kitty",
        "alacritty",
        "alacritty-direct",
        "xterm-ghostty",
        "foot",
    )
    has_vte = variables.get("VTE_VERSION", "0").isdigit() and int(variables.get("VTE_VERSION", "0")) >= 5000
    other = any(name in variables for name in ("WT_SESSION", "DOMTERM", "KONSOLE_VERSION"))
    return root if program or terminal or has_vte or other else None


def columns_of(stream: TextIO) -> int:
    """Columns of the terminal, 0 where there is none."""
    if not stream.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns
