"""``action.yml`` and the README's workflow in act: each event, in a checkout of depth 1 that the workflow makes itself."""

import json
import os
import re
import sys
from pathlib import Path

import pytest

from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import ROOT
from tests.deploy.test_workflows import EXAMPLES
from tests.oracles.runners import act
from tests.programs import needs

pytestmark = [pytest.mark.slow, needs("act", "node")]
WORKFLOW = dict(EXAMPLES)["cnilint.yml"]
USES = re.compile(r"uses: ([\w./-]+)@([0-9a-f]{40})")
NEW = {("error", "pod.yaml:9", "key `level` not found in ConfigMap `settings`")}
OLD = {("error", "old.yaml:9", "key `ancient` not found in ConfigMap `settings`")}
OWN = re.search(r"uses: (cnilint/cnilint@\S+)", WORKFLOW).group(1)
INPUTS = """\
name: inputs
on: push
jobs:
  cnilint:
    runs-on: ubuntu-latest
    steps:
    - uses: actions/checkout@{checkout}
    - id: cnilint
      uses: {own}
      with: {inputs}
    - if: always()
      env: {{OUTPUTS: "${{{{ toJSON(steps.cnilint.outputs) }}}}"}}
      run: echo "outputs" $OUTPUTS
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the runner: git finds the repository on this machine, and setup-python its Python."""
    folder = tmp_path_factory.mktemp("home")
    act.fill_tool_cache(folder / "cache")
    return folder


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The actions that the workflow and the Action use, and the Action itself as its users name it."""
    used = dict(USES.findall(WORKFLOW + (ROOT / "action.yml").read_text("utf-8")))
    mirrors = Path(os.environ.get("CNILINT_MIRRORS", ROOT.parent / ".mirror"))
    folder = tmp_path_factory.mktemp("actions")
    local = act.actions(used, mirrors, folder)
    local += ["--local-repository", f"{OWN}={act.copy_of_action(folder / 'own')}"]
    return [*local, "--env", f"TEST_PYTHON={sys.executable}"]


@pytest.fixture
def upstream(tmp_path: Path, home: Path) -> Path:
    """A repository with an old fault on its branch, and a merge commit that breaks another reference."""
    folder = tmp_path / "upstream"
    (folder / ".github" / "workflows").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "pod.yaml").write_text(POD)
    (folder / "settings.yaml").write_text(SETTINGS % "level")
    (folder / "old.yaml").write_text(POD.replace("agent", "old").replace("key: level", "key: ancient"))
    (folder / ".github" / "workflows" / "cnilint.yml").write_text(WORKFLOW)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "base")
    git(folder, "checkout", "-qb", "change")
    (folder / "settings.yaml").write_text(SETTINGS % "log_level")
    git(folder, "commit", "-qam", "change")
    git(folder, "checkout", "-qb", "merged", "main")
    git(folder, "merge", "-q", "--no-ff", "-m", "merge", "change")
    git(folder, "update-ref", "refs/pull/1/merge", "merged")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    address = f"https://github.com/{act.REPOSITORY}"
    (home / ".gitconfig").write_text(f'[url "{folder.as_uri()}"]\n  insteadOf = {address}\n')
    return folder


def checkout(upstream: Path, revision: str) -> Path:
    """The folder in which act is started: it takes workflows, repository and commit from it, and nothing else."""
    folder = upstream.parent / "checkout"
    git(upstream.parent, "clone", "-q", str(upstream), folder.name)
    git(folder, "checkout", "-q", git(upstream, "rev-parse", revision))
    git(folder, "remote", "set-url", "origin", f"https://github.com/{act.REPOSITORY}")
    return folder


def pull_request(upstream: Path, head_repository: str) -> dict[str, object]:
    head = {
        "ref": "change",
        "sha": git(upstream, "rev-parse", "change"),
        "repo": {"full_name": head_repository},
    }
    base = {"ref": "main", "sha": git(upstream, "rev-parse", "main")}
    return {"number": 1, "pull_request": {"number": 1, "base": base, "head": head}}


def merge_group(upstream: Path) -> dict[str, object]:
    base, head = git(upstream, "rev-parse", "main"), git(upstream, "rev-parse", "merged")
    reference = "refs/heads/gh-readonly-queue/main/pr-1"
    return {
        "merge_group": {
            "base_sha": base,
            "base_ref": "refs/heads/main",
            "head_sha": head,
            "head_ref": reference,
        }
    }


def broken_references(job: act.Job) -> set[tuple[str, str, str]]:
    """The annotations about keys that do not exist, by their first line and without the object."""
    return {
        (level, place, text.partition(" (")[0]) for level, place, text in job.issues if "not found" in text
    }


@pytest.mark.parametrize("name", ["pull_request", "fork", "merge_group", "push"])
def test_the_workflow_of_the_readme(upstream: Path, home: Path, options: list[str], name: str) -> None:
    events = {
        "pull_request": pull_request(upstream, act.REPOSITORY),
        "fork": pull_request(upstream, "someone/gitops"),
        "merge_group": merge_group(upstream),
        "push": {"ref": "refs/heads/main"},
    }
    event_name = "pull_request" if name == "fork" else name
    folder = checkout(upstream, "main" if name == "push" else "merged")
    job = act.run(folder, event_name, events[name], home, *options)["cnilint"]
    assert job.result == "failure"
    assert broken_references(job) == (OLD if name == "push" else NEW), job.log
    assert job.uploads == ([] if name == "fork" else ["uploaded as cnilint"])
    assert "| CNI101 missing-key |" in job.summary
    assert ("ancient" in job.summary) is (name == "push")
    assert "```mermaid" in job.summary


@pytest.mark.parametrize(
    ("inputs", "result", "outputs"),
    [
        ('{fail-on: never, annotations: "false", summary: "false", sarif: "false"}', "success", ("1", "0")),
        ("{paths: missing}", "failure", ("", "2")),
        ("{paths: settings.yaml}", "success", ("0", "0")),
    ],
)
def test_inputs_and_outputs(
    upstream: Path, home: Path, options: list[str], inputs: str, result: str, outputs: tuple[str, str]
) -> None:
    folder = checkout(upstream, "main")
    for old in (folder / ".github" / "workflows").iterdir():
        old.unlink()
    commit = dict(USES.findall(WORKFLOW))["actions/checkout"]
    text = INPUTS.format(checkout=commit, own=OWN, inputs=inputs)
    (folder / ".github" / "workflows" / "inputs.yml").write_text(text)
    job = act.run(folder, "push", {"ref": "refs/heads/main"}, home, *options)["cnilint"]
    assert job.result == result, job.log
    (printed,) = [line for line in job.log if line.startswith("outputs {")]
    given = json.loads(printed.removeprefix("outputs "))
    assert (given["errors"], given["exit-code"]) == outputs
    assert bool(given["sarif-file"]) is (result == "success")
    told = [text for level, _, text in job.issues if level == "error"]
    assert bool(job.summary) is bool(job.uploads) is ("settings" in inputs)
    if outputs[1] == "2":
        assert "cnilint ended with exit code 2 and has no result: see the log of this step" in told
    else:
        assert told == []
