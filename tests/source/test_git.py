"""Git as a database: every kind of clone, the index, and nothing that a repository can have git execute or fetch."""

import gc
import os
import shutil
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from cnilint.analysis.check import analyze, report
from cnilint.analysis.settings import AnalysisSettings
from cnilint.errors import UsageError
from cnilint.findings.policy import Policy
from cnilint.reading import Unreadable
from cnilint.source import GitIndex, GitRevision, WorkTree
from cnilint.source.commits import MOST_COMMITS, blamed, changed_paths, first_parents
from cnilint.source.moves import moved_files
from cnilint.source.objects import GitObjects
from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import check_tree


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "apps").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "pod.yaml").write_text(POD)
    (folder / "apps" / "settings.yaml").write_text(SETTINGS % "level")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


def test_a_bare_repository_without_a_configuration(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")
    bare = tmp_path / "bare.git"
    (bare / "config").unlink()
    source = GitRevision([str(bare)], "main")
    assert source.files == ("apps/settings.yaml", "pod.yaml")
    assert source.read("pod.yaml") == POD.encode()
    assert GitRevision([str(bare / "apps")], "main").selected == ("apps/settings.yaml",)
    with pytest.raises(UsageError, match="is a bare repository") as raised:
        WorkTree([str(bare)])
    assert raised.value.hint == "name a revision with --rev"


def test_what_a_sparse_checkout_leaves_out_is_read_from_the_index(repository: Path) -> None:
    git(repository, "sparse-checkout", "set", "--no-cone", "/pod.yaml")
    assert not (repository / "apps" / "settings.yaml").exists()
    tree = WorkTree([str(repository)])
    assert tree.read("apps/settings.yaml") == (SETTINGS % "level").encode()
    assert check_tree(repository).coverage.references["resolved"] == 1
    # A file that somebody removed is not there.
    (repository / "pod.yaml").unlink()
    assert WorkTree([str(repository)]).read("pod.yaml") is None


@pytest.mark.parametrize("ids", ["sha1", "sha256"])
def test_the_index_has_nothing_of_what_is_only_intended_to_be_added(tmp_path: Path, ids: str) -> None:
    git(tmp_path, "init", "-q", f"--object-format={ids}")
    (tmp_path / "empty.yaml").touch()
    (tmp_path / "pod.yaml").write_text(POD)
    git(tmp_path, "add", "empty.yaml")
    git(tmp_path, "add", "-N", "pod.yaml")
    assert GitIndex([str(tmp_path)]).files == ("empty.yaml",)
    git(tmp_path, "add", "pod.yaml")
    assert GitIndex([str(tmp_path)]).files == ("empty.yaml", "pod.yaml")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "rm", "-q", "--cached", "pod.yaml")
    git(tmp_path, "add", "-N", "pod.yaml")
    assert GitIndex([str(tmp_path)]).files == ("empty.yaml",)


@pytest.mark.parametrize("ids", ["sha1", "sha256"])
def test_work_trees_and_revisions_have_the_same_ids(tmp_path: Path, ids: str) -> None:
    folder, other = tmp_path / "one", tmp_path / "two"
    folder.mkdir()
    git(folder, "init", "-q", f"--object-format={ids}")
    (folder / "pod.yaml").write_text(POD)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    git(folder, "worktree", "add", "-q", str(other))
    expected = GitRevision([str(folder)], "HEAD").content_id("pod.yaml")
    assert expected == git(folder, "rev-parse", "HEAD:pod.yaml")
    assert WorkTree([str(folder)]).content_id("pod.yaml") == expected
    assert WorkTree([str(other)]).content_id("pod.yaml") == expected


def test_a_deleted_file_is_not_listed(repository: Path) -> None:
    (repository / "pod.yaml").unlink()
    shutil.rmtree(repository / "apps")
    (repository / "apps").write_text("a file in place of the folder")
    assert WorkTree([str(repository)]).files == ("apps",)
    git(repository, "checkout", "-qf", "HEAD", "--", "pod.yaml")
    assert WorkTree([str(repository)]).files == ("apps", "pod.yaml")


def test_a_file_that_is_moved_and_not_staged_has_moved(repository: Path) -> None:
    before = GitRevision([str(repository)], "HEAD")
    (repository / "pod.yaml").rename(repository / "other.yaml")
    assert moved_files(before, WorkTree([str(repository)])) == {"pod.yaml": "other.yaml"}


def test_the_index_is_what_the_next_commit_has(repository: Path) -> None:
    (repository / "pod.yaml").write_text("kind: Staged\n")
    git(repository, "add", "pod.yaml")
    (repository / "pod.yaml").write_text("kind: Later\n")
    (repository / "new.yaml").write_text(POD)
    index = GitIndex([str(repository)])
    assert index.files == ("apps/settings.yaml", "pod.yaml")
    assert index.read("pod.yaml") == b"kind: Staged\n"
    assert index.revision is None


