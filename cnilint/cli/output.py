"""What reporting commands share: output settings, writing the report, and the exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from cnilint.errors import UsageError

if TYPE_CHECKING:
    from cnilint.report.model import Report
    from cnilint.report.view import View

Lines = Callable[[str], Sequence[str]]
"""Gives a file's text split at LF; nothing for a file that cannot be read."""

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


@dataclass(kw_only=True, frozen=True, slots=True)
class OutputSettings:
    """Where a report is written, how it looks, and when it makes the command fail.

    ``format`` is written to standard output, ``output`` to files. ``fail_on`` is a severity or ``never``. A run
    without an object fails unless it may be empty.
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

    @property
    def formats(self) -> frozenset[str]:
        """All formats that are written."""
        return frozenset((self.format, *(name for name, _ in self.output)))


def write(report: Report, lines: Lines, settings: OutputSettings, root: str | None) -> None:
    """Writes the report to its files, and in one format to standard output. Raises UsageError.

    ``root`` is the folder that was read, None for a stream.
    """
    from cnilint.report import FORMATS

    write_files(report, lines, settings, root)
    write_out("".join(FORMATS[settings.format](report, _view(report, lines, settings, root))))


def write_files(report: Report, lines: Lines, settings: OutputSettings, root: str | None) -> None:
    """Writes the report to its files. Raises UsageError."""
    from cnilint.report import FORMATS

    view = _view(report, lines, settings, root)
    for name, path in settings.output:
        try:
            path.write_text("".join(FORMATS[name](report, view)), "utf-8")
        except OSError as error:
            raise UsageError(f"cannot write `{path}`: {error.strerror}") from None


def write_out(text: str) -> None:
    """Writes to standard output in UTF-8, whatever the locale: names of files and objects can have any character."""
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.stdout.write(text)
    sys.stdout.flush()


def write_err(text: str) -> None:
    """Writes to standard error in UTF-8."""
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.stderr.write(text)
    sys.stderr.flush()


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


def refuse_empty(reason: str, hint: str) -> NoReturn:
    """Raises UsageError for a run that checked no object, which must not look like a success."""
    raise UsageError(f"nothing was checked: {reason}", f"{hint}, or allow it with --allow-empty")


def _view(report: Report, lines: Lines, settings: OutputSettings, root: str | None) -> View:
    from cnilint.report.view import View

    view = View(
        lines=lines,
        colour=is_coloured(settings.color, sys.stdout),
        width=columns_of(sys.stdout),
        verbose=settings.verbose,
        quiet=settings.quiet,
        show_suppressed=settings.show_suppressed,
        details=settings.details,
    )
    if "sarif" not in settings.formats:
        return view
    from dataclasses import replace

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
    # https://no-color.org
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def columns_of(stream: TextIO) -> int:
    """Columns of the terminal, 0 where there is none."""
    if not stream.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns
