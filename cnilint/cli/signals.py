"""Signals that end a run: the run is left as by an exception, so that processes and temporary files go with it."""

import os
import signal
from contextlib import suppress
from types import FrameType

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
"""Windows has no SIGHUP."""


class Stopped(BaseException):
    """A signal asked the run to end. ``code`` is the exit code, 128 and the number of the signal, as shells have it."""

    def __init__(self, number: int) -> None:
        super().__init__(
            "interrupted" if number == signal.SIGINT else f"stopped by {signal.Signals(number).name}"
        )
        self.code = 128 + number


def stop_on_signals() -> None:
    """Has SIGINT, SIGTERM and SIGHUP raise Stopped. One that is ignored, as by nohup, stays so."""
    owner = os.getpid()

    def stop(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != owner:
            # A process that was just started and inherited the handler.
            os._exit(128 + number)
        raise Stopped(number)

    # Only the main thread may set handlers.
    with suppress(ValueError):
        for number in (getattr(signal, name) for name in _ENDING if hasattr(signal, name)):
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                signal.signal(number, stop)