def test_an_unmerged_file_is_not_taken_for_a_deleted_one(repository: Path) -> None:
    git(repository, "mv", "pod.yaml", "apps")
    git(repository, "commit", "-qm", "two")
    for branch, level in (("other", "mode"), ("main", "level2")):
        git(repository, "checkout", "-q", *(["-b"] if branch == "other" else []), branch)
        (repository / "apps" / "settings.yaml").write_text(SETTINGS % level)
        git(repository, "commit", "-qam", branch)
    with pytest.raises(CalledProcessError):
        git(repository, "merge", "-q", "other")
    index = GitIndex([str(repository)])
    assert index.files == ("apps/pod.yaml", "apps/settings.yaml")
    assert index.content_id("apps/settings.yaml") is None
    with pytest.raises(Unreadable, match="unmerged"):
        index.read("apps/settings.yaml")
    found = report(analyze(index, AnalysisSettings()), Policy())
    assert found.findings == ()
    assert found.coverage.references["unverifiable"] == 1


def test_a_path_that_is_a_link_to_itself(repository: Path) -> None:
    (repository / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match="no file or folder"):
        GitRevision([str(repository / "loop")], "HEAD")


def test_without_git_the_files_are_walked(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(repository, "init", "-q", "nested")
    (repository / "nested" / "pod.yaml").write_text(POD)
    monkeypatch.setenv("PATH", "/nonexistent")
    tree = WorkTree([str(repository)])
    assert tree.files == ("apps/settings.yaml", "pod.yaml")
    assert list(tree.skipped) == ["nested"]
    assert check_tree(repository).notices == (
        "git not found on the PATH: files that Git ignores are read as well",
    )
    with pytest.raises(UsageError, match="--rev needs git"):
        GitRevision([str(repository)], "HEAD")


def test_a_refusal_of_git_says_what_allows_it(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnilint.source import objects
    from cnilint.source.process import Failed

    def refuse(*_: object) -> bytes:
        raise Failed(f"fatal: detected dubious ownership in repository at '{repository}'")

    monkeypatch.setattr(objects, "git", refuse)
    with pytest.raises(UsageError, match="dubious ownership") as raised:
        GitRevision([str(repository)], "HEAD")
    assert raised.value.hint == f"allow it with: git config --global --add safe.directory {repository}"


def test_nothing_of_the_repository_is_executed(repository: Path, tmp_path: Path) -> None:
    """Filters, text conversion, external diffs, pagers, hooks, the file system monitor, and a remote that is a command."""
    mark = tmp_path / "executed"
    script = tmp_path / "script"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >> {mark}\ncat\n')
    script.chmod(0o755)
    for name in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "diff.external",
        "diff.x.textconv",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "gpg.program",
    ):
        git(repository, "config", name, str(script))
    git(repository, "config", "log.showSignature", "true")
    git(repository, "config", "remote.origin.url", f"ext::{script}")
    git(repository, "config", "remote.origin.promisor", "true")
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "attributes").write_text("*.yaml filter=x diff=x\n")
    for hook in ("post-checkout", "pre-commit", "post-index-change"):
        shutil.copy(script, repository / ".git" / "hooks" / hook)
    (repository / "pod.yaml").write_text(POD + "# changed\n")
    mark.unlink(missing_ok=True)
    objects = GitObjects(repository)
    head = objects.commit("HEAD")
    assert WorkTree([str(repository)]).read("pod.yaml") is not None
    assert GitIndex([str(repository)]).read("pod.yaml") == POD.encode()
    assert GitRevision([str(repository)], "HEAD").read("pod.yaml") == POD.encode()
    with pytest.raises(Unreadable):
        objects.blob("0" * 39 + "1")
    commits, _ = first_parents(objects, head, None)
    assert list(changed_paths(objects, commits))
    assert blamed(objects, head, "pod.yaml", [1])[1].subject == "one"
    assert not mark.exists(), mark.read_text()


