"""Which files a source lists, selects and reads, in and outside of a repository, and why it refuses one."""

from pathlib import Path

import pytest

from cnilint.errors import UsageError
from cnilint.reading import Unreadable, content, too_large
from cnilint.source import GitRevision, StandardInput, WorkTree
from cnilint.source.base import common_base, under
from cnilint.source.git import provenance
from tests.cli.test_check import git
from tests.platforms import make_pipe


@pytest.mark.parametrize(
    ("path", "folders", "expected"),
    [
        ("a/b.yaml", [""], True),
        ("a/b.yaml", ["."], True),
        ("a/b.yaml", ["a"], True),
        ("a/b.yaml", ["a/b.yaml"], True),
        ("a/b.yaml", ["x", "a"], True),
        ("ab/c.yaml", ["a"], False),
        ("a", ["a/b"], False),
        ("a/b.yaml", [], False),
    ],
)
def test_under(path: str, folders: list[str], expected: bool) -> None:
    assert under(path, folders) is expected


@pytest.mark.parametrize(
    ("paths", "named", "expected"),
    [
        ([""], set(), ""),
        (["a"], set(), "a"),
        (["a/b", "a/c"], set(), "a"),
        (["a", "b"], set(), ""),
        (["a/b.yaml"], {"a/b.yaml"}, "a"),
        (["a/b.yaml", "a/c"], {"a/b.yaml"}, "a"),
        (["b.yaml"], {"b.yaml"}, ""),
    ],
)
def test_common_base(paths: list[str], named: set[str], expected: str) -> None:
    assert common_base(paths, named) == expected


@pytest.mark.parametrize(("mebibytes", "refused"), [(0, False), (64, False), (65, True)])
def test_size_limit(mebibytes: int, refused: bool) -> None:
    assert bool(too_large(mebibytes << 20)) is refused


def test_content_is_not_a_pointer() -> None:
    assert content(b"a: 1\n") == b"a: 1\n"
    with pytest.raises(Unreadable, match="Git LFS"):
        content(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files on three levels, a hidden one among them."""
    for name in ("top.yaml", "a/one.yaml", "a/b/two.txt", "a/.hidden/three.yaml", "c/four.json"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path


ALL = ("a/.hidden/three.yaml", "a/b/two.txt", "a/one.yaml", "c/four.json", "top.yaml")


def test_outside_of_a_repository_all_files_below_are_listed(folder: Path) -> None:
    source = WorkTree([str(folder)])
    assert source.files == source.selected == ALL
    assert (source.base, source.named, source.skipped, source.revision) == ("", frozenset(), {}, None)


def test_outside_of_a_repository_only_the_given_folders_are_listed(folder: Path) -> None:
    source = WorkTree([str(folder / "a" / "b"), str(folder / "c")])
    assert source.root == str(folder)
    assert source.files == ("a/b/two.txt", "c/four.json")


def test_in_a_repository_all_files_are_listed_and_the_given_ones_selected(folder: Path) -> None:
    git(folder, "init", "-q")
    source = WorkTree([str(folder / "a")])
    assert source.root == str(folder)
    assert source.files == ALL
    assert source.selected == ALL[:3]
    assert source.base == "a"


def test_ignored_files_are_listed_only_when_they_are_named(folder: Path) -> None:
    git(folder, "init", "-q")
    (folder / ".gitignore").write_text("c/\n")
    assert "c/four.json" not in WorkTree([str(folder)]).files
    named = WorkTree([str(folder / "c" / "four.json")])
    assert named.selected == ("c/four.json",)
    assert named.named == {"c/four.json"}
    assert named.base == "c"


def test_the_folder_of_git_is_not_walked(folder: Path) -> None:
    below = folder / "a" / "nested" / ".git"
    below.mkdir(parents=True)
    (below / "config").write_text("")
    assert WorkTree([str(folder)]).files == ALL


@pytest.mark.parametrize("path", ["missing", "missing/below", "top.yaml/below"])
def test_a_missing_path_is_bad_usage(folder: Path, path: str) -> None:
    with pytest.raises(UsageError, match="no file or folder"):
        WorkTree([str(folder / path)])


def test_two_repositories_are_bad_usage(folder: Path) -> None:
    git(folder / "a", "init", "-q")
    with pytest.raises(UsageError, match="a run reads one repository"):
        WorkTree([str(folder / "a"), str(folder / "c")])


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/etc/hostname", "leads out of the repository"),
        ("loop", "[Ss]ymbolic link"),
        ("a", "not a regular file"),
    ],
)
def test_links_that_are_not_read(folder: Path, target: str, reason: str) -> None:
    (folder / "loop").symlink_to(target)
    with pytest.raises(Unreadable, match=reason):
        WorkTree([str(folder)]).read("loop")


def test_links_inside_are_read_and_broken_ones_do_not_exist(folder: Path) -> None:
    (folder / "inside").symlink_to("a/one.yaml")
    (folder / "broken").symlink_to("nowhere")
    source = WorkTree([str(folder)])
    assert source.read("inside") == b"a/one.yaml"
    assert source.read("broken") is None
    assert source.read("missing") is None


def test_a_pipe_is_not_read(folder: Path) -> None:
    make_pipe(folder / "pipe")
    with pytest.raises(Unreadable, match="not a regular file"):
        WorkTree([str(folder)]).read("pipe")


@pytest.mark.parametrize(
    ("target", "expected"),
    [("a/one.yaml", b"a/one.yaml"), ("../outside", "out of"), ("a", "to a file"), ("second", "to a file")],
)
def test_links_of_a_revision(folder: Path, target: str, expected: bytes | str) -> None:
    (folder / "link").symlink_to(target)
    (folder / "second").symlink_to("a/one.yaml")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    source = GitRevision([str(folder)], "HEAD")
    if isinstance(expected, bytes):
        assert source.read("link") == expected
    else:
        with pytest.raises(Unreadable, match=expected):
            source.read("link")


def test_a_revision_outside_of_a_repository_is_bad_usage(folder: Path) -> None:
    with pytest.raises(UsageError, match="not in a Git repository"):
        GitRevision([str(folder)], "HEAD")


def test_standard_input_is_one_file() -> None:
    source = StandardInput("pod.yaml", b"kind: Pod\n")
    assert source.files == source.selected == ("pod.yaml",)
    assert source.read("pod.yaml") == b"kind: Pod\n"
    assert source.read("other.yaml") is None


def test_provenance_needs_a_remote_and_a_commit(folder: Path) -> None:
    assert provenance(str(folder), None) is None
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", "https://example.org/team/repo.git")
    assert provenance(str(folder), None) is None
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    found = provenance(str(folder / "a"), None)
    assert found is not None
    assert (found.repository, found.branch) == ("https://example.org/team/repo.git", "main")
    assert found.revision == git(folder, "rev-parse", "HEAD")
