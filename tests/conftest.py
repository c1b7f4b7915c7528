"""What every test may ask for."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded upstream material that some tests measure against.

    It lies beside the repository, or where ``CNILINT_SHARED`` says. Without it such a test is skipped.
    """
    folder = Path(os.environ.get("CNILINT_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"needs the recorded upstream material, and there is none at {folder}")
    return folder
