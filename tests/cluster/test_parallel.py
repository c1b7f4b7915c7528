"""Requests at the same time: their order, and what an error does."""

import threading

import pytest

from cnilint.cluster.parallel import CONNECTIONS, in_parallel
from cnilint.errors import UsageError


def test_they_run_at_the_same_time_and_keep_their_order() -> None:
    together = threading.Barrier(CONNECTIONS, timeout=30)

    def read(number: int) -> int:
        # Nobody passes before all are there.
        together.wait()
        return -number

    assert in_parallel(read, range(2 * CONNECTIONS)) == [-number for number in range(2 * CONNECTIONS)]


def test_the_first_error_ends_them() -> None:
    begun: list[int] = []
    failed = threading.Event()

    def read(number: int) -> None:
        begun.append(number)
        if number == 0:
            failed.set()
            raise UsageError("the cluster is gone")
        failed.wait(30)

    with pytest.raises(UsageError, match="the cluster is gone"):
        in_parallel(read, range(10_000))
    assert len(begun) < 10_000


def test_an_error_does_not_wait_for_what_is_under_way() -> None:
    """Ctrl-C is such an error, and a request may take minutes."""
    hung, begun = threading.Event(), threading.Event()

    def read(number: int) -> None:
        if number == 1:
            begun.set()
            hung.wait(30)
        else:
            begun.wait(30)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_parallel(read, range(2))
    assert any(thread.name.startswith("cluster") for thread in threading.enumerate())
    hung.set()
