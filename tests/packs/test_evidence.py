"""The sources that rules name, and the tool that looks them up."""

import re
import subprocess
from pathlib import Path

import pytest

from cnilint.packs.library import Library
from cnilint.packs.links import is_address, issue_link, revision_link, source_link
from tests.tools.sources import NamedSource, malformed, named_sources, resolved

SOURCES = list(named_sources())


def test_all_sources_are_found() -> None:
    assert len(SOURCES) > 400
    assert {source.where.partition("/")[0] for source in SOURCES} >= {"calico", "producers", "references"}


def test_no_source_is_malformed() -> None:
    assert [(str(source), why) for source in SOURCES if (why := malformed(source))] == []


ADDRESS = re.compile(
    r"https://github\.com/[\w.-]+/[\w.-]+/"
    r"(?:blob/[\w.+~@/-]+/[\w.+~@%:/-]+|tree/[\w.+~@/-]+|(?:issues|pull|releases/tag)/[\w.-]+)(?:#[\w.-]+)?"
)
"""The forms of an address at GitHub: a file or a tree at a tag or commit, an issue, a pull request, a release."""


def test_every_shown_address_has_a_form_of_its_host() -> None:
    library = Library()
    rules = [rule for component in library.components for rule in library.rules(component)]
    shown = {each.link for rule in rules for each in rule.evidence}
    shown |= {
        revision_link(table.source_of(release))
        for component in library.components
        for table in library.tables(component)
        for release in table.releases
    }
    assert len(shown) > 500
    assert [each for each in shown if not ADDRESS.fullmatch(each)] == []
    assert any(re.search(r"#L[1-9]\d*$", each) for each in shown)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (issue_link("acme/edge#1"), "https://github.com/acme/edge/issues/1"),
        (issue_link("https://example.com/1"), "https://example.com/1"),
        (issue_link("ticket 7"), "ticket 7"),
        (source_link("acme/edge", "v1.0.0"), "https://github.com/acme/edge/tree/v1.0.0"),
        (
            source_link("acme/edge", "v1.0.0", "a b/(c).go"),
            "https://github.com/acme/edge/blob/v1.0.0/a%20b/%28c%29.go",
        ),
        (source_link("acme/edge", "v1", "a.go", 7), "https://github.com/acme/edge/blob/v1/a.go#L7"),
        (revision_link("acme/edge@sub/v1.0.0"), "https://github.com/acme/edge/tree/sub/v1.0.0"),
    ],
)
def test_addresses(link: str, expected: str) -> None:
    assert link == expected


@pytest.mark.parametrize("text", ["https://a\x1b]8;;", "https://a b", "javascript:x", "acme/edge#1", ""])
def test_what_is_not_an_address_is_not_linked(text: str) -> None:
    assert not is_address(text)


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
