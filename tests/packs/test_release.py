"""A release is added by one command, and the knowledge of each component says how new it is."""

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest

from cnilint.cli.rules import show_status
from cnilint.errors import UsageError
from cnilint.packs.library import Library
from cnilint.packs.newest import status_of
from cnilint.packs.release import add_releases, with_line
from cnilint.report.status import as_markdown
from cnilint.versions import Version
from tests.conftest import ROOT
from tests.packs.helpers import LIBRARY
from tests.tools.readme import releases

COMPONENT = """\
schema: cnilint-component/1
component: edge-cni
title: Edge CNI
repository: acme/edge-cni
images:
  - path: acme/edge-cni
releases:
  - folder: plain
    title: plain
    repository: acme/edge-cni
    paths: [deploy.yaml]
    since: 1.0.0
  - folder: fancy
    title: fancy
"""
PACK = """\
schema: cnilint-pack/1
component: edge-cni
rules:
  - id: mtu
    code: CNI201
    title: is not read since 1.1.0
    match: {setting: env, names: [EDGE_MTU]}
    versions: [">=1.1.0"]
    effect: degraded
    why: The agent reads a flag.
    evidence: [{repository: acme/edge-cni, tag: v1.1.0, checked: "2026-11-24", shows: the removal}]
    bad: |
      apiVersion: apps/v1
      kind: DaemonSet
      metadata: {name: edge}
      spec:
        template:
          spec:
            containers:
              - {name: agent, image: "acme/edge-cni:1.1.0", env: [{name: EDGE_MTU, value: "1"}]}
    good: |
      apiVersion: apps/v1
      kind: DaemonSet
      metadata: {name: edge}
      spec:
        template:
          spec:
            containers:
              - {name: agent, image: "acme/edge-cni:1.0.0", env: [{name: EDGE_MTU, value: "1"}]}
"""
PROGRAM = """\
schema: cnilint-program/1
component: edge-cni
program: agent
repository: acme/edge-cni
tags: "v{version}"
first: 1.0.0
reads:
  - {setting: flag, containers: [agent], unknown: fatal, complete: true}
extract:
  - form: texts
    paths: [flags.txt]
    pattern: '^(\\w+)$'
"""
MANIFEST = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: edge}
spec:
  template:
    spec:
      containers:
        - {name: agent, image: "acme/edge-cni:%s", args: ["--%s=1"]}
"""
CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- Something.\n\n## 1.0\n\n### Added\n\n- All.\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "edge-cni/programs").mkdir(parents=True)
    (folder / "edge-cni/component.yaml").write_text(COMPONENT)
    (folder / "edge-cni/settings.yaml").write_text(PACK)
    (folder / "edge-cni/programs/agent.yaml").write_text(PROGRAM)
    return folder


class Upstream:
    """A repository with a release for each version, whose manifest and program have one flag of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._repository = folder / "acme+edge-cni" / "repo"
        self._repository.mkdir(parents=True)
        self._git("init", "-q")

    def release(self, version: str, flag: str, day: str) -> None:
        (self._repository / "deploy.yaml").write_text(MANIFEST % (version, flag))
        (self._repository / "flags.txt").write_text(f"{flag}\nverbose\n")
        self._git("add", ".")
        self._git("commit", "-qm", version, day=day)
        self._git("tag", f"v{version}")

    def _git(self, *arguments: str, day: str = "2026-01-01") -> None:
        moment = f"{day}T12:00:00Z"
        identity = {
            f"GIT_{role}_{what}": "a@example.com"
            for role in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **identity, **dates}
        subprocess.run(["git", *arguments], cwd=self._repository, check=True, env=environment)


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    made = Upstream(tmp_path / "first")
    made.release("1.0.0", "port", "2026-02-01")
    made.release("1.1.0", "socket", "2026-03-01")
    return made


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.json"))}


def test_one_command_adds_a_release(rules: Path, upstream: Upstream, tmp_path: Path) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(CHANGELOG)
    first = add_releases(Library(rules), "edge-cni", upstream.folder, changelog)
    assert list(map(str, first.versions)) == ["1.0.0", "1.1.0"]
    assert first.failed == ()
    library = Library(rules)
    assert sorted(map(str, library.releases("edge-cni"))) == ["1.0.0", "1.1.0"]
    assert library.tables("edge-cni")[0].settings.keys() == {"port", "socket", "verbose"}
    assert "### Added\n\n- Releases of edge-cni: 1.0.0, 1.1.0.\n- Something.\n" in changelog.read_text()
    status = status_of(library, "edge-cni")
    assert status.made is not None
    assert (str(status.newest), status.made.made, status.made.ref) == ("1.1.0", date(2026, 3, 1), "v1.1.0")

    upstream.release("1.2.0", "pipe", "2026-04-01")
    second = add_releases(library, "edge-cni", upstream.folder, changelog)
    assert list(map(str, second.versions)) == ["1.2.0"]
    assert "- Releases of edge-cni: 1.2.0.\n- Releases of edge-cni: 1.0.0, 1.1.0.\n" in changelog.read_text()
    assert json.loads(show_status(Library(rules), "edge-cni", "2026-04-11", "json"))["components"] == [
        {
            "component": "edge-cni",
            "newest": "1.2.0",
            "released": "2026-04-01",
            "ageInDays": 10,
            "link": "https://github.com/acme/edge-cni/tree/v1.2.0",
            "releases": 3,
            "programs": 1,
            "rules": 1,
            "notes": 0,
        }
    ]


