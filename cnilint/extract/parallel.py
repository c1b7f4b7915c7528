"""Reads the facts of many files, in several processes when there are enough of them."""

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from cnilint.extract.chartfiles import ChartFiles
from cnilint.extract.file import Keep, scan
from cnilint.extract.model import FileFacts
from cnilint.facts.model import Definition
from cnilint.findings.suppression import Comment, comments
from cnilint.packs.library import Library
from cnilint.producers.scripts.find import created
from cnilint.reading import Unreadable
from cnilint.source.base import Source
from cnilint.source.process import end_children, end_with_parent
from cnilint.source.stdin import StandardInput

_WORTH_A_PROCESS = 400
"""Fewer files than this per process take less time than starting it."""

_BATCH = 64
_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals that end a run; Windows has no SIGHUP."""


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

    ``keep`` and a list of deployed charts force one process: nodes are not picklable. ``tell`` takes a notice when
    processes fail: the rest is then read in this one.
    """
    workers = min(jobs or os.cpu_count() or 1, len(paths) // _WORTH_A_PROCESS)
    if (
        workers < 2
        or keep is not None
        or charts.deployed is not None
        or source.revision is not None
        or not hasattr(os, "fork")
    ):
        return (_scanned(source, path, library, charts, keep) for path in paths)
    return _by_processes(source, paths, library, workers, charts=charts, tell=tell)


def _by_processes(
    source: Source,
    paths: Sequence[str],
    library: Library,
    workers: int,
    *,
    charts: ChartFiles,
    tell: Callable[[str], None],
) -> Iterator[Scanned]:
    """As ``in_order``, in several processes while they work: one can be killed, as for want of memory."""
    from concurrent.futures.process import BrokenProcessPool

    batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]
    done = 0
    try:
        with closing(_batches(source, batches, library, charts, workers)) as results:
            for batch in results:
                done += 1
                yield from batch
    except BrokenProcessPool:
        tell("a process that read files was ended from outside: the rest was read in one process")
    except (OSError, RuntimeError) as error:
        # RuntimeError is Python's "can't start new thread".
        reason = getattr(error, "strerror", None) or error
        tell(f"no processes to read files ({reason}): they were read in one process")
    for rest in batches[done:]:
        yield from (_scanned(source, path, library, charts) for path in rest)


def _batches(
    source: Source, batches: Sequence[Sequence[str]], library: Library, charts: ChartFiles, workers: int
) -> Generator[list[Scanned], None, None]:
    """The results of the batches, in order. Raises BrokenProcessPool, and OSError where no process can be started."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import active_children, get_context

    others = active_children()
    start = (source, library, charts, os.getpid())
    pool = ProcessPoolExecutor(workers, get_context("fork"), _begin, start)
    try:
        # Not ``pool.map``, which cancels what is left: a pool that lost its processes fails on cancelled futures.
        with _signals_held():
            futures = deque(pool.submit(_batch, batch) for batch in batches)
        while futures:
            yield futures.popleft().result()
    except BaseException:
        # They may work or wait for ever, and the pool with them.
        end_children(others)
        pool.shutdown(wait=False)
        raise
    pool.shutdown()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Holds back the signals that end a run while processes are forked.

    Python runs callbacks after a fork in which an exception is only printed: a signal that came then would be lost.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """What a worker process holds between batches."""

    source: Source
    library: Library
    charts: ChartFiles


def _begin(source: Source, library: Library, charts: ChartFiles, parent: int) -> None:
    # Ctrl-C reaches every process of a terminal; the parent ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    end_with_parent(parent)
    _Worker.source = source
    _Worker.library = library
    _Worker.charts = charts


def _batch(paths: Sequence[str]) -> list[Scanned]:
    return [_scanned(_Worker.source, path, _Worker.library, _Worker.charts) for path in paths]


def _scanned(
    source: Source, path: str, library: Library, charts: ChartFiles, keep: Keep | None = None
) -> Scanned:
    try:
        data = source.read(path)
    except Unreadable as error:
        return Scanned(file=path, refused=str(error))
    named = path in source.named
    if data is None or not (named or b"kind" in data.replace(b"\0", b"")):
        return Scanned(file=path)
    return Scanned(
        file=path,
        facts=scan(
            path, data, library, keep, named=named, stream=isinstance(source, StandardInput), charts=charts
        ),
        comments=comments(path, data),
        created=created(path, data),
    )
