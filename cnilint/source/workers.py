"""Work in several processes: the only place that forks this one."""

import os
import signal
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct

from cnilint.source.process import end_children, end_with_parent

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")

_BATCH = 32
_AHEAD = 2
"""Batches of each other process that are given out before they are needed."""
_SHARES = 8
"""Batches for each process at least, so that all of them end at about the same time."""
_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals that end a run; Windows has no SIGHUP."""


class Workers(Struct, frozen=True, kw_only=True):
    """Processes for work that is worth them: at most ``jobs``, 0 for one per core. A process has the memory of this one as
    it is when it is started.

    ``tell`` takes a notice when processes fail, as for want of memory: the rest of the work is then done in this one.
    """

    jobs: int = 1
    tell: Callable[[str], None]

    @property
    def count(self) -> int:
        """The number of processes for enough work."""
        return self.jobs or os.cpu_count() or 1

    def map(
        self, work: Callable[[_Part], _Result], parts: Sequence[_Part], *, worth: int
    ) -> Iterator[_Result]:
        """What ``work`` makes of each part, in order. ``worth`` is how many parts take as long as it takes to start a
        process. Between processes parts and results are pickled."""
        if not self.are_worth(parts, worth):
            return map(work, parts)
        return self._of_team(work, parts, worth)

    def are_worth(self, parts: Sequence[object], worth: int) -> bool:
        """Whether the work takes longer than to start processes."""
        return min(self.count, len(parts) // worth) > 1 and hasattr(os, "fork")

    def _of_team(
        self, work: Callable[[_Part], _Result], parts: Sequence[_Part], worth: int
    ) -> Iterator[_Result]:
        with Team(self) as team:
            yield from team.task(work).map(parts, worth=worth)


class Team:
    """Processes for several rounds of work, which keep from one to the next what they have read.

    They are started by the first round that is worth them, and again by one that is worth more of them.
    """

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self._works: list[Callable[[Any], Any]] = []
        self._pool: ProcessPoolExecutor | None = None
        self._size = 0
        self._known = 0
        """The kinds of work that the processes know."""
        self._others: Collection[object] = ()
        self._is_broken = False

    def __enter__(self) -> "Team":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._end(at_once=kind is not None)

    def task(self, work: Callable[[_Part], _Result]) -> "Task[_Part, _Result]":
        """A kind of work. Processes that were started before do not know it."""
        self._works.append(work)
        return Task(self, len(self._works) - 1)

    def map(self, task: int, parts: Sequence[Any], worth: int) -> Iterator[Any]:
        """As ``Task.map``."""
        is_worth = self.workers.are_worth(parts, worth) or (task < self._known and len(parts) > 1)
        if not is_worth or self._is_broken:
            return map(self._works[task], parts)
        count = max(self._size, min(self.workers.count, len(parts) // worth))
        size = min(_BATCH, -(-len(parts) // (count * _SHARES)))
        batches = [parts[start : start + size] for start in range(0, len(parts), size)]
        return chain.from_iterable(self._in_order(task, batches, count))

    def _in_order(self, task: int, batches: Sequence[Any], count: int) -> Iterator[list[Any]]:
        from concurrent.futures.process import BrokenProcessPool

        done = 0
        try:
            for result in self._results(task, batches, count):
                done += 1
                yield result
        except BrokenProcessPool:
            self._give_up("a process was ended from outside: the rest of its work was done in one process")
        except (OSError, RuntimeError) as error:
            # RuntimeError is Python's "can't start new thread".
            reason = getattr(error, "strerror", None) or error
            self._give_up(f"no processes can be started ({reason}): the work was done in one process")
        for batch in batches[done:]:
            yield list(map(self._works[task], batch))

    def _results(self, task: int, batches: Sequence[Any], count: int) -> Iterator[list[Any]]:
        """The results in order. Raises BrokenProcessPool, and OSError where no process can be started.

        While this process would wait for the next result, it works on the last batches itself.
        """
        pool = self._of_size(count, task)
        # No more is given out than keeps the processes busy: a pool that lost its processes fails on cancelled futures.
        left = deque(enumerate(batches))
        given: dict[int, Future[list[Any]]] = {}
        own: dict[int, list[Any]] = {}

        def give() -> None:
            while left and len(given) < _AHEAD * (count - 1):
                number, batch = left.popleft()
                # It may start a process.
                with _signals_held():
                    given[number] = pool.submit(_work, task, batch)

        for number in range(len(batches)):
            give()
            while number in given and left and not given[number].done():
                last, batch = left.pop()
                own[last] = list(map(self._works[task], batch))
                give()
            yield own.pop(number) if number in own else given.pop(number).result()

    def _of_size(self, count: int, task: int) -> "ProcessPoolExecutor":
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import active_children, get_context

        if self._pool is None or count > self._size or task >= self._known:
            self._end(at_once=False)
            self._others = active_children()
            self._size, self._known = count, len(self._works)
            # This process works, too.
            self._pool = ProcessPoolExecutor(
                count - 1, get_context("fork"), _begin, (tuple(self._works), os.getpid())
            )
        return self._pool

    def _give_up(self, notice: str) -> None:
        self._is_broken = True
        self._end(at_once=True)
        self.workers.tell(notice)

    def _end(self, *, at_once: bool) -> None:
        if self._pool is None:
            return
        if at_once:
            # They may work or wait for ever, and the pool with them.
            end_children(self._others)
        self._pool.shutdown(wait=not at_once)
        self._pool, self._size, self._known = None, 0, 0


class Task(Generic[_Part, _Result]):
    """A kind of work of a team."""

    def __init__(self, team: Team, number: int) -> None:
        self._team = team
        self._number = number

    def map(self, parts: Sequence[_Part], *, worth: int) -> Iterator[_Result]:
        """As ``Workers.map``. Processes that are there already are worth every work."""
        return self._team.map(self._number, parts, worth)


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
    """What a worker process does with the parts of each kind of work."""

    works: Sequence[Callable[[Any], Any]]


def _begin(works: Sequence[Callable[[Any], Any]], parent: int) -> None:
    # Ctrl-C reaches every process of a terminal; the parent ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    end_with_parent(parent)
    _Worker.works = works


def _work(task: int, parts: Sequence[Any]) -> list[Any]:
    return list(map(_Worker.works[task], parts))
