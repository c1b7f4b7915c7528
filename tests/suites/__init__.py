"""Suites over folders of recorded material: run by make targets, and in part by the test suite."""

from collections.abc import Iterable
from pathlib import Path

from cnilint.findings.model import Finding
from tests.conftest import check_text


def findings_of(path: Path) -> tuple[Finding, ...]:
    """The findings on one file, read as one stream: one environment."""
    return check_text(path.read_bytes(), path.name).findings


def conclude(passed: int, failures: Iterable[str]) -> int:
    """Prints the failures and the closing line. Gives the exit code."""
    failed = list(failures)
    for failure in failed:
        print(f"FAILED {failure}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0
