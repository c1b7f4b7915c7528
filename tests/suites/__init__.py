"""Suites over folders of recorded material: run by make targets, and in part by the test suite."""

from collections.abc import Iterable
from pathlib import Path

from cnilint.analysis.check import Options, check
from cnilint.findings.model import Finding
from cnilint.source import StandardInput


def findings_of(path: Path) -> tuple[Finding, ...]:
    """The findings on one file, read as one stream: one environment."""
    report, _ = check(StandardInput(path.name, path.read_bytes()), Options(stream=path.name))
    return report.findings


def conclude(passed: int, failures: Iterable[str]) -> int:
    """Prints the failures and the closing line. Gives the exit code."""
    failed = list(failures)
    for failure in failed:
        print(f"FAILED {failure}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0
