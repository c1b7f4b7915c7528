"""The post-renderer in a real helm, 3 or 4: ``make gates``. ``HELM`` names another program than the one on the PATH."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_check import POD, SETTINGS
from tests.conftest import ROOT
from tests.deploy.test_deploy import DEPLOY, tools
from tests.programs import needs, program

HELM = os.environ.get("HELM") or program("helm") or ""
pytestmark = [pytest.mark.slow] if HELM else [pytest.mark.slow, needs("helm")]
__all__ = ["tools"]


def major() -> int:
    done = subprocess.run([HELM, "version", "--short"], capture_output=True, text=True, check=True)
    return int(done.stdout.strip().lstrip("v").partition(".")[0])


def run(folder: Path, programs: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    home = {name: str(folder / "home") for name in ("HELM_DATA_HOME", "HELM_CACHE_HOME", "HELM_CONFIG_HOME")}
    return subprocess.run(
        [HELM, *arguments],
        cwd=folder,
        env={**os.environ, **home, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / "chart"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("{apiVersion: v2, name: chart, version: 0.1.0}\n")
    (folder / "values.yaml").write_text("key: level\n")
    (folder / "templates" / "pod.yaml").write_text(POD)
    (folder / "templates" / "settings.yaml").write_text(SETTINGS.replace("{%s", "{ {{ .Values.key }}"))
    return folder


def test_a_clean_release_is_rendered_and_another_is_not(tmp_path: Path, chart: Path, tools: Path) -> None:
    options = ["--post-renderer", "cnilint"]
    if major() == 3:
        options += ["--post-renderer-args", "gate"]
    else:
        (tmp_path / "home" / "plugins").mkdir(parents=True)
        installed = run(tmp_path, tools, "plugin", "install", str(DEPLOY / "helm"))
        assert installed.returncode == 0, installed.stderr
    clean = run(tmp_path, tools, "template", "agent", str(chart), *options)
    assert clean.returncode == 0, clean.stderr
    assert "kind: Pod" in clean.stdout
    refused = run(tmp_path, tools, "template", "agent", str(chart), "--set", "key=other", *options)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "error[CNI101] key `level` not found in ConfigMap `settings`" in refused.stderr
    assert "chart/templates/pod.yaml" in refused.stderr
    options += ["--post-renderer-args", "--fail-on=never"]
    allowed = run(tmp_path, tools, "template", "agent", str(chart), "--set", "key=other", *options)
    assert "kind: Pod" in allowed.stdout, allowed.stderr
