"""The workflows, the Action and the README's examples of workflows: pinned, with few permissions, accepted by linters."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.deploy.runner import loaded
from tests.programs import needs, program
from tests.tools import release

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
USES = re.compile(r"^\s*(?:- )?uses: (\S+)(.*)$", re.MULTILINE)
PAGE = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n# \.github/workflows/(\S+)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The Action, its workflows, and the README's workflows, as a repository has them."""
    shutil.copy(ROOT / "action.yml", tmp_path)
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    for name, text in EXAMPLES:
        # A user's release is a tag's commit, which an example of an unpublished version cannot know.
        pinned = re.sub(r"(cnilint/cnilint@)v[\d.]+", rf"\g<1>{'0' * 40}", text)
        (tmp_path / ".github" / "workflows" / f"readme-{name}").write_text(pinned, "utf-8")
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_there_is_a_workflow_in_the_readme() -> None:
    assert EXAMPLES


@needs("actionlint")
def test_actionlint_finds_nothing(project: Path) -> None:
    done = subprocess.run([program("actionlint"), "-no-color"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@needs("zizmor")
def test_zizmor_finds_nothing(project: Path) -> None:
    command = [program("zizmor"), "--offline", "--no-progress", "--no-config", "."]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@needs("zizmor")
def test_zizmor_sees_the_action(project: Path) -> None:
    """An Action that is not audited has no finding either."""
    action = project / "action.yml"
    text = action.read_text("utf-8")
    action.write_text(text.replace("run: exit ", 'run: echo "${{ inputs.paths }}"; exit '), "utf-8")
    command = [program("zizmor"), "--offline", "--no-progress", "--no-config", "."]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert "template-injection" in done.stdout


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda path: path.name)
def test_every_step_is_pinned_to_a_commit_with_its_version(path: Path) -> None:
    for name, comment in USES.findall(path.read_text("utf-8")):
        if name != "./":
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_only_jobs_have_permissions(path: Path) -> None:
    workflow = loaded(path)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert "permissions" in job
        assert job["timeout-minutes"]


def test_one_commit_of_each_action() -> None:
    """Two versions of one action would mean that one was forgotten."""
    used = {
        name
        for path in (*WORKFLOWS, ROOT / "action.yml")
        for name, _ in USES.findall(path.read_text("utf-8"))
    }
    names = [name.partition("@")[0] for name in used]
    assert len(names) == len(set(names))


def test_the_release_is_of_the_version_that_the_files_have(capsys: pytest.CaptureFixture[str]) -> None:
    (version,) = release.versions(ROOT)["pyproject.toml"]
    release.main([f"v{version}"])
    release.main([f"v{version}", "--image", "ghcr.io/Acme/cnilint"])
    major, minor, _ = version.split(".")
    assert capsys.readouterr().out == (
        f"tags=ghcr.io/acme/cnilint:{version},ghcr.io/acme/cnilint:{major}.{minor},"
        f"ghcr.io/acme/cnilint:{major},ghcr.io/acme/cnilint:latest\n"
    )
    release.main([f"v{version}", "--moving"])
    assert capsys.readouterr().out == f"v{major}.{minor} v{major}\n"


def test_pages_name_the_release_that_they_come_with() -> None:
    found = release.versions(ROOT)
    assert {"README.md", "deploy/README.md"} <= set(found)
    assert len(set.union(*found.values())) == 1


@pytest.mark.parametrize("tag", ["v9.9.9", "9.9.9", "v1", "v1.2.3; rm", ""])
def test_another_tag_releases_nothing(tag: str) -> None:
    with pytest.raises(SystemExit) as refused:
        release.main([tag])
    assert isinstance(refused.value.code, str)
