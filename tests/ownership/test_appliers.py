"""The appliers of the command line are those of the data, which is read only when somebody asks."""

import subprocess
import sys
from pathlib import Path

import pytest

from cnilint.ssa import applier_names
from tests.cli.test_check import cnilint
from tests.conftest import ROOT
from tests.ownership.conftest import run

OPENED = """
import sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
from cnilint.cli.main import cli
try:
    cli.main(sys.argv[1:], standalone_mode=False)
except SystemExit:
    pass
print(any(name.endswith("appliers.json") for name in opened), file=sys.stderr)
"""


def test_the_help_names_every_applier() -> None:
    text = "".join(run("--help").stdout.split())
    assert f"--applier[{'|'.join(applier_names())}]" in text


def test_an_unknown_applier_is_bad_usage() -> None:
    result = cnilint("ownership", "README.md", "--applier", "telepathy", cwd=ROOT)
    assert result.returncode == 2
    assert all(name in result.stderr for name in applier_names())


@pytest.mark.parametrize(
    ("arguments", "reads"),
    [
        (("--version",), False),
        (("--help",), False),
        (("check", "pod.yaml"), False),
        (("ownership", "--help"), True),
    ],
)
def test_the_data_is_read_only_when_it_is_asked_for(
    arguments: tuple[str, ...], reads: bool, tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text("{apiVersion: v1, kind: Pod, metadata: {name: p}}")
    result = subprocess.run(
        [sys.executable, "-c", OPENED, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert result.stderr.strip().split("\n")[-1] == str(reads)
