"""What the attacks run on."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import strace
from tests.hostile.run import Runner, Sandbox


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    if sys.platform != "linux":
        pytest.skip("the attacks are run on Linux")
    running = Runner()
    yield running
    running.close()


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """A runner whose processes strace watches."""
    if strace.missing():
        pytest.skip(strace.missing())
    running = Runner(tmp_path_factory.mktemp("strace") / "log")
    yield running
    running.close()


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path).prepare()
