"""What every test may ask for."""

import os
from pathlib import Path

import pytest

from cnilint.analysis.check import Analysis, analyze, report
from cnilint.analysis.settings import AnalysisSettings, PolicySettings
from cnilint.checks import CODES
from cnilint.config.load import load
from cnilint.report.model import Report
from cnilint.source import StandardInput, WorkTree

os.environ["CNILINT_NO_CACHE"] = "1"
"""Tests leave the cache of whoever runs them alone; those of the cache name a folder of their own."""

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Containers often set it: then each of the many processes that tests start would compile every module anew."""

ROOT = Path(__file__).resolve().parent.parent


def check_text(data: bytes | str, name: str = "stdin") -> Report:
    """The report on a stream, as of ``cnilint check -``."""
    stream = StandardInput(name, data if isinstance(data, bytes) else data.encode())
    return report(analyze(stream, AnalysisSettings()), PolicySettings().policy(AnalysisSettings().config))


def check_tree(folder: Path, *paths: str, policy: PolicySettings | None = None, **settings: object) -> Report:
    """The report on a folder, or on paths below it, with its configuration, as of ``cnilint check``."""
    analysis = analyze_tree(folder, *paths, **settings)
    return report(analysis, (policy or PolicySettings()).policy(analysis.settings.config))


def analyze_tree(folder: Path, *paths: str, **settings: object) -> Analysis:
    """The analysis behind ``check_tree``."""
    config = load(None, str(folder), CODES)
    source = WorkTree([str(folder / path) for path in paths or (".",)])
    return analyze(source, AnalysisSettings(config=config, **settings))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded upstream material that some tests measure against.

    It lies beside the repository, or where ``CNILINT_SHARED`` says. Without it such a test is skipped.
    """
    folder = Path(os.environ.get("CNILINT_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"needs the recorded upstream material, and there is none at {folder}")
    return folder


@pytest.fixture(scope="session")
def mirrors() -> Path:
    """The folder of git directories of upstream repositories, beside the repository or where ``CNILINT_MIRRORS`` says."""
    folder = Path(os.environ.get("CNILINT_MIRRORS", ROOT.parent / ".mirror"))
    if not folder.is_dir():
        pytest.skip(f"needs the git directories of upstream repositories, and there is none at {folder}")
    return folder
