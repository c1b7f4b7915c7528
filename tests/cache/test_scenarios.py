"""All scenarios with the cache and without: the same reports, byte for byte, of ``check`` and of ``diff``."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.cache.runs import CachedRuns
from tests.cli.test_check import git
from tests.test_scenarios import CHANGED, CHECKED

_FORMATS = ("text", "sarif", "concise")


@pytest.mark.parametrize("scenario", CHECKED, ids=lambda path: path.name)
def test_scenario(scenario: Path, runs: CachedRuns) -> None:
    shutil.rmtree(runs.repository)
    shutil.copytree(scenario / "repo", runs.repository)
    _assert_same_reports(runs)


@pytest.mark.parametrize("scenario", CHANGED, ids=lambda path: path.name)
def test_change(scenario: Path, runs: CachedRuns) -> None:
    """A check of the work tree first, so that the comparison finds the facts of what did not change."""
    _commit(runs, scenario / "before")
    for path in runs.repository.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(scenario / "repo", runs.repository, dirs_exist_ok=True)
    runs.run()
    _assert_same_reports(runs, "HEAD", command="diff")


@pytest.mark.parametrize("scenario", CHECKED[::8], ids=lambda path: path.name)
def test_removed_file(scenario: Path, runs: CachedRuns) -> None:
    """The scenario without its first manifest: what is gone may have been read by anything."""
    _commit(runs, scenario / "repo")
    first = min(runs.repository.rglob("*.yaml"), default=None)
    if first is None:
        pytest.skip("no manifest ends in .yaml")
    runs.run()
    first.unlink()
    _assert_same_reports(runs, "HEAD", command="diff")


def _commit(runs: CachedRuns, tree: Path) -> None:
    shutil.rmtree(runs.repository)
    shutil.copytree(tree, runs.repository)
    git(runs.repository, "init", "-q")
    git(runs.repository, "add", ".")
    git(runs.repository, "commit", "-qm", "before")


def _assert_same_reports(runs: CachedRuns, *arguments: str, command: str = "check") -> None:
    expected = _reports(runs, *arguments, command=command, cached=False)
    assert _reports(runs, *arguments, command=command) == expected, "cold"
    assert _reports(runs, *arguments, command=command) == expected, "warm"
    with contextlib.closing(sqlite3.connect(runs.database, isolation_level=None)) as connection:
        connection.execute("DELETE FROM entries WHERE kind IN ('plan', 'report')")
    assert _reports(runs, *arguments, command=command) == expected, "with facts only"


def _reports(runs: CachedRuns, *arguments: str, command: str, cached: bool = True) -> list[object]:
    """The reports of one run in several formats."""
    files = [runs.repository.parent / f"report.{name}" for name in _FORMATS]
    outputs = [f"--output={name}={file}" for name, file in zip(_FORMATS, files, strict=True)]
    found = runs.run(*arguments, "--format", "json", *outputs, command=command, cached=cached)
    return [found, *(file.read_bytes() for file in files)]
