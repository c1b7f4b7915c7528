"""The sources that rules name, and the tool that looks them up."""

import subprocess
from pathlib import Path

import pytest

from tests.tools.sources import NamedSource, malformed, named_sources, resolved

SOURCES = list(named_sources())


def test_all_sources_are_found() -> None:
    assert len(SOURCES) > 400
    assert {source.where.partition("/")[0] for source in SOURCES} >= {"calico", "producers", "references"}


def test_no_source_is_malformed() -> None:
    assert [(str(source), why) for source in SOURCES if (why := malformed(source))] == []


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (NamedSource(where="a", repository="acme", tag="v1"), "a repository is owner/name"),
        (NamedSource(where="a", repository="acme/edge", commit="HEAD"), "a commit is hexadecimal"),
        (
            NamedSource(where="a", repository="acme/edge", tag="v1", path="/cmd"),
            "a path is relative to the repository",
        ),
        (
            NamedSource(where="a", issue="#1"),
            "an issue is owner/name#number or its address at GitHub",
        ),
        (NamedSource(where="a", issue="acme/edge#1"), ""),
        (NamedSource(where="a", issue="https://github.com/acme/edge/issues/1"), ""),
        (NamedSource(where="a", repository="acme/edge", tag="v1", path="cmd/main.go"), ""),
    ],
)
def test_forms(source: NamedSource, why: str) -> None:
    assert malformed(source) == why


def test_sources_are_looked_up(tmp_path: Path) -> None:
    repository = tmp_path / "acme+edge/repo"
    (repository / "cmd").mkdir(parents=True)
    (repository / "cmd/main.go").write_text("package main\n")

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *identity, "-C", str(repository), *arguments], check=True, capture_output=True)

    git("init", "--quiet")
    git("add", "cmd")
    git("commit", "--quiet", "-m", "first")
    git("tag", "v1.0.0")

    def verdict(repository: str, tag: str, path: str) -> bool | None:
        source = NamedSource(where="a", repository=repository, tag=tag, path=path)
        return resolved([source], tmp_path)[source]

    assert verdict("acme/edge", "v1.0.0", "cmd/main.go") is True
    assert verdict("acme/edge", "v1.0.0", "cmd") is True
    assert verdict("acme/edge", "v1.0.0", "") is True
    assert verdict("acme/edge", "", "cmd/main.go") is True
    assert verdict("acme/edge", "v1.0.0", "cmd/other.go") is False
    assert verdict("acme/edge", "v2.0.0", "cmd/main.go") is False
    assert verdict("other/edge", "v1.0.0", "cmd/main.go") is True
    assert verdict("other/edge", "v1.0.0", "cmd/other.go") is False
    assert verdict("other/edge", "v2.0.0", "cmd/main.go") is None
    assert verdict("other/edge", "", "cmd/main.go") is None
    assert verdict("acme/absent", "v1.0.0", "cmd/main.go") is None
