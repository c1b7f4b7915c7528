"""What tests need of a system and Windows has not: asked for without a fault, so that tests are skipped and not broken."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


def needs_root(to_do: str) -> pytest.MarkDecorator:
    """Skips a test where it does not run as root, which is needed ``to_do`` something."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return pytest.mark.skipif(not is_root, reason=f"only root can {to_do}")


def make_pipe(path: Path) -> None:
    """A named pipe; skips the test where there is no such thing."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(path)


def limiting(name: str, limit: int) -> Callable[[], None]:
    """What sets a limit such as ``RLIMIT_AS`` in a new process; skips the test where processes have none."""
    resource = pytest.importorskip("resource", reason="processes of this system have no limits")
    which = getattr(resource, name)
    return lambda: resource.setrlimit(which, (limit, limit))
