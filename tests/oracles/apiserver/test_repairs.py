"""Repair scripts on a real API server: ``make repairs``, and those of the incident here."""

from pathlib import Path

import pytest

from tests.oracles.apiserver import repairs
from tests.oracles.apiserver.server import server
from tests.programs import needs


@pytest.mark.slow
@needs(*repairs.TOOLS)
def test_the_incident_is_repaired(shared: Path, tmp_path: Path) -> None:
    found = [case for case in repairs.cases(shared / "live") if case.name == "incident-c2-live.yaml"]
    assert [case.damage for case in found] == list(repairs.DAMAGES)
    with server(tmp_path) as cluster:
        for number, case in enumerate(found):
            folder = tmp_path / f"case-{number}"
            folder.mkdir()
            for variant in ("before-upgrade", "after-upgrade"):
                assert repairs.repaired(cluster, case, variant, folder) == ""
