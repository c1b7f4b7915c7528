"""Predictions against a real API server, kubectl and helm: ``make cluster``, and some upgrades of it here."""

import pytest

from tests.oracles.apiserver.drive import TOOLS, main
from tests.oracles.apiserver.server import binary

MISSING = [name for name in TOOLS if binary(name) is None]


@pytest.mark.slow
@pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: see 'make kube-apiserver'")
def test_random_upgrades(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["60", "7"])
    assert code == 0, capsys.readouterr().out
