"""The hooks as pre-commit runs them in each situation in which Git calls it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import ROOT
from tests.deploy.runner import YAML

HOOKS = YAML(typ="safe", pure=True).load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
OTHER = POD.replace("agent", "other").replace("name: settings", "name: more")
THIRD = POD.replace("agent", "third")
TYPES = ("pre-commit", "pre-merge-commit", "pre-push")


class Repository:
    """A repository with hooks of this checkout, which pre-commit runs without installing anything."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home

    @classmethod
    def new(cls, folder: Path, *hooks: str) -> "Repository":
        made = cls(folder, folder.parent / "pre-commit-home")
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")
        local = [
            {**hook, "language": "unsupported", "entry": f"{sys.executable} -m {hook['entry']}"}
            for hook in HOOKS
            if hook["id"] in hooks
        ]
        assert len(local) == len(hooks)
        made.write(".pre-commit-config.yaml", json.dumps({"repos": [{"repo": "local", "hooks": local}]}))
        made.pre_commit("install", *(f"--hook-type={each}" for each in TYPES))
        return made

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, "utf-8")

    def pre_commit(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self._run(sys.executable, "-m", "pre_commit", *arguments)

    def git(self, *arguments: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """A Git command that may fail; its output has that of the hooks."""
        user = ("-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "protocol.file.allow=always")
        return self._run("git", *user, *arguments, cwd=cwd)

    def commit(self, *arguments: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
        return self.git("commit", "-m", "m", *arguments, cwd=cwd)

    def _run(self, *command: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "PRE_COMMIT_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose first commit was clean, to be copied."""
    made = Repository.new(tmp_path_factory.mktemp("first") / "work", "cnilint")
    made.write("pod.yaml", POD)
    made.write("settings.yaml", SETTINGS % "level")
    made.git("add", ".")
    done = made.commit()
    assert done.returncode == 0, done.stdout
    return made


@pytest.fixture
def repository(first: Repository, tmp_path: Path) -> Repository:
    """A repository of its own whose first commit was clean."""
    return Repository(Path(shutil.copytree(first.folder, tmp_path / "work", symlinks=True)), first.home)


def refused(done: "subprocess.CompletedProcess[str]", code: str = "CNI101") -> bool:
    assert (done.returncode != 0) == (code in done.stdout), done.stdout
    return done.returncode != 0


def test_the_first_commit_is_checked(tmp_path: Path) -> None:
    made = Repository.new(tmp_path / "work", "cnilint")
    made.write("pod.yaml", POD)
    made.write("settings.yaml", SETTINGS % "other")
    made.git("add", ".")
    assert refused(made.commit())
    made.write("settings.yaml", SETTINGS % "level")
    assert refused(made.commit())
    made.git("add", ".")
    assert not refused(made.commit())


def test_a_repository_without_manifests_is_not_stopped(tmp_path: Path) -> None:
    made = Repository.new(tmp_path / "work", "cnilint", "cnilint-changed")
    made.write("notes.txt", "none")
    made.git("add", ".")
    assert made.commit().returncode == 0


def test_a_deletion_alone_is_checked(repository: Repository) -> None:
    repository.git("rm", "-q", "settings.yaml")
    done = repository.pre_commit("run", "cnilint", "--verbose")
    assert "CNI102" in done.stdout
    # A ConfigMap that is missing altogether is a warning, for the hook as on the command line.
    assert done.returncode == 0
    repository.write(".cnilint.yaml", "severity: {CNI102: error}\n")
    repository.git("add", ".")
    assert refused(repository.commit(), "CNI102")


def test_an_amended_commit_is_checked(repository: Repository) -> None:
    repository.write("settings.yaml", SETTINGS % "other")
    repository.git("add", ".")
    assert refused(repository.git("commit", "--amend", "--no-edit"))


def test_commit_all_is_checked(repository: Repository) -> None:
    repository.write("settings.yaml", SETTINGS % "other")
    assert refused(repository.commit("-a"))


def test_only_what_is_committed_counts(repository: Repository) -> None:
    """``git commit PATH`` commits one file of several that changed, with an index of its own."""
    repository.write("pod.yaml", POD.replace("key: level", "key: mode"))
    repository.write("settings.yaml", SETTINGS % "mode")
    repository.git("add", "pod.yaml")
    assert refused(repository.commit("settings.yaml"))
    assert refused(repository.commit("pod.yaml"))
    assert not refused(repository.commit("pod.yaml", "settings.yaml"))


def test_what_is_not_staged_does_not_count(repository: Repository) -> None:
    repository.write("settings.yaml", SETTINGS % "other")
    repository.git("add", ".")
    repository.write("settings.yaml", SETTINGS % "level")
    assert refused(repository.commit())
    assert (repository.folder / "settings.yaml").read_text() == SETTINGS % "level"


def test_an_untracked_file_defines_nothing(repository: Repository) -> None:
    repository.write("other.yaml", OTHER.replace("name: more", "name: settings").replace("level", "mode"))
    repository.git("add", ".")
    repository.write("untracked.yaml", SETTINGS.replace("level", "mode") % "mode")
    assert refused(repository.commit())
    repository.git("reset", "-q", "--hard")
    repository.write("broken.yaml", "a: [")
    repository.write("notes.txt", "x")
    repository.git("add", "notes.txt")
    assert not refused(repository.commit(), "CNI901")


def test_a_merge_is_checked(repository: Repository) -> None:
    """Neither side is broken: the merge is."""
    repository.git("checkout", "-qb", "reader")
    repository.write("second.yaml", POD.replace("agent", "second"))
    repository.git("add", ".")
    assert not refused(repository.commit())
    repository.git("checkout", "-q", "main")
    repository.write("pod.yaml", POD.replace("key: level", "key: mode"))
    repository.write("settings.yaml", SETTINGS % "mode")
    assert not refused(repository.commit("-a"))
    assert refused(repository.git("merge", "--no-edit", "reader"))


def test_a_linked_work_tree_is_checked(repository: Repository) -> None:
    linked = repository.folder.parent / "linked"
    repository.git("worktree", "add", "-q", "-b", "side", str(linked))
    (linked / "settings.yaml").write_text(SETTINGS % "other")
    assert refused(repository.commit("-a", cwd=linked))
    assert refused(repository.commit("settings.yaml", cwd=linked))
    # The main work tree is as it was.
    repository.write("notes.txt", "x")
    repository.git("add", ".")
    assert not refused(repository.commit())


def test_what_is_pushed_is_checked_and_not_the_work_tree(repository: Repository, tmp_path: Path) -> None:
    remote = tmp_path / "remote"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    repository.git("remote", "add", "origin", str(remote))
    assert not refused(repository.git("push", "origin", "main"))
    repository.write("settings.yaml", SETTINGS % "other")
    repository.commit("-a", "--no-verify")
    # The work tree is whole again, and what would be pushed is not.
    repository.write("settings.yaml", SETTINGS % "level")
    assert refused(repository.git("push", "origin", "main"))
    assert not refused(repository.git("push", "origin", "main~1:refs/heads/older"))
    assert not refused(repository.git("push", "origin", ":older"))


def test_all_files_are_those_on_disk(repository: Repository) -> None:
    """``run --all-files`` stashes nothing: what the user sees is checked."""
    repository.write("settings.yaml", SETTINGS % "other")
    assert refused(repository.pre_commit("run", "--all-files"))
    repository.write("settings.yaml", SETTINGS % "level")
    assert not refused(repository.pre_commit("run", "--all-files"))


def test_changed_files_filter_the_report_and_not_the_repository(tmp_path: Path) -> None:
    made = Repository.new(tmp_path / "work", "cnilint-changed")
    made.write("apps/pod.yaml", POD)
    made.write("apps/settings.yaml", SETTINGS % "level")
    made.write("apps/other.yaml", OTHER.replace("level", "absent"))
    made.write("apps/more.yaml", SETTINGS.replace("settings", "more") % "level")
    made.git("add", ".")
    assert made.commit("--no-verify").returncode == 0
    # A fault in files that the commit does not touch is not reported.
    made.write("apps/pod.yaml", POD + "# comment\n")
    assert not refused(made.commit("-a"))
    # What the file refers to is in another one; what refers to a changed file is in another one, too.
    made.write("apps/pod.yaml", POD.replace("key: level", "key: mode"))
    assert refused(made.commit("-a"))
    made.git("reset", "-q", "--hard")
    made.write("apps/settings.yaml", SETTINGS % "mode")
    done = made.commit("-a")
    assert refused(done)
    assert "other.yaml" not in done.stdout


def test_changed_files_include_those_that_are_deleted(tmp_path: Path) -> None:
    """pre-commit names no deleted file; what still reads it is in a file that the commit does not touch."""
    made = Repository.new(tmp_path / "work", "cnilint-changed")
    made.write("apps/pod.yaml", POD)
    made.write("apps/settings.yaml", SETTINGS % "level")
    made.write("apps/both.yaml", SETTINGS.replace("settings", "more") % "level" + "---\n" + THIRD)
    made.write("apps/other.yaml", OTHER)
    made.git("add", ".")
    assert made.commit("--no-verify").returncode == 0
    made.git("rm", "-q", "apps/settings.yaml")
    assert refused(made.commit(), "CNI401")
    # One object of several in a file.
    made.git("reset", "-q", "--hard")
    made.write("apps/both.yaml", THIRD)
    assert refused(made.commit("-a"), "CNI401")
    # What was broken before the commit is not its fault.
    made.git("reset", "-q", "--hard")
    made.git("rm", "-q", "apps/settings.yaml")
    assert made.commit("--no-verify").returncode == 0
    made.write("notes.txt", "none")
    made.git("add", ".")
    done = made.commit()
    assert (done.returncode, "CNI" in done.stdout) == (0, False), done.stdout


def test_many_changed_files_are_one_repository(tmp_path: Path) -> None:
    """pre-commit splits a long list of files: each part still resolves in the whole repository."""
    made = Repository.new(tmp_path / "work", "cnilint-changed")
    # More than the 128 KiB of names that pre-commit gives to one process.
    for number in range(650):
        made.write(f"{number:03}{'x' * 200}/pod.yaml", POD.replace("agent", f"agent-{number}"))
    made.write("settings.yaml", SETTINGS % "level")
    made.git("add", ".")
    done = made.pre_commit("run", "--verbose")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("No findings in the given files.") == 2


def test_packs_of_the_configuration_are_tested(tmp_path: Path) -> None:
    made = Repository.new(tmp_path / "work", "cnilint-packs")
    made.write(".cnilint.yaml", "packs: [policies/edge-cni]\n")
    page = (ROOT / "rules" / "README.md").read_text("utf-8")
    pack = page.partition("<!-- file: edge-cni/settings.yaml -->\n```yaml\n")[2].partition("```")[0]
    component = page.partition("<!-- file: edge-cni/component.yaml -->\n```yaml\n")[2].partition("```")[0]
    made.write("policies/edge-cni/component.yaml", component)
    made.write("policies/edge-cni/settings.yaml", pack)
    made.git("add", ".")
    done = made.commit()
    assert done.returncode == 0, done.stdout
    made.write("policies/edge-cni/settings.yaml", pack.replace("CNI201", "CNI777"))
    assert made.commit("-a").returncode != 0
    made.write("policies/edge-cni/settings.yaml", pack)
    made.write(".cnilint.yaml", "exclude: [vendor]\n")
    done = made.commit("-a")
    assert done.returncode != 0
    assert "names no packs" in done.stdout


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_fail_on_what_the_command_line_fails_on(hook: dict[str, object]) -> None:
    assert "args" not in hook
    assert "--" not in str(hook["entry"]).replace("--configured", "").replace("--changed", "")
    assert hook["require_serial"] is True
