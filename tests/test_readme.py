"""The README says what the program does: its example output is the program's."""

import json
import re
from pathlib import Path

from click import Context

from cnilint.checks import CODES
from cnilint.cli.main import cli
from cnilint.config.load import parse
from cnilint.report import FORMATS
from tests.cli.test_check import cnilint
from tests.conftest import ROOT

README = ROOT / "README.md"
CONSOLE = re.compile(r"```console\n\$ cnilint (.*?)\n(.*?)```", re.DOTALL)


def test_output_in_the_readme() -> None:
    blocks = CONSOLE.findall(README.read_text("utf-8"))
    assert blocks
    for command, expected in blocks:
        arguments, _, given = command.partition(" < ")
        stdin = (ROOT / given).read_bytes() if given else b""
        result = cnilint(*arguments.split(), cwd=ROOT, stdin=stdin)
        assert result.stdout == expected, result.stderr


def test_files_named_in_the_readme_exist() -> None:
    text = README.read_text("utf-8")
    named = re.findall(r"`((?:rules|schemas|cnilint|tests)/[\w./-]*)`", text)
    assert named
    assert [name for name in named if not Path(ROOT, name).exists()] == []


def test_pages_link_to_files_that_exist() -> None:
    pages = [
        README,
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
    ]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
    ]
    assert len(links) > 10
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_codes_in_the_readme() -> None:
    rows = re.findall(r"^\| (CNI\d+) \| (\S+) \| (.+?) \| (.+) \|$", README.read_text("utf-8"), re.MULTILINE)
    assert rows == [
        (entry.code, entry.name, entry.severity or "by effect", entry.summary) for entry in CODES.values()
    ]


def test_formats_and_options_in_the_readme() -> None:
    text = README.read_text("utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(FORMATS)
    pages = [
        path.read_text("utf-8") for path in (ROOT / "docs" / name for name in ("cache.md", "cluster.md"))
    ]
    own = re.sub(r"--show-managed-fields|--depth=1|docker run --rm", "", "".join((text, *pages)))
    known = {
        option
        for name in ("baseline", "check", "diff", "gate", "history", "ownership", "presync", "refs")
        for each in cli.get_command(Context(cli), name).params
        for option in each.opts
    }
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", own)) <= known


def test_configuration_in_the_readme(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(environments:.*?)```", README.read_text("utf-8"), re.DOTALL)
    (tmp_path / "policies" / "our-cni").mkdir(parents=True)
    assert parse(".cnilint.yaml", text.encode(), tmp_path, CODES).packs == (
        tmp_path / "policies" / "our-cni",
    )
    shape = json.loads((ROOT / "schemas" / "config.schema.json").read_text("utf-8"))
    shown = re.findall(r"^([\w-]+):", text, re.MULTILINE)
    assert {*shown, "select"} == set(shape["properties"])
    assert shape["$id"] in README.read_text("utf-8")
