"""A progress line on standard error: only on a terminal, and only when the work takes longer than a second."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_DELAY = 1.0
_WIDTH = 30
_CLEAR_LINE = "\r\x1b[K"


@contextmanager
def progress(*, quiet: bool, of: str = "files") -> Iterator[Callable[[int, int], None] | None]:
    """A function that draws how many files, or what else is read, are done, of how many; None where nothing is to be
    drawn."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from time import monotonic

    begin, is_shown = monotonic() + _DELAY, False

    def draw(done: int, total: int) -> None:
        nonlocal is_shown
        if total and monotonic() >= begin:
            is_shown = True
            bar = "#" * (_WIDTH * done // total)
            sys.stderr.write(f"\rReading {of} [{bar:.<{_WIDTH}}] {done}/{total}")
            sys.stderr.flush()

    try:
        yield draw
    finally:
        if is_shown:
            sys.stderr.write(_CLEAR_LINE)
