"""What commands that report have in common: the reports written, the terminal looked at, the exit code."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from cnilint.errors import UsageError
from cnilint.report import FORMATS
from cnilint.report.model import Report
from cnilint.report.view import View
from cnilint.source.base import Unreadable
from cnilint.source.git import provenance

Lines = Callable[[str], Sequence[str]]
"""Gives a file's text split at LF; nothing for a file that cannot be read."""

_RANK = {"note": 0, "warning": 1, "error": 2, "never": 3}


def outputs(texts: Sequence[str]) -> tuple[tuple[str, Path], ...]:
    """The values of ``--output``, FORMAT=FILE. Raises UsageError."""
    found = []
    for text in texts:
        name, equals, path = text.partition("=")
        if not equals or name not in FORMATS:
            raise UsageError(
                f"--output takes FORMAT=FILE, not '{text}'", f"FORMAT is one of {', '.join(FORMATS)}"
            )
        found.append((name, Path(path)))
    return tuple(found)


def code_list(texts: Sequence[str]) -> tuple[str, ...]:
    """The values of ``--select`` and ``--ignore``: codes or their beginnings. Raises UsageError."""
    from cnilint.checks import CODES

    codes = tuple(code.strip() for text in texts for code in text.split(",") if code.strip())
    for code in codes:
        if not any(known.startswith(code) for known in CODES):
            raise UsageError(f"there is no code '{code}'", "see 'cnilint explain CNI101'")
    return codes


def write(
    report: Report,
    lines: Lines,
    format_: str,
    output: Sequence[tuple[str, Path]],
    *,
    root: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    show_suppressed: bool = False,
) -> None:
    """Writes the report to its files, and in one format to stdout. Raises UsageError.

    ``root`` is the folder that was read, None for a stream.
    """
    view = View(
        lines=lines,
        colour=_colour(color),
        width=_width(),
        verbose=verbose,
        quiet=quiet,
        show_suppressed=show_suppressed,
    )
    if "sarif" in {format_, *(name for name, _ in output)}:
        from cnilint.checks import CODES, pages

        kept = None if root is None else provenance(root, report.revision)
        view = replace(view, codes=CODES, pages=pages(), provenance=kept)
    for name, path in output:
        try:
            path.write_text("".join(FORMATS[name](report, view)), "utf-8")
        except OSError as error:
            raise UsageError(f"cannot write '{path}': {error.strerror}") from None
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.stdout.write("".join(FORMATS[format_](report, view)))
    sys.stdout.flush()


def lines_of(read: Callable[[str], bytes | None]) -> Lines:
    """The lines of files, by what reads them."""

    @lru_cache(maxsize=8)
    def lines(path: str) -> Sequence[str]:
        try:
            data = read(path)
        except Unreadable:
            return ()
        return () if data is None else data.decode("utf-8", "replace").split("\n")

    return lines


def exit_code(fail_on: str, report: Report) -> int:
    """1 where a finding that counts weighs at least ``fail_on``, else 0."""
    worst = max((_RANK[each.severity] for each in report.findings if each.suppressed is None), default=-1)
    return int(worst >= _RANK[fail_on])


def _colour(choice: str) -> bool:
    if choice != "auto":
        return choice == "always"
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _width() -> int:
    if not sys.stdout.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns
