"""Work in several processes: the only place that forks this one."""

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from typing import Any, TypeVar

from msgspec import Struct

from cnilint.source.process import end_children, end_with_parent

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")

_BATCH = 64
_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals that end a run; Windows has no SIGHUP."""


class Workers(Struct, frozen=True, kw_only=True):
    """Processes for work that is worth them: at most ``jobs``, 0 for one per core. A process has the memory of this one as
    it is when it is started.

    ``tell`` takes a notice when processes fail, as for want of memory: the rest of the work is then done in this one.
    """

    jobs: int = 1
    tell: Callable[[str], None]

    def map(
        self, work: Callable[[_Part], _Result], parts: Sequence[_Part], *, worth: int
    ) -> Iterator[_Result]:
        """What ``work`` makes of each part, in order. ``worth`` is how many parts take as long as it takes to start a
        process. Between processes parts and results are pickled."""
        count = min(self.jobs or os.cpu_count() or 1, len(parts) // worth)
        if count < 2 or not hasattr(os, "fork"):
            return map(work, parts)
        size = min(_BATCH, -(-len(parts) // count))
        batches = [parts[start : start + size] for start in range(0, len(parts), size)]
        return chain.from_iterable(self._in_order(lambda batch: list(map(work, batch)), batches, count))

    def _in_order(
        self, work: Callable[[_Part], _Result], parts: Sequence[_Part], count: int
    ) -> Iterator[_Result]:
        from concurrent.futures.process import BrokenProcessPool

        done = 0
        try:
            with closing(_results(work, parts, count)) as results:
                for result in results:
                    done += 1
                    yield result
        except BrokenProcessPool:
            self.tell("a process was ended from outside: the rest of its work was done in one process")
        except (OSError, RuntimeError) as error:
            # RuntimeError is Python's "can't start new thread".
            reason = getattr(error, "strerror", None) or error
            self.tell(f"no processes can be started ({reason}): the work was done in one process")
        yield from map(work, parts[done:])


def _results(
    work: Callable[[_Part], _Result], parts: Sequence[_Part], workers: int
) -> Generator[_Result, None, None]:
    """The results in order. Raises BrokenProcessPool, and OSError where no process can be started."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import active_children, get_context

    others = active_children()
    pool = ProcessPoolExecutor(workers, get_context("fork"), _begin, (work, os.getpid()))
    try:
        # Not ``pool.map``, which cancels what is left: a pool that lost its processes fails on cancelled futures.
        with _signals_held():
            futures = deque(pool.submit(_work, part) for part in parts)
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
    """What a worker process does with each part."""

    work: Callable[[Any], Any]


def _begin(work: Callable[[Any], Any], parent: int) -> None:
    # Ctrl-C reaches every process of a terminal; the parent ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    end_with_parent(parent)
    _Worker.work = work


def _work(part: Any) -> Any:
    return _Worker.work(part)
