"""The package as its users install it, and the hook as pre-commit runs it."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import ROOT

POD_OF_SETTINGS = {"pod.yaml": POD, "settings.yaml": SETTINGS % "level"}


def run(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files of this checkout, committed, so that nothing of the tests' own mess gets in."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("cnilint", "rules", "schemas"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "all")
    return folder


def test_wheel_in_a_fresh_environment_finds_its_data(checkout: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    installed = run(python, "-m", "pip", "install", "--quiet", checkout, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    work = tmp_path / "elsewhere"
    work.mkdir()
    (work / "pod.yaml").write_text(POD)
    (work / "other.yaml").write_text(SETTINGS % "other")
    (work / ".cnilint.yaml").write_text("external: [{kind: Secret, name: x}]\n")
    program = tmp_path / "venv" / "bin" / "cnilint"
    result = run(program, "check", "--format", "json", cwd=work)
    assert [finding["code"] for finding in json.loads(result.stdout)["findings"]] == ["CNI101"], result.stderr
    assert run(program, "--version", cwd=work).stdout.startswith("cnilint")
    assert "istio" in run(program, "rules", "list", cwd=work).stdout
    assert run(program, "explain", "CNI101", cwd=work).stdout.startswith("# CNI101 missing-key")


def test_hook_manifest_is_valid() -> None:
    result = run(sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml", cwd=ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_commit_that_only_deletes_a_config_map_is_stopped(checkout: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    for name, text in POD_OF_SETTINGS.items():
        (work / name).write_text(text)
    git(work, "init", "-q")
    revision = git(checkout, "rev-parse", "HEAD")
    hooks = f"repos: [{{repo: {checkout}, rev: {revision}, hooks: [{{id: cnilint}}]}}]\n"
    (work / ".pre-commit-config.yaml").write_text(hooks)
    (work / ".cnilint.yaml").write_text("severity: {CNI102: error}\n")
    git(work, "add", ".")
    home = {"PRE_COMMIT_HOME": str(tmp_path / "home")}
    assert run(sys.executable, "-m", "pre_commit", "install", cwd=work, **home).returncode == 0
    author = ("-c", "user.name=t", "-c", "user.email=t@example.invalid")
    first = run("git", *author, "commit", "-qm", "one", cwd=work, **home)
    assert first.returncode == 0, first.stdout + first.stderr
    git(work, "rm", "-q", "settings.yaml")
    second = run("git", *author, "commit", "-qm", "two", cwd=work, **home)
    assert second.returncode != 0
    assert "CNI102" in second.stdout + second.stderr
