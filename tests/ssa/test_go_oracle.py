"""A few hundred random operations against the real field manager, where Go and its modules are at hand."""

import subprocess

import pytest

import tests.oracles.smd.drive as drive
from tests.programs import needs


@needs("go")
def test_the_simulation_agrees_with_the_real_field_manager() -> None:
    try:
        with drive.oracle() as process:
            assert drive.compare(process, 480, seed=1) == []
    except subprocess.CalledProcessError:
        # Go takes them from the network, which a machine may not have.
        pytest.skip("needs the Go modules of the real field manager, which Go could not fetch")
