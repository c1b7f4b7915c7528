"""Where bytes come from: what a work tree and a revision hold, and what of them is passed over, with its reason."""

import os
from pathlib import Path

import pytest

from cnilint.errors import UsageError
from cnilint.reading import Unreadable
from cnilint.source import GitRevision, WorkTree
from cnilint.source.base import NESTED
from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import check_tree
from tests.platforms import needs_root

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00ff\nsize 12345\n"
ALLOWED = ("-c", "protocol.file.allow=always")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: the second one removes a folder."""
    folder = tmp_path / "repository"
    (folder / "gone").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "pod.yaml").write_text(POD)
    (folder / "gone" / "settings.yaml").write_text(SETTINGS % "level")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    git(folder, "rm", "-qr", "gone")
    git(folder, "commit", "-qm", "two")
    return folder


def test_a_folder_that_only_the_revision_has(repository: Path) -> None:
    path = str(repository / "gone")
    assert GitRevision([path], "HEAD~1").selected == ("gone/settings.yaml",)
    with pytest.raises(UsageError, match=r"no file or folder .*gone' in the revision 'HEAD'"):
        GitRevision([path], "HEAD")


@pytest.mark.parametrize("revision", ["HEAD@{now}", "@{0}", ":/two", "main^{commit}"])
def test_a_revision_is_what_git_takes_for_one(repository: Path, revision: str) -> None:
    assert GitRevision([str(repository)], revision).revision == git(repository, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    "revision",
    [
        "",
        "-h",
        "--all",
        "main@{upstream}",
        "0" * 40,
        "HEAD~9",
        "HEAD:pod.yaml",
        "HEAD^{tree}",
        "a\nb",
        "HEAD..HEAD",
    ],
)
def test_what_is_no_revision_is_bad_usage(repository: Path, revision: str) -> None:
    with pytest.raises(UsageError, match="there is no revision"):
        GitRevision([str(repository)], revision)


def test_a_commit_beyond_the_depth_of_a_clone_is_bad_usage(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "shallow")
    with pytest.raises(UsageError, match="there is no revision 'HEAD~1'"):
        GitRevision([str(tmp_path / "shallow")], "HEAD~1")


def test_what_a_partial_clone_lacks_is_not_fetched(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    for kind in ("blob:none", "tree:0"):
        folder = kind.replace(":", "-")
        git(tmp_path, "clone", "-q", "--no-checkout", f"--filter={kind}", repository.as_uri(), folder)
    with pytest.raises(Unreadable, match="not in this clone"):
        GitRevision([str(tmp_path / "blob-none")], "HEAD").read("pod.yaml")
    with pytest.raises(UsageError, match="not in this clone"):
        GitRevision([str(tmp_path / "tree-0")], "HEAD")


def test_a_bare_repository(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare")
    assert GitRevision([str(tmp_path / "bare")], "main~1").files == ("gone/settings.yaml", "pod.yaml")


def test_a_linked_work_tree(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"), "HEAD~1")
    linked = [str(tmp_path / "linked")]
    assert WorkTree(linked).files == GitRevision(linked, "HEAD").files == ("gone/settings.yaml", "pod.yaml")


def test_repositories_within_the_repository_are_named(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "outer")
    outer = tmp_path / "outer"
    git(outer, *ALLOWED, "submodule", "--quiet", "add", str(repository), "module")
    git(outer, "commit", "-qm", "one")
    git(outer, "init", "-q", "untracked")
    (outer / "untracked" / "pod.yaml").write_text(POD)
    assert GitRevision([str(outer)], "HEAD").skipped == {"module": NESTED}
    tree = WorkTree([str(outer)])
    assert tree.skipped == {"module": NESTED, "untracked": NESTED}
    assert tree.files == (".gitmodules",)


def test_a_pointer_of_git_lfs_is_not_taken_for_its_content(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "settings.yaml").write_text(POINTER)
    report = check_tree(tmp_path)
    assert report.findings == ()
    assert report.coverage.references["unverifiable"] == 1
    ((file, reason),) = report.coverage.skipped
    assert file == "settings.yaml"
    assert "Git LFS" in reason


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.yaml")).write_text(POD)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    (name,) = WorkTree([str(tmp_path)]).files
    assert (name,) == GitRevision([str(tmp_path)], "HEAD").files
    assert (
        WorkTree([str(tmp_path)]).read(name)
        == GitRevision([str(tmp_path)], "HEAD").read(name)
        == POD.encode()
    )


def test_a_root_is_told_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    git(tmp_path, "init", "-q")
    for folder, root in ((tmp_path, "."), (tmp_path / "below", "..")):
        monkeypatch.chdir(folder)
        assert check_tree(Path()).root == root


@needs_root("give files to another user (chown)")
def test_a_repository_of_another_owner(tmp_path: Path) -> None:
    """A container sees a checkout of its host like that."""
    (tmp_path / "pod.yaml").write_text(POD)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 65534, 65534)
    assert GitRevision([str(tmp_path)], "HEAD").files == WorkTree([str(tmp_path)]).files == ("pod.yaml",)
