"""The examples for CI systems, each of whose scripts runs, and the image, as far as it can be without a registry."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

from tests.cli.test_check import POD, SETTINGS, cnilint, git
from tests.conftest import ROOT
from tests.deploy.runner import loaded
from tests.platforms import needs_root
from tests.programs import needs_on_path

CI = ROOT / "deploy" / "ci"
KEYS = {"clean": "level", "broken": "other"}
CONTAINERFILE = (ROOT / "Containerfile").read_text("utf-8")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with cnilint, for the PATH; nothing else is installed."""
    folder = tmp_path / "agent" / "cnilint" / "bin"
    folder.mkdir(parents=True)
    program = folder / "cnilint"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m cnilint "$@"\n')
    program.chmod(0o755)
    return folder


@pytest.fixture(params=KEYS)
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A repository with or without a broken reference."""
    folder = tmp_path / str(request.param)
    folder.mkdir()
    (folder / "pod.yaml").write_text(POD)
    (folder / "settings.yaml").write_text(SETTINGS % KEYS[str(request.param)])
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


def run(script: str, folder: Path, programs: Path, *arguments: str, **variables: str) -> int:
    done = subprocess.run(
        ["sh", "-e", "-c", script, "script", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode


def gitlab() -> tuple[dict, dict]:
    """The inputs of the component, and its job with their defaults."""
    text = (ROOT / "templates" / "cnilint.yml").read_text("utf-8")
    head, _, body = text.partition("\n---\n")
    inputs = YAML(typ="safe", pure=True).load(head)["spec"]["inputs"]
    filled = re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda match: inputs[match.group(1)]["default"], body)
    return inputs, YAML(typ="safe", pure=True).load(filled)["cnilint"]


@pytest.mark.parametrize("merge_request", [False, True])
def test_gitlab(repository: Path, programs: Path, merge_request: bool) -> None:
    _, job = gitlab()
    variables = {name: str(value) for name, value in job["variables"].items()}
    variables["CI_PROJECT_DIR"] = str(repository)
    if merge_request:
        git(repository, "remote", "add", "origin", repository.as_uri())
        git(repository, "commit", "-q", "--allow-empty", "-m", "two")
        variables["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = git(repository, "rev-parse", "HEAD~1")
    code = run("\n".join(job["script"]), repository, programs, **variables)
    broken = repository.name == "broken"
    since = merge_request and "--since" in cnilint("check", "--help", cwd=ROOT).stdout
    # What the base has as well does not fail a merge request, and is in its reports.
    assert code == int(broken and not since)
    reports = job["artifacts"]["reports"]
    assert len(json.loads((repository / reports["codequality"]).read_text("utf-8"))) == int(broken)
    root = ElementTree.parse(repository / reports["junit"]).getroot()
    assert root.attrib["failures"] == str(int(broken))


def test_gitlab_inputs_are_only_in_variables() -> None:
    inputs, job = gitlab()
    text = (ROOT / "templates" / "cnilint.yml").read_text("utf-8")
    assert "$[[" not in text.partition("  script:")[2]
    assert all({"default", "description"} <= set(each) for each in inputs.values())
    assert job["image"]["entrypoint"] == [""]


def test_jenkins(repository: Path, programs: Path) -> None:
    text = (CI / "Jenkinsfile").read_text("utf-8")
    (script,) = re.findall(r"sh '''(.*?)'''", text, re.DOTALL)
    assert run(script, repository, programs) == int(repository.name == "broken")
    for name in re.findall(r"'(cnilint-\w+\.xml)'", text):
        ElementTree.parse(repository / name)
    assert text.count("{") == text.count("}")


def test_azure(repository: Path, programs: Path) -> None:
    steps = loaded(CI / "azure-pipelines.yml")["steps"]
    (script,) = [step["script"] for step in steps if step.get("displayName") == "cnilint"]
    agent = programs.parents[1]
    assert run(script, repository, programs, AGENT_TEMPDIRECTORY=str(agent)) == int(
        repository.name == "broken"
    )
    assert (agent / "cnilint.md").read_text("utf-8").startswith("## cnilint")
    ElementTree.parse(repository / steps[-1]["inputs"]["testResultsFiles"])


def test_tekton(repository: Path, programs: Path, tmp_path: Path) -> None:
    (step,) = loaded(CI / "tekton.yaml")["spec"]["steps"]
    script = step["script"].replace("/tmp/", f"{tmp_path}/")
    assert "$(" not in script
    summary = tmp_path / "summary"
    code = run(
        script,
        repository,
        programs,
        "error",
        str(summary),
        ".",
    )
    assert code == int(repository.name == "broken")
    assert summary.read_text() == ("Found 1 error." if code else "No findings: 1 of 1 reference verified.")


def test_every_example_names_the_same_image() -> None:
    files = [path for path in (*CI.iterdir(), ROOT / "templates" / "cnilint.yml") if path.suffix != ".json"]
    named = {
        name for path in files for name in re.findall(r"ghcr\.io/[\w./-]+:[\w.]+", path.read_text("utf-8"))
    }
    assert len(named) == 1


def test_the_problem_matcher_reads_the_concise_format(tmp_path: Path) -> None:
    (tmp_path / "pod: 1.yaml").write_text(POD)
    (tmp_path / "settings.yaml").write_text(SETTINGS % "other")
    (matcher,) = json.loads((CI / "problem-matcher.json").read_text("utf-8"))["problemMatcher"]
    (pattern,) = matcher["pattern"]
    printed = cnilint("check", "--format", "concise", cwd=tmp_path).stdout.splitlines()
    found = [re.search(pattern["regexp"], line) for line in printed]
    assert len(found) == 1
    assert found[0].group(pattern["file"], pattern["line"], pattern["severity"]) == (
        "pod: 1.yaml",
        "9",
        "error",
    )
    assert found[0].group(pattern["message"]).startswith("key `level` not found")


@needs_on_path("vim")
def test_vim_reads_the_concise_format(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "settings.yaml").write_text(SETTINGS % "other")
    (tmp_path / "out").write_text(cnilint("check", "--format", "concise", cwd=tmp_path).stdout)
    (line,) = re.findall(r"^set errorformat=.*$", (CI / "README.md").read_text("utf-8"), re.MULTILINE)
    commands = [line, "cgetfile out", "call writefile([json_encode(getqflist())], 'list')", "qall!"]
    subprocess.run(
        ["vim", "-Nu", "NONE", "-es", *(part for each in commands for part in ("-c", each))],
        cwd=tmp_path,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    (entry,) = json.loads((tmp_path / "list").read_text())
    assert (entry["lnum"], entry["col"], entry["nr"], entry["type"]) == (9, 58, 101, "e")


def image_environment() -> dict[str, str]:
    """The variables that the image sets."""
    block = re.search(r"^ENV ((?:.*\\\n)*.*)", CONTAINERFILE, re.MULTILINE).group(1)
    return dict(pair.split("=", 1) for pair in block.replace("\\\n", " ").split())


def test_the_image_has_git_and_is_not_root() -> None:
    last = CONTAINERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"install .* git\b", last)
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert last.rstrip().endswith('ENTRYPOINT ["cnilint"]')


def test_the_image_trusts_one_folder() -> None:
    environment = image_environment()
    work = re.search(r"^WORKDIR (\S+)\n(?=USER)", CONTAINERFILE, re.MULTILINE).group(1)
    assert environment["GIT_CONFIG_KEY_0"] == "safe.directory"
    assert environment["GIT_CONFIG_VALUE_0"] == work


@needs_root("give a checkout to another user (chown)")
@pytest.mark.parametrize("arguments", [(), ("--rev", "HEAD")])
def test_a_mounted_checkout_of_another_user_is_read(repository: Path, arguments: tuple[str, ...]) -> None:
    """As in the image: another owner, a home that has nothing, and nothing writable."""
    for path in (repository, *repository.rglob("*")):
        os.chown(path, 12345, 12345)
    refused = subprocess.run(["git", "status"], cwd=repository, capture_output=True, text=True)
    assert "dubious ownership" in refused.stderr
    environment = {name: value for name, value in image_environment().items() if name != "PATH"}
    result = cnilint("check", *arguments, cwd=repository, **environment)
    assert result.returncode == int(repository.name == "broken"), result.stderr
    assert not result.stderr
