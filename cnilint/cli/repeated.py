"""What an earlier run wrote of the same result: a repeat neither decodes the report nor renders it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click
import msgspec
from click.core import ParameterSource
from msgspec import Struct

from cnilint.cli.output import OutputSettings, is_coloured, write_out

if TYPE_CHECKING:
    from cnilint.analysis.recall import Recall
    from cnilint.cli.output import ExitCode

    Read = Callable[[str], bytes | None]

_MOST = 8 * 1024 * 1024
"""Characters of an output that is kept: it is in memory until it is written."""
_OF_GIT = "sarif"
"""The format that names the remote and the branch, which are not in the key of a result."""


class _Written(Struct, frozen=True, array_like=True):
    """What a run wrote to standard output, and its exit code."""

    text: str
    code: int


class RepeatedOutput:
    """The output of a run in the cache.

    It is kept for pipes and files only, since a terminal has a width and links; and if no line of a file is quoted in it,
    because files whose lines differ can give the same result.
    """

    def __init__(self, recall: Recall | None, given: OutputSettings) -> None:
        """``given`` are the settings of the command line alone: the configuration is one of the files of the result."""
        self._recall = None if given.output or sys.stdout.isatty() else recall
        self._quotes = False
        self._written: list[str] = []
        self._size = 0
        context = click.get_current_context(silent=True)
        sources = (
            [] if context is None else map(context.get_parameter_source, OutputSettings.__struct_fields__)
        )
        stated = [each not in (None, ParameterSource.DEFAULT) for each in sources]
        self._words = (repr(given), repr(stated), str(is_coloured(given.color, sys.stdout)))

    def end_as_before(self) -> None:
        """Writes what an earlier run wrote of the same result and exits as it did; returns where that is not known."""
        data = None if self._recall is None else self._recall.find_beside(self._words)
        if data is None:
            return
        try:
            found = msgspec.json.decode(data, type=_Written)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return
        write_out(found.text)
        sys.exit(found.code)

    def noting_output(self, pieces: Iterable[str]) -> Iterable[str]:
        """The pieces of an output as they are, noted for the next run."""
        for piece in pieces:
            self._size += len(piece)
            if self._recall is not None and self._size <= _MOST:
                self._written.append(piece)
            yield piece

    def noting_reads(self, read: Read) -> Read:
        """The function that reads a file, for an output that is not kept if it is used."""

        def noted(path: str) -> bytes | None:
            self._quotes = True
            return read(path)

        return noted

    def keep(self, code: ExitCode, output: OutputSettings) -> None:
        """Stores what this run wrote, with settings to which the configuration was added."""
        if self._recall is None or self._quotes or output.format == _OF_GIT or self._size > _MOST:
            return
        try:
            data = msgspec.json.encode(_Written("".join(self._written), int(code)))
        except UnicodeEncodeError:
            # A name that is not Unicode.
            return
        self._recall.save_beside(self._words, data)
