"""A few hundred random operations against the real field manager, where Go and its modules are at hand."""

import shutil
import subprocess

import pytest

import tests.oracles.smd.drive as drive


@pytest.mark.skipif(
    shutil.which("go") is None, reason="needs Go to build the real field manager, and there is none"
)
def test_the_simulation_agrees_with_the_real_field_manager() -> None:
    try:
        with drive.oracle() as process:
            assert drive.compare(process, 480, seed=1) == []
    except subprocess.CalledProcessError:
        pytest.skip("needs the Go modules of the real field manager, which could not be had")
