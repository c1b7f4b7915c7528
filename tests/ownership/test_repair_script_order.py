"""The same dump gives the same script, byte for byte."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

SCENARIO = ROOT / "tests" / "scenarios" / "upgrade-leaves-variables" / "repo"


def test_the_script_does_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    texts = []
    for seed in ("1", "2"):
        script = tmp_path / f"{seed}.sh"
        command = [sys.executable, "-m", "cnilint", "ownership", str(SCENARIO / "live" / "damaged.yaml")]
        command += ["--desired", str(SCENARIO / "manifests"), "--repair-script", str(script)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        assert subprocess.run(command, cwd=ROOT, env=environment, capture_output=True).returncode == 1
        texts.append(script.read_text("utf-8"))
    assert texts[0] == texts[1]
