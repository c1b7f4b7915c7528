"""Reads the facts of many files, in several processes when there are enough of them."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnilint.extract.file import Keep, scan
from cnilint.extract.model import FileFacts
from cnilint.facts.model import Definition
from cnilint.findings.suppression import Comment, comments
from cnilint.packs.library import Library
from cnilint.producers.scripts.find import created
from cnilint.reading import Unreadable
from cnilint.source.base import Source

_WORTH_A_PROCESS = 400
"""Fewer files than this per process take less time than starting it."""

_BATCH = 64


@dataclass(kw_only=True, frozen=True, slots=True)
class Scanned:
    """One file. ``refused`` says why it was not read; ``facts`` is None for a file that holds no manifest."""

    file: str
    facts: FileFacts | None = None
    comments: Sequence[Comment] = ()
    created: Sequence[Definition] = ()
    """What commands in it create, such as a Job that runs ``kubectl create``."""
    refused: str = ""


def in_order(
    source: Source, paths: Sequence[str], library: Library, jobs: int, keep: Keep | None = None
) -> Iterator[Scanned]:
    """The files' facts in the order of ``paths``. ``jobs`` is the number of processes, 0 for one per core.

    ``keep`` forces one process: nodes are not picklable.
    """
    workers = min(jobs or os.cpu_count() or 1, len(paths) // _WORTH_A_PROCESS)
    if workers < 2 or keep is not None or source.revision is not None or not hasattr(os, "fork"):
        return (_scanned(source, path, library, keep) for path in paths)
    return _by_processes(source, paths, library, workers)


def _by_processes(source: Source, paths: Sequence[str], library: Library, workers: int) -> Iterator[Scanned]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]
    with ProcessPoolExecutor(workers, get_context("fork"), _begin, (source, library)) as pool:
        for batch in pool.map(_batch, batches):
            yield from batch


class _Worker:
    """What a worker process holds between batches."""

    source: Source
    library: Library


def _begin(source: Source, library: Library) -> None:
    _Worker.source = source
    _Worker.library = library


def _batch(paths: Sequence[str]) -> list[Scanned]:
    return [_scanned(_Worker.source, path, _Worker.library) for path in paths]


def _scanned(source: Source, path: str, library: Library, keep: Keep | None = None) -> Scanned:
    try:
        data = source.read(path)
    except Unreadable as error:
        return Scanned(file=path, refused=str(error))
    if data is None or b"kind" not in data.replace(b"\0", b""):
        return Scanned(file=path)
    return Scanned(
        file=path,
        facts=scan(path, data, library, keep),
        comments=comments(path, data),
        created=created(path, data),
    )
