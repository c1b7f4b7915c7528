"""What the tests of the cache share."""

from pathlib import Path

import pytest

from tests.cache.runs import CachedRuns


@pytest.fixture
def runs(tmp_path: Path) -> CachedRuns:
    """A repository with a cache of its own."""
    return CachedRuns(tmp_path)
