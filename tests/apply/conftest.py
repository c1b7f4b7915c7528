"""The tools that replay recordings are modules beside the tests, not a package."""

import sys
from pathlib import Path

from hypothesis import settings

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "tools"), str(TESTS / "oracle")]

# No test asserts on time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
