"""Reads the facts of many files, in several processes when there are enough of them."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from cnilint.extract.chartfiles import ChartFiles
from cnilint.extract.file import Keep, scan
from cnilint.extract.model import FileFacts
from cnilint.facts.model import Definition
from cnilint.findings.suppression import Comment, comments
from cnilint.packs.library import Library
from cnilint.producers.scripts.find import created
from cnilint.reading import Unreadable
from cnilint.source.base import Source
from cnilint.source.stdin import StandardInput
from cnilint.source.workers import Workers

_WORTH_A_PROCESS = 150
"""Fewer files than this per process take less time than starting it."""


class Scanned(Struct, frozen=True, kw_only=True):
    """One file. ``refused`` says why it was not read; ``facts`` is None for a file that holds no manifest."""

    file: str
    facts: FileFacts | None = None
    comments: Sequence[Comment] = ()
    created: Sequence[Definition] = ()
    """What commands in it create, such as a Job that runs ``kubectl create``."""
    refused: str = ""


def in_order(
    source: Source,
    paths: Sequence[str],
    library: Library,
    jobs: int,
    *,
    charts: ChartFiles,
    keep: Keep | None = None,
    tell: Callable[[str], None],
) -> Iterator[Scanned]:
    """The files' facts in the order of ``paths``. ``jobs`` is the number of processes, 0 for one per core.

    A list of deployed charts forces one process, for it is filled. ``tell`` takes a notice when processes fail: the rest
    is then read in this one.
    """
    workers = Workers(jobs=1 if charts.deployed is not None else jobs, tell=tell)
    return workers.map(
        lambda path: _scanned(source, path, library, charts, keep), paths, worth=_WORTH_A_PROCESS
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