def test_a_replaced_object_is_not_read(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("kind: Replaced\n")
    other = git(repository, "hash-object", "-w", str(tmp_path / "other"))
    git(repository, "replace", git(repository, "rev-parse", "HEAD:pod.yaml"), other)
    assert GitRevision([str(repository)], "HEAD").read("pod.yaml") == POD.encode()


def test_a_damaged_object_is_unreadable_and_others_are_read(repository: Path) -> None:
    blob = git(repository, "rev-parse", "HEAD:pod.yaml")
    loose = repository / ".git" / "objects" / blob[:2] / blob[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"damaged")
    source = GitRevision([str(repository)], "HEAD")
    with pytest.raises(Unreadable, match="not in this clone"):
        source.read("pod.yaml")
    assert source.read("apps/settings.yaml") == (SETTINGS % "level").encode()


def test_names_with_line_ends_and_tabs(repository: Path) -> None:
    name = 'a\nb\t"c".yaml'
    (repository / name).write_text(POD)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "a\n\nb\x1b[31m")
    assert name in GitRevision([str(repository)], "HEAD").files
    assert name in GitIndex([str(repository)]).files
    objects = GitObjects(repository)
    commits, base = first_parents(objects, objects.commit("HEAD"), None)
    changed = [[each.path for each in paths] for _, paths in changed_paths(objects, commits)]
    assert (changed, base) == ([["apps/settings.yaml", "pod.yaml"], [name]], "")


def test_commits_since_a_revision_and_a_date(repository: Path) -> None:
    objects = GitObjects(repository)
    first = objects.commit("HEAD")
    (repository / "pod.yaml").write_text("kind: Two\n")
    git(repository, "commit", "-qam", "Add a thing (#42)")
    git(repository, "switch", "-qc", "topic", first)
    (repository / "topic.yaml").write_text(POD)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "topic")
    git(repository, "switch", "-q", "main")
    git(repository, "merge", "-q", "--no-ff", "-m", "Merge pull request #7 from a/topic", "topic")
    commits, base = first_parents(objects, objects.commit("HEAD"), first)
    assert ([each.request for each in commits], base) == (["42", "7"], first)
    merged = list(changed_paths(objects, commits))[1][1]
    assert [(each.path, bool(each.before), bool(each.after)) for each in merged] == [
        ("topic.yaml", False, True)
    ]
    assert len(first_parents(objects, objects.commit("HEAD"), "2001-01-31")[0]) == 3
    assert first_parents(objects, first, first) == ([], first)
    for wrong in ("yesterday", "2001-1-1", "--all"):
        with pytest.raises(UsageError, match="there is no revision"):
            first_parents(objects, first, wrong)


def test_a_huge_history_is_bounded(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnilint.source import commits

    assert MOST_COMMITS >= 10_000
    monkeypatch.setattr(commits, "MOST_COMMITS", 1)
    (repository / "pod.yaml").write_text("kind: Two\n")
    git(repository, "commit", "-qam", "two")
    objects = GitObjects(repository)
    found, base = first_parents(objects, objects.commit("HEAD"), None)
    assert ([each.subject for each in found], base) == (["two"], objects.commit("HEAD~1"))


def test_files_that_moved(repository: Path) -> None:
    before = GitRevision([str(repository)], "HEAD")
    git(repository, "mv", "apps", "live")
    (repository / "web").mkdir()
    git(repository, "mv", "pod.yaml", "web/app.yaml")
    (repository / "web" / "app.yaml").write_text(POD + "# a comment\n")
    (repository / "unlike.yaml").write_text("kind: Other\n")
    expected = {"apps/settings.yaml": "live/settings.yaml", "pod.yaml": "web/app.yaml"}
    assert moved_files(before, WorkTree([str(repository)])) == expected
    git(repository, "add", ".")
    assert moved_files(before, GitIndex([str(repository)])) == expected


def test_links_with_the_same_text_are_not_the_same_file(repository: Path) -> None:
    for name in ("one", "two"):
        (repository / name).mkdir()
        (repository / name / "base.yaml").write_text(f"kind: {name}\nname: {name}\n")
    (repository / "one" / "link.yaml").symlink_to("base.yaml")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    before = GitRevision([str(repository)], "HEAD")
    git(repository, "rm", "-q", "one/link.yaml")
    (repository / "two" / "link.yaml").symlink_to("base.yaml")
    git(repository, "add", ".")
    assert moved_files(before, GitIndex([str(repository)])) == {}


@pytest.mark.skipif(
    not hasattr(os, "fork"), reason="Windows has no os.fork, and there no process inherits the pipe to git"
)
def test_a_forked_process_reads_for_itself(repository: Path) -> None:
    source = GitRevision([str(repository)], "HEAD")
    assert source.read("pod.yaml") == POD.encode()
    child = os.fork()
    if child == 0:
        os._exit(0 if source.read("apps/settings.yaml") == (SETTINGS % "level").encode() else 1)
    assert source.read("apps/settings.yaml") == (SETTINGS % "level").encode()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_git_ends_with_the_source_that_asked_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.yaml").write_text("kind: A\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    monkeypatch.chdir(tmp_path)
    source = GitRevision((".",), "HEAD")
    assert source.read("a.yaml") == b"kind: A\n"
    child = source.objects._blobs._child
    assert child is not None
    assert child.poll() is None
    del source
    gc.collect()
    assert child.poll() is not None
