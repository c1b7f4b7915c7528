"""What the attacks run on."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.run import Runner, Sandbox


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    if sys.platform != "linux":
        pytest.skip("the attacks are run on Linux")
    running = Runner()
    yield running
    running.close()


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path).prepare()
