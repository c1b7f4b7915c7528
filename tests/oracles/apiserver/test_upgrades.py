"""Predictions against a real API server, kubectl and helm: ``make cluster``, and some upgrades of it here."""

import pytest

from tests.oracles.apiserver.drive import TOOLS, main
from tests.programs import needs


@pytest.mark.slow
@needs(*TOOLS)
def test_random_upgrades(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["60", "7"])
    assert code == 0, capsys.readouterr().out
