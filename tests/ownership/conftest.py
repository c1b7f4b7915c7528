"""The command as tests run it, and the recorded incident."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnilint.cli.main import cli


def run(*arguments: str) -> Result:
    """``cnilint ownership`` in this process. An exception is one of the program's own and fails the test."""
    return CliRunner().invoke(cli, ["ownership", *arguments], catch_exceptions=False)


def report(*arguments: str) -> dict[str, object]:
    """The JSON report of a run."""
    result = run(*arguments, "--format", "json")
    assert result.exit_code in (0, 1), result.output
    return json.loads(result.stdout)


def codes(found: dict[str, object]) -> list[str]:
    return [finding["code"] for finding in found["findings"]]


@pytest.fixture
def incident(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Copies recorded live objects and the manifests of the new release; gives the command's arguments."""
    monkeypatch.chdir(tmp_path)

    def arguments(*scenarios: str, release: str = "1.24.2") -> list[str]:
        (tmp_path / "desired").mkdir(exist_ok=True)
        for kind in ("manifest", "configmap"):
            name = f"incident-{kind}-{release}.yaml"
            if (shared / "live" / name).exists():
                shutil.copy(shared / "live" / name, tmp_path / "desired" / name)
        files = []
        for scenario in scenarios:
            name = f"incident-{scenario}.yaml"
            shutil.copy(shared / "live" / name, tmp_path / name)
            files.append(name)
        return [*files, "--desired", "desired"]

    return arguments
