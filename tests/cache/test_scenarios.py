"""All scenarios with the cache and without: the same reports, byte for byte."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.cache.runs import CachedRuns
from tests.test_scenarios import CHECKED

_FORMATS = ("text", "sarif", "concise")


@pytest.mark.parametrize("scenario", CHECKED, ids=lambda path: path.name)
def test_scenario(scenario: Path, runs: CachedRuns) -> None:
    shutil.rmtree(runs.repository)
    shutil.copytree(scenario / "repo", runs.repository)
    expected = _reports(runs, cached=False)
    assert _reports(runs) == expected, "cold"
    assert _reports(runs) == expected, "warm"
    with contextlib.closing(sqlite3.connect(runs.database, isolation_level=None)) as connection:
        connection.execute("DELETE FROM entries WHERE kind IN ('plan', 'report')")
    assert _reports(runs) == expected, "with facts only"


def _reports(runs: CachedRuns, *, cached: bool = True) -> list[object]:
    """The reports of one run in several formats."""
    files = [runs.repository.parent / f"report.{name}" for name in _FORMATS]
    outputs = [f"--output={name}={file}" for name, file in zip(_FORMATS, files, strict=True)]
    found = runs.run("--format", "json", *outputs, cached=cached)
    return [found, *(file.read_bytes() for file in files)]
