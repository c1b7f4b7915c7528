"""Reads the facts of many files, in several processes when there are enough of them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cnilint.extract.chartfiles import AskedCharts, ChartFiles
from cnilint.extract.file import Keep, scan
from cnilint.extract.scanned import Scanned
from cnilint.findings.suppression import comments
from cnilint.packs.library import Library
from cnilint.producers.scripts.find import created
from cnilint.reading import Unreadable
from cnilint.source.base import Source
from cnilint.source.reads import log_of
from cnilint.source.stdin import StandardInput
from cnilint.source.workers import Team

if TYPE_CHECKING:
    from cnilint.extract.remembered import FactMemory

_WORTH_A_PROCESS = 150
"""Fewer files than this per process take less time than starting it."""


class ManifestReader:
    """Reads the facts of files. A list of deployed charts forces one process, for it is filled.

    ``memory`` has the facts of files that an earlier run read.
    """

    def __init__(
        self,
        source: Source,
        library: Library,
        team: Team,
        *,
        charts: ChartFiles,
        keep: Keep | None = None,
        memory: "FactMemory | None" = None,
    ) -> None:
        self._source = source
        self._memory = memory
        self._is_kept = keep is not None
        read = _scanned if memory is None else read_apart
        self._read: Callable[[str], Scanned] = partial(
            read, source, library=library, charts=charts, keep=keep
        )
        self._task = team.task(self._read) if charts.deployed is None else None

    def in_order(self, paths: Sequence[str]) -> Iterator[Scanned]:
        """The files' facts in the order of ``paths``."""
        if self._memory is None:
            return self._scanned(paths)
        known = {} if self._is_kept else self._memory.find(paths, self._source.named)
        others = self._scanned([path for path in paths if path not in known])
        return _remembered(self._source, paths, known, others, self._memory)

    def _scanned(self, paths: Sequence[str]) -> Iterator[Scanned]:
        return map(self._read, paths) if self._task is None else self._task.map(paths, worth=_WORTH_A_PROCESS)


def _remembered(
    source: Source,
    paths: Sequence[str],
    known: dict[str, Scanned],
    others: Iterator[Scanned],
    memory: "FactMemory",
) -> Iterator[Scanned]:
    """The facts of all files, those that were known and the others, which are added to the memory."""
    log = log_of(source)
    for path in paths:
        found = known.pop(path, None)
        if found is None:
            found = next(others)
            memory.add(found)
            if log is not None:
                log.note_all(found.consulted)
        yield found
    memory.flush()


def read_apart(
    source: Source, path: str, library: Library, charts: ChartFiles, keep: Keep | None = None
) -> Scanned:
    """The facts of one file, with what was read for it: the file itself is not added to those that the run read."""
    log = log_of(source)
    if log is None:
        return _scanned(source, path, library, charts, keep)
    asked = AskedCharts(charts)
    with log.apart() as ids:
        found = _scanned(source, path, library, asked, keep)
    content = ids.pop(path, "")
    return replace(
        found,
        content=content,
        is_alone=keep is None and path not in source.named and not asked.asked,
        consulted=ids,
    )


def _scanned(source: Source, path: str, library: Library, charts: ChartFiles, keep: Keep | None) -> Scanned:
    try:
        data = source.read(path)
    except Unreadable as error:
        return Scanned(file=path, refused=str(error))
    named = path in source.named
    if data is None or not (named or b"kind" in data.replace(b"\0", b"")):
        return Scanned(file=path)
    is_stream = isinstance(source, StandardInput)
    return _of_content(path, data, library, charts, keep, named=named, stream=is_stream)


def _of_content(
    path: str,
    data: bytes,
    library: Library,
    charts: ChartFiles,
    keep: Keep | None,
    *,
    named: bool,
    stream: bool,
) -> Scanned:
    """Everything that the content of a file gives: whoever knows the content already needs no more than this result."""
    return Scanned(
        file=path,
        facts=scan(path, data, library, keep, named=named, stream=stream, charts=charts),
        comments=comments(path, data),
        created=created(path, data),
    )
