"""SARIF as Microsoft's validator sees it, with GitHub's rules on: nothing to complain about.

``make sarif`` installs the validator into the user's cache and runs all of it. Without that, one log is checked
when the validator is there. It is silent about wrong types, so the schema's test belongs to this one.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.report.test_sarif_format import LOGS

VERSION = "5.7.0"
CACHE = (
    Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cnilint" / f"sarif-multitool-{VERSION}"
)
TOOL = CACHE / "node_modules" / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
CONFIG = Path(__file__).parent / "multitool.xml"
BROKEN = (
    LOGS["example"]
    .replace('"ruleIndex": 14', '"ruleIndex": 44')
    .replace('"startColumn": 24', '"startColumn": 99')
)


@pytest.fixture(scope="module")
def installed() -> None:
    """The validator, installed when it is not there yet."""
    if TOOL.exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm to install the SARIF validator")
    CACHE.mkdir(parents=True, exist_ok=True)
    package = f"@microsoft/sarif-multitool@{VERSION}"
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--prefix", CACHE, package], check=True, timeout=600
    )
    TOOL.chmod(0o755)


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", LOGS)
def test_the_validator_has_nothing_to_say(name, tmp_path):
    assert complaints(LOGS[name], tmp_path) == []


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
def test_the_validator_would_speak_up(tmp_path):
    assert {"SARIF1007", "SARIF1012"} & {rule for rule, _ in complaints(BROKEN, tmp_path)}


def test_the_validator_accepts_the_example(tmp_path):
    if not TOOL.exists():
        pytest.skip("needs the SARIF validator: 'make sarif' installs it")
    assert complaints(LOGS["example"], tmp_path) == []


def complaints(log: str, folder: Path) -> list[tuple[str, str]]:
    """What the validator reports: rule and place. Its exit code says nothing, so its own log is read."""
    file, result = folder / "log.sarif", folder / "result.sarif"
    file.write_text(log, encoding="utf-8")
    # The file stands before --rule-kind, which takes all that follows it.
    arguments = ["validate", file, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "-c", CONFIG]
    subprocess.run(
        [TOOL, *arguments, "-o", result, "--log", "ForceOverwrite"], capture_output=True, timeout=120
    )
    report = json.loads(result.read_text(encoding="utf-8-sig"))
    return [(one["ruleId"], str(one["message"].get("arguments"))) for one in report["runs"][0]["results"]]
