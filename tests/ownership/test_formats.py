"""What each format carries of live objects."""

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from cnilint.resources import data_dir
from tests.conftest import ROOT
from tests.ownership.conftest import report, run

SCENARIO = ROOT / "tests" / "scenarios" / "upgrade-leaves-variables"
ARGUMENTS = ("live/damaged.yaml", "--desired", "manifests", "--applier", "istioctl")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(SCENARIO / "repo", tmp_path / "repo")
    monkeypatch.chdir(tmp_path / "repo")
    return tmp_path / "repo"


def test_text_is_one_screen(here: Path) -> None:
    """What stays, why, what breaks and what to do, on 24 lines of 80 columns. Made with those arguments, and read."""
    text = run(*ARGUMENTS).stdout
    assert text == (SCENARIO / "expected.txt").read_text()
    lines = text.splitlines()
    assert len(lines) <= 23  # and a prompt
    assert max(map(len, lines)) <= 80
    for said in (
        "CNI_NETWORK_CONFIG",
        "12 left behind",
        "velero-server/Update",
        "CreateContainerConfigError",
        "fix:",
    ):
        assert said in text


def test_details(here: Path) -> None:
    """Each finding, the fields with a legend, and the commands of the repair."""
    text = run(*ARGUMENTS, "--details").stdout
    assert text == (SCENARIO / "expected-details.txt").read_text()
    assert text.startswith((SCENARIO / "expected.txt").read_text().split("\nRead ")[0])
    assert text.count("Legend: ") == 1


def test_the_worst_is_first(here: Path) -> None:
    lines = run(*ARGUMENTS, "--details").stdout.split("\n")
    found = [line.split(" ")[1] for line in lines if line.startswith("live/")]
    assert found == ["error[CNI302]", *["error[CNI301]"] * 10, "note[CNI301]"]


def test_what_is_ignored_is_not_painted_as_what_is_fatal(here: Path) -> None:
    painted = run(*ARGUMENTS, "--details", "--color", "always").stdout.split("\n")
    ignored, fatal = (next(line for line in painted if f"<- {word}" in line) for word in ("ignored", "fatal"))
    assert "\x1b[1;31m" in fatal
    assert "\x1b[1;31m" not in ignored
    page = run(*ARGUMENTS, "--format", "html").stdout
    assert page.count('<tr class="left error">') == 11
    assert page.count('<tr class="left note">') == 1


@pytest.mark.parametrize("extra", [(), ("--tree",)])
def test_json_keeps_its_schema(here: Path, extra: tuple[str, ...]) -> None:
    schema = json.loads((data_dir("schemas") / "report.schema.json").read_text())
    jsonschema.validate(report(*ARGUMENTS, *extra), schema)


def test_sarif_carries_the_same(here: Path) -> None:
    log = json.loads(run(*ARGUMENTS, "--format", "sarif").stdout)
    assert log["runs"][0]["properties"]["ownership"] == report(*ARGUMENTS)["ownership"]


def test_the_tree_shows_every_field(here: Path) -> None:
    rows = report(*ARGUMENTS, "--tree")["ownership"]["portraits"]
    assert [portrait["object"]["kind"] for portrait in rows] == ["ConfigMap", "DaemonSet"]
    assert all(portrait["unchanged"] == 0 for portrait in rows)
    states = {row["state"] for portrait in rows for row in portrait["rows"]}
    assert states == {"same", "added", "changed", "pruned", "left"}


def test_colours_tell_owners_apart(here: Path) -> None:
    painted = run(*ARGUMENTS, "--details", "--color", "always").stdout
    assert "\x1b[32mA\x1b[0m" in painted
    assert "\x1b[35mB\x1b[0m" in painted


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action")]


def test_html_stands_alone(here: Path) -> None:
    text = run(*ARGUMENTS, "--format", "html").stdout
    page = _Page()
    page.feed(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert page.links == []
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text
    assert "[CNI_NETWORK_CONFIG]" in text


def test_html_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    entry = {"operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1"}
    records = [
        {**entry, "manager": "x", "fieldsV1": {"f:data": {"f:a": {}}}},
        {**entry, "manager": evil, "operation": "Update", "fieldsV1": {"f:data": {f"f:{evil}": {}}}},
    ]
    metadata = {"name": evil, "namespace": evil}
    live = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**metadata, "managedFields": records}}
    (tmp_path / "live.json").write_text(json.dumps({**live, "data": {"a": "1", evil: "2"}}))
    desired = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "1"}}
    (tmp_path / "d.json").write_text(json.dumps(desired))
    arguments = (
        str(tmp_path / "live.json"),
        "--desired",
        str(tmp_path / "d.json"),
        "--manager",
        "x",
        "--tree",
    )
    text = run(*arguments, "--format", "html").stdout
    assert "&lt;script&gt;" in text
    assert "<script" not in text
