"""The guide in rules/README.md is followed to the letter: its files load, their examples hold, its outcome shows."""

import re
from pathlib import Path

import pytest

from cnilint.cli import rules as commands
from cnilint.errors import UsageError
from cnilint.packs.library import Library
from cnilint.resources import data_dir
from tests.packs.helpers import judge

_FILE = re.compile(r"<!-- file: (\S+) -->\n```yaml\n(.*?)```", re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the guide, written where it says."""
    blocks = _FILE.findall((data_dir("rules") / "README.md").read_text(encoding="utf-8"))
    assert len(blocks) == 2
    for name, text in blocks:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "edge-cni"


def test_the_guide_works(folder: Path) -> None:
    said, good = commands.check_packs(Library(), [folder])
    assert good, said
    assert said == "1 rule, 2 examples, 0 failed\n"


def test_the_rule_is_in_force(folder: Path) -> None:
    library = Library(extra=[folder])
    (rule,) = library.rules("edge-cni")
    (problem,) = judge(
        rule.bad[0].replace("ghcr.io/acme/edge-cni", "mirror:5000/proxy/acme/edge-cni"), library=library
    ).problems
    assert (problem.code, problem.severity, problem.rule) == ("CNI201", "warning", "edge-cni/mtu")
    assert "edge-cni/mtu" in commands.list_rules(library, "edge-cni")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [(">=2.4.0", ">=2.5.0", "bad example 1 is not found"), (">=2.4.0", ">=2.3.0", "good example 1 is found")],
)
def test_a_wrong_statement_fails(folder: Path, old: str, new: str, said: str) -> None:
    path = folder / "settings.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    output, good = commands.check_packs(Library(), [folder])
    assert not good
    assert said in output
    assert "settings.yaml:4: edge-cni/mtu" in output


def test_a_pack_about_an_unknown_component_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="unknown component"):
        commands.check_packs(Library(), [folder / "settings.yaml"])
