"""Standard input and output as bytes: all of them, or an error.

Python's own streams give a part where a pipe does not block or ``PYTHONUNBUFFERED`` is set.
"""

import os
import select
import sys

from cnilint.errors import UsageError

_CHUNK = 1 << 20


def read_all(most: int) -> bytes:
    """Standard input up to its end. Raises UsageError where it has more than ``most`` bytes."""
    stream = sys.stdin.fileno()
    data = bytearray()
    while chunk := _read(stream):
        data += chunk
        if len(data) > most:
            raise UsageError(f"standard input is larger than {most >> 20} MiB")
    return bytes(data)


def write_all(data: bytes) -> None:
    """Writes to standard output. Raises UsageError where its reader has ended, and OSError."""
    stream = sys.stdout.fileno()
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[_write(stream, rest) :]
    except BrokenPipeError:
        raise UsageError("standard output was closed before everything was written") from None


def _read(stream: int) -> bytes:
    while True:
        try:
            return os.read(stream, _CHUNK)
        except BlockingIOError:
            select.select((stream,), (), ())


def _write(stream: int, data: memoryview) -> int:
    while True:
        try:
            return os.write(stream, data)
        except BlockingIOError:
            select.select((), (stream,), ())