def test_adding_again_changes_nothing(rules: Path, upstream: Upstream, tmp_path: Path) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(CHANGELOG)
    add_releases(Library(rules), "edge-cni", upstream.folder, changelog)
    written, text = files(rules), changelog.read_text()
    again = add_releases(Library(rules), "edge-cni", upstream.folder, changelog)
    assert (again.versions, files(rules), changelog.read_text()) == ((), written, text)


def test_one_after_the_other_is_as_all_at_once(rules: Path, tmp_path: Path) -> None:
    whole, later = Upstream(tmp_path / "whole"), Upstream(tmp_path / "later")
    for version, flag, day in (
        ("1.0.0", "port", "2026-02-01"),
        ("1.1.0", "socket", "2026-03-01"),
        ("1.2.0", "socket", "2026-04-01"),
    ):
        whole.release(version, flag, day)
    later.release("1.2.0", "socket", "2026-04-01")
    add_releases(Library(rules), "edge-cni", whole.folder)
    expected = files(rules)
    for path in rules.rglob("*.json"):
        path.unlink()
    early = Upstream(tmp_path / "early")
    early.release("1.0.0", "port", "2026-02-01")
    early.release("1.1.0", "socket", "2026-03-01")
    add_releases(Library(rules), "edge-cni", early.folder)
    add_releases(Library(rules), "edge-cni", later.folder)
    assert files(rules) == expected


def test_rendered_releases_of_one_set(rules: Path, upstream: Upstream) -> None:
    add_releases(Library(rules), "edge-cni", upstream.folder)
    rendered = upstream.folder.parent / "rendered" / "fancy"
    rendered.mkdir(parents=True)
    (rendered / "v1.1.0.yaml").write_text(MANIFEST % ("1.1.0", "fancy"))
    add_releases(Library(rules), "edge-cni", rendered.parent)
    sets = {each.name: each.catalogue for each in Library(rules).manifests("edge-cni")}
    assert list(sets) == ["plain", "fancy"]
    assert ("flag", "agent", "fancy") not in sets["plain"].entries
    assert list(map(str, sets["fancy"].releases)) == ["1.1.0"]
    catalogue = Library(rules).catalogue("edge-cni")
    assert catalogue is not None
    assert {("flag", "agent", "fancy"), ("flag", "agent", "socket")} <= set(catalogue.entries)


def test_an_example_that_a_release_breaks_is_told(rules: Path, upstream: Upstream) -> None:
    pack = rules / "edge-cni/settings.yaml"
    pack.write_text(pack.read_text().replace(">=1.1.0", ">=1.3.0"))
    (failed,) = add_releases(Library(rules), "edge-cni", upstream.folder).failed
    assert failed.reason == "is not found by the rule"


@pytest.mark.parametrize("name", ["edge-cni", "other"])
def test_nothing_to_add(rules: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        add_releases(Library(rules), name, tmp_path / "empty")
    with pytest.raises(UsageError):
        add_releases(Library(rules), name, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "## Unreleased\n\n## 1.0\n\n### Added\n\n- A.\n",
            "## Unreleased\n\n### Added\n\n- Releases of a: 1.0.0.\n\n## 1.0\n",
        ),
        ("# Log\n", "## Unreleased\n\n### Added\n\n- Releases of a: 1.0.0.\n\n# Log\n"),
    ],
)
def test_the_line_of_the_changelog(text: str, expected: str) -> None:
    changed = with_line(text, "a", [Version((1, 0, 0))])
    assert changed.startswith(expected)
    assert with_line(changed, "a", [Version((1, 0, 0))]) == changed


def test_every_component_says_how_new_it_is() -> None:
    for name in LIBRARY.components:
        status = status_of(LIBRARY, name)
        if status.newest is not None:
            assert status.made is not None, f"{name}: run make dates"
            assert status.made.version.same_release(status.newest)


def test_status_in_each_format() -> None:
    text = show_status(LIBRARY, None, "2026-12-01", "text")
    assert all(len(line) <= 90 for line in text.splitlines())
    assert "The newest release that the rules know is of 2026-" in text
    for name in LIBRARY.components:
        assert name in text
    assert "| Age |" in show_status(LIBRARY, None, "2026-12-01", "markdown")
    assert show_status(LIBRARY, "cilium", "2026-12-01", "text").count("\n") == 4
    with pytest.raises(UsageError, match="unknown component"):
        show_status(LIBRARY, "ciliun", "2026-12-01", "text")


def test_the_page_of_releases_is_true() -> None:
    """If not: make docs."""
    text = (ROOT / "docs/releases.md").read_text("utf-8")
    assert releases(text) == text
    assert as_markdown([status_of(LIBRARY, "cilium")]).splitlines()[2] in text
