"""``templates/cnilint.yml`` in gitlab-ci-local (npm), by its shell executor: a branch, and a merge request."""

import json
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import ROOT
from tests.deploy.test_ci import programs
from tests.programs import needs, program

pytestmark = [pytest.mark.slow, needs("gitlab-ci-local", "rsync")]
__all__ = ["programs"]
ADDRESS = "https://gitlab.com/acme/gitops.git"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with an old fault on its branch, and a change that breaks another reference."""
    folder = tmp_path / "gitops"
    (folder / "templates").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "templates" / "cnilint.yml").write_text((ROOT / "templates" / "cnilint.yml").read_text("utf-8"))
    (folder / "pod.yaml").write_text(POD)
    (folder / "settings.yaml").write_text(SETTINGS % "level")
    (folder / "old.yaml").write_text(POD.replace("agent", "old").replace("key: level", "key: ancient"))
    git(folder, "remote", "add", "origin", ADDRESS)
    git(folder, "config", f"url.{folder.as_uri()}.insteadOf", ADDRESS)
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    return folder


def commit(folder: Path, inputs: str) -> None:
    text = f"include:\n- local: templates/cnilint.yml\n  inputs: {inputs}\n"
    (folder / ".gitlab-ci.yml").write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "base")


def run(folder: Path, programs: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [program("gitlab-ci-local"), "--force-shell-executor", *options],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder.parent)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def reported(folder: Path) -> list[str]:
    """The files with a finding in the Code Quality report, which has as many as the test report."""
    report = json.loads((folder / "gl-code-quality-report.json").read_text("utf-8"))
    suites = ElementTree.parse(folder / "cnilint-junit.xml").getroot()
    assert suites.attrib["failures"] == str(len(report))
    return sorted(each["location"]["path"] for each in report)


@pytest.mark.parametrize(("inputs", "code"), [("{}", 1), ("{fail-on: never}", 0), ("{paths: pod.yaml}", 0)])
def test_a_branch_reports_everything(repository: Path, programs: Path, inputs: str, code: int) -> None:
    commit(repository, inputs)
    done = run(repository, programs)
    assert done.returncode == code, done.stdout + done.stderr
    assert reported(repository) == ([] if "paths" in inputs else ["old.yaml"])


@pytest.mark.parametrize("breaks", [True, False])
def test_a_merge_request_fails_on_what_it_brings(repository: Path, programs: Path, breaks: bool) -> None:
    commit(repository, "{}")
    git(repository, "checkout", "-qb", "change")
    (repository / "settings.yaml").write_text(SETTINGS % ("log_level" if breaks else "level") + "# changed\n")
    git(repository, "commit", "-qam", "change")
    variables = {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(repository, "rev-parse", "main"),
    }
    options = [part for name, value in variables.items() for part in ("--variable", f"{name}={value}")]
    done = run(repository, programs, *options)
    assert done.returncode == int(breaks), done.stdout + done.stderr
    # The reports have what the base has, since GitLab compares them; the log has only what is new.
    assert "old.yaml" in reported(repository)
    assert "pod.yaml" in reported(repository) or not breaks
    log = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)
    assert "old.yaml:" not in log
    assert bool(re.search(r"settings\.yaml:\d+:\d+: error\[CNI401\]", log)) is breaks, log
