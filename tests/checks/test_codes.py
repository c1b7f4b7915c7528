"""The list of checks is complete, unambiguous and fit for SARIF and GitHub."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnilint.checks import CHECKS, CODES, modules, of_families, page, pages
from cnilint.checks.run import LiveCheck, ManifestCheck
from cnilint.cli.explain import explain_command
from cnilint.findings.codes import FAMILIES
from tests.conftest import ROOT

FOLDER = ROOT / "cnilint" / "checks"
HELPERS = {"__init__", "changes/context", "ownership/context", "releases/charts", "releases/find"}


def test_checks_are_sorted_by_code() -> None:
    assert list(CHECKS) == sorted(CHECKS)
    assert list(CODES) == list(CHECKS)
    assert len(CODES) == len(CHECKS)


def test_every_module_is_listed() -> None:
    folders = {FOLDER / name.partition(".")[0] for name in CHECKS.values()}
    found = {
        f"{path.parent.name}/{path.stem}"
        for folder in folders
        for path in folder.glob("*.py")
        if path.stem not in HELPERS
    }
    assert found - HELPERS == {name.replace(".", "/") for name in CHECKS.values()}


@pytest.mark.parametrize("identifier", CHECKS)
def test_a_module_holds_the_code_of_its_line(identifier: str) -> None:
    assert CODES[identifier].code == identifier
    assert CHECKS[identifier].rpartition(".")[2] == CODES[identifier].name.replace("-", "_")


def test_names_are_distinct() -> None:
    assert len({code.name for code in CODES.values()}) == len(CODES)


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
def test_an_entry_reads_well(code) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code.name)
    for sentence in (code.summary, code.effect):
        assert re.fullmatch(r"[A-Z][^\n]{10,200}\.|kubectl [^\n]+\.", sentence)
    assert code.family in FAMILIES.values()
    assert code.url.endswith(f"/{code.code}")


def test_effect_decides_where_the_design_says_so() -> None:
    by_effect = [code.code for code in CODES.values() if code.severity is None]
    settings = ["CNI201", "CNI202", "CNI203", "CNI207", "CNI208", "CNI209"]
    assert by_effect == [*settings, "CNI301", "CNI309", "CNI310"]


def test_codes_know_their_entries_and_nothing_else() -> None:
    assert CODES["CNI101"].name == "missing-key"
    assert "CNI999" not in CODES
    with pytest.raises(KeyError):
        CODES["CNI999"]


@pytest.mark.parametrize("identifier", CHECKS)
def test_explain_prints_the_page(identifier: str) -> None:
    text = explain_command(identifier)
    assert text == page(identifier) == pages()[identifier]
    assert text.startswith(f"# {identifier} {CODES[identifier].name}\n\n")
    assert explain_command(identifier.lower()) == explain_command(CODES[identifier].name) == text


def test_a_check_is_of_manifests_or_of_live_objects() -> None:
    live = of_families("ownership")
    for check in modules(CHECKS):
        if check.CODE.code in live:
            assert isinstance(check, LiveCheck)
            assert not isinstance(check, ManifestCheck)
        else:
            assert not isinstance(check, LiveCheck)


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import cnilint.cli.main", "cnilint.checks"),
        ("import cnilint.cli.check", "cnilint.ssa"),
        (
            "from cnilint.checks import CODES; 'CNI301' in CODES; list(CODES)",
            "cnilint.checks.ownership.left_behind",
        ),
    ],
)
def test_nothing_is_loaded_before_it_is_used(statement: str, absent: str) -> None:
    program = f"import sys; {statement}; sys.exit({absent!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(ROOT), check=False).returncode == 0
