"""The commands of ``docs/comparison.md`` run, and do what their row says."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnilint.cli.main import cli
from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "comparison.md").read_text("utf-8")
COMMANDS = list(dict.fromkeys(re.findall(r"`cnilint ([^`]+)`", PAGE)))
SUPPRESSED = POD.replace("agent", "known").replace(
    "      valueFrom", "      # cnilint: ignore[CNI101] set at run time\n      valueFrom"
)
TELLING = {
    "check": "CNI101",
    "check apps": "CNI101",
    "check --show-suppressed": "suppressed: set at run time",
    "baseline": ".cnilint-baseline",
    "check --since HEAD": "No findings since",
    "check --statistics": "missing-key",
    "explain": "missing-object",
    "explain istio-cni/network-config": "https://github.com/istio/istio/issues/54846",
    "check --color always": "\x1b[1;31merror[CNI101]",
    "check --format sarif": "sarif-2.1.0.json",
    "check --format github": "::error",
    "check --format gitlab": '"check_name"',
    "check --format junit": "<testsuite",
    "check --format checkstyle": "<checkstyle",
    "check --format markdown": "```mermaid",
    "check --format html": "<!doctype html>",
    "check --format json": "cnilint-report/",
    "completion bash": "_CNILINT_COMPLETE",
    "check --rev HEAD": "CNI101",
    "refs": "configMapKeyRef",
    "rules status": "cilium",
    "check --blame": "introduced by",
}
"""What the output of a command has, where its row says more than that it runs."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a broken reference in a folder, a suppressed one and a configuration, all committed."""
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "pod.yaml").write_text(POD)
    (tmp_path / "apps" / "known.yaml").write_text(SUPPRESSED)
    (tmp_path / "apps" / "settings.yaml").write_text(SETTINGS % "other")
    (tmp_path / ".cnilint.yaml").write_text("fail-on: error\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_does_what_the_page_says(repository: Path, command: str) -> None:
    result = CliRunner().invoke(cli, shlex.split(command), input=POD if command.endswith(" -") else None)
    assert isinstance(result.exception, SystemExit | None), command
    assert result.exit_code in (0, 1), result.output
    assert TELLING.get(command, "") in result.output
    assert result.output or command.startswith("refs")


def test_what_the_test_expects_is_on_the_page() -> None:
    assert set(TELLING) <= set(COMMANDS)
    assert len(COMMANDS) > 30


def test_files_on_the_page_exist() -> None:
    named = re.findall(r"`([\w/.-]+\.(?:json|yml)|Containerfile)`", PAGE)
    assert named
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_rows_have_a_cell_for_each_program() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {9}
