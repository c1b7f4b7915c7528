"""The gate for reading: what is inside of a folder, and how much of a file is taken."""

import os
from pathlib import Path

import pytest

from cnilint import reading
from cnilint.reading import Folder, Unreadable, read_named


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a file in each folder of ``a/b/c``, and one file outside of it."""
    folder = tmp_path / "repository"
    (folder / "a" / "b" / "c").mkdir(parents=True)
    for path in ("f", "a/f", "a/b/f", "a/b/c/f"):
        (folder / path).write_text(path)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f").write_text("outside")
    return folder


@pytest.mark.parametrize(
    "path", ["f", "a/f", "a/b/f", "a/b/c/f", "a/../f", "a/./b/f", "a//b/f", "a/b/../../a/f"]
)
def test_files_inside(root: Path, path: str) -> None:
    assert Folder(root).read(path) == os.path.normpath(path).encode()


@pytest.mark.parametrize(
    "path", ["../outside/f", "a/../../outside/f", "a/b/../../../outside/f", "/etc/hostname", "//etc/hostname"]
)
def test_files_outside(root: Path, path: str) -> None:
    with pytest.raises(Unreadable, match="outside"):
        Folder(root).read(path)


@pytest.mark.parametrize("first", [None, "a/f", "a/b/f", "a/b/c/f"])
@pytest.mark.parametrize(
    ("link", "target", "read"),
    [
        ("a/b/link", "../../../outside", "a/b/link/f"),
        ("a/link", "../../outside", "a/link/f"),
        ("link", "../outside", "link/f"),
        ("a/b/c/link", "/", "a/b/c/link/etc/hostname"),
        ("a/b/c/link", "../../../../outside/f", "a/b/c/link"),
    ],
)
def test_links_that_lead_outside(root: Path, first: str | None, link: str, target: str, read: str) -> None:
    (root / link).symlink_to(target)
    folder = Folder(root)
    if first is not None:
        assert folder.read(first) is not None
    with pytest.raises(Unreadable, match=r"outside|out of"):
        folder.read(read)


@pytest.mark.parametrize(
    ("link", "target", "read"),
    [("a/b/link", "../../a/b/c", "a/b/link/f"), ("link", "a/b", "link/c/f"), ("a/link", "b/c/f", "a/link")],
)
def test_links_that_stay_inside(root: Path, link: str, target: str, read: str) -> None:
    (root / link).symlink_to(target)
    assert Folder(root).read(read) == b"a/b/c/f"


def test_a_link_out_and_back_in(root: Path) -> None:
    (root.parent / "outside" / "back").symlink_to(root / "a")
    (root / "out").symlink_to("../outside")
    assert Folder(root).read("out/back/f") == b"a/f"


@pytest.mark.parametrize("path", [".git/config", "a/.git/config", "a/b/link/config"])
def test_the_folder_of_git(root: Path, path: str) -> None:
    for folder in (".git", "a/.git"):
        (root / folder).mkdir()
        (root / folder / "config").write_text("token")
    (root / "a" / "b" / "link").symlink_to("../../.git")
    with pytest.raises(Unreadable, match="outside"):
        Folder(root).read(path)


def test_folders_as_deep_as_the_system_allows(tmp_path: Path) -> None:
    """What is known of the folders on the way takes memory: not for each of a thousand."""
    deep = "/".join(["d"] * 1000)
    below = tmp_path
    for _ in range(1000):  # mkdir(parents=True) is recursive
        below /= "d"
        below.mkdir()
    (below / "f").write_text("deep")
    folder = Folder(tmp_path)
    try:
        assert folder.read(f"{deep}/f") == b"deep"
        assert len(folder._folders) < 100
    finally:  # pytest removes old folders by recursion, which fails this deep
        (below / "f").unlink()
        while below != tmp_path:
            below.rmdir()
            below = below.parent


def test_a_file_that_is_longer_than_its_size_says() -> None:
    """Files of /proc have the size 0."""
    data = read_named(Path("/proc/self/limits"))
    assert data.startswith(b"Limit")
    assert data.endswith(b"\n")
    with pytest.raises(Unreadable, match="limit"):
        read_named(Path("/proc/self/limits"), 100)


@pytest.mark.parametrize("surplus", [0, 1])
def test_the_limit_is_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surplus: int) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 1000)
    (tmp_path / "f").write_bytes(b"x" * (1000 + surplus))
    if surplus:
        with pytest.raises(Unreadable, match="limit"):
            Folder(tmp_path).read("f")
    else:
        assert Folder(tmp_path).read("f") == b"x" * 1000
