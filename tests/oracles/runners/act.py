"""Runs a workflow in act (github.com/nektos/act), on this machine and without a container, and reads what it reports.

The actions that a workflow uses are taken from git directories of their repositories (``<owner>+<name>/repo``), where
there are any. Without them, stand-ins do what the test needs of them: check out, name a Python, record an upload.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from tests.conftest import ROOT
from tests.programs import program

CHECKOUT = """\
name: checkout
inputs: {persist-credentials: {required: false}}
runs:
  using: composite
  steps:
  - shell: bash
    run: |
      git init --quiet .
      git remote add origin "https://github.com/$GITHUB_REPOSITORY"
      git fetch --quiet --no-tags --depth=1 origin "$GITHUB_SHA"
      git checkout --quiet FETCH_HEAD
"""
SETUP_PYTHON = """\
name: setup-python
inputs: {python-version: {required: true}, update-environment: {required: false}}
outputs: {python-path: {value: "${{ steps.python.outputs.path }}"}}
runs:
  using: composite
  steps:
  - id: python
    shell: bash
    run: echo "path=$TEST_PYTHON" >> "$GITHUB_OUTPUT"
"""
UPLOAD = """\
name: upload-sarif
inputs: {sarif_file: {required: true}, category: {required: false}}
runs:
  using: composite
  steps:
  - shell: bash
    env: {FILE: "${{ inputs.sarif_file }}", CATEGORY: "${{ inputs.category }}"}
    run: test -s "$FILE" && echo "uploaded as $CATEGORY"
"""
STAND_INS = {
    "actions/checkout": ("action.yml", CHECKOUT),
    "actions/setup-python": ("action.yml", SETUP_PYTHON),
    # The real one sends the file to GitHub.
    "github/codeql-action/upload-sarif": ("upload-sarif/action.yml", UPLOAD),
}
REPOSITORY = "acme/gitops"


class Job(Struct):
    """What a job of a workflow did."""

    result: str = ""
    issues: list[tuple[str, str, str]] = field(default_factory=list)
    """Level, file and line, and message of each annotation."""
    summary: str = ""
    log: list[str] = field(default_factory=list)

    @property
    def uploads(self) -> list[str]:
        return [line for line in self.log if line.startswith("uploaded as ")]


def actions(used: Mapping[str, str], mirrors: Path, folder: Path) -> list[str]:
    """The options by which act takes each action, by name and commit, from a folder of this machine."""
    found = []
    for name, commit in used.items():
        local = folder / name.replace("/", "+")
        local.mkdir(parents=True)
        if not _from_mirror(mirrors / f"{name.replace('/', '+')}" / "repo", commit, local):
            file, text = STAND_INS[name]
            (local / file).parent.mkdir(exist_ok=True)
            (local / file).write_text(text)
        repository = "/".join(name.split("/")[:2])
        found += ["--local-repository", f"{repository}@{commit}={local}"]
    return found


def _from_mirror(mirror: Path, commit: str, folder: Path) -> bool:
    """Whether a git directory has the files of a commit, which then are in the folder."""
    if not mirror.is_dir() or (mirror.parent.name == "actions+setup-python" and not tool_cache_python()):
        return False
    packed = subprocess.run(["git", "-C", mirror, "archive", commit], capture_output=True)
    if packed.returncode:
        return False
    subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
    return True


def tool_cache_python() -> str:
    """Prefix and version, with a space between them, of a Python that the Action wants; empty without one."""
    named = program("python3.13")
    code = "import sys, platform; print(sys.base_prefix, platform.python_version())"
    done = subprocess.run([named, "-c", code], capture_output=True, text=True) if named else None
    return done.stdout.strip() if done and done.returncode == 0 else ""


def fill_tool_cache(cache: Path) -> None:
    """Gives setup-python its Python where a hosted runner has it."""
    prefix, _, version = tool_cache_python().rpartition(" ")
    if prefix:
        folder = cache / "act" / "tool_cache" / "Python" / version
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "x64").symlink_to(prefix)
        (folder / "x64.complete").touch()


def copy_of_action(folder: Path) -> Path:
    """This repository's files without what is built in it, as a runner fetches an action."""
    ignored = shutil.ignore_patterns(".venv", ".git", ".cache", "build", "dist", "__pycache__", ".*_cache")
    return Path(shutil.copytree(ROOT, folder, ignore=ignored))


def run(
    checkout: Path, event_name: str, event: Mapping[str, object], home: Path, *options: str
) -> dict[str, Job]:
    """The jobs of the workflows in a checkout for an event. ``home`` has the configuration of git and all caches."""
    payload = home / "event.json"
    payload.write_text(json.dumps(event))
    given = {
        "--eventpath": payload,
        "--platform": "ubuntu-latest=-self-hosted",
        "--secret": "GITHUB_TOKEN=t0ken",
        "--env": f"GITHUB_REPOSITORY={REPOSITORY}",
        "--concurrent-jobs": "1",
    }
    done = subprocess.run(
        [
            *(program("act"), event_name, "--json", "--no-skip-checkout", "--no-cache-server"),
            *(part for pair in given.items() for part in pair),
            *options,
        ],
        cwd=checkout,
        env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
        capture_output=True,
        text=True,
        timeout=400,
    )
    jobs: dict[str, Job] = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            _read(json.loads(line), jobs)
    assert jobs, done.stdout + done.stderr
    return jobs


def _read(event: Mapping[str, object], jobs: dict[str, Job]) -> None:
    if "jobID" not in event:
        return
    job = jobs.setdefault(str(event["jobID"]), Job())
    match event:
        case {"jobResult": str(result)}:
            job.result = result
        case {"command": "summary", "content": str(content)}:
            job.summary += content
        case {"command": "error" | "warning" | "notice" as level, "kvPairs": {**places}, "arg": str(text)}:
            place = f"{places['file']}:{places['line']}" if "file" in places else ""
            job.issues.append((level, place, text))
        case {"raw_output": True, "msg": str(text)}:
            job.log.append(text.rstrip("\n"))
