"""Requests at the same time, with the results in the order in which they were wanted."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

CONNECTIONS = 8
"""Requests at the same time: enough to hide the way to the server, and far below what an API server queues."""

_Wanted = TypeVar("_Wanted")
_Found = TypeVar("_Found")


def in_parallel(read: Callable[[_Wanted], _Found], wanted: Iterable[_Wanted]) -> list[_Found]:
    """What ``read`` returns for each, in order. The first error ends it: what has not begun is not read any more."""
    pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="cluster")
    try:
        found = list(pool.map(read, wanted))
    except BaseException:
        # A server that does not answer would hold Ctrl-C back for the time of a request.
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
    return found
