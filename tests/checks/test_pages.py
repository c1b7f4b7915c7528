"""Every check has a page, and every example on it is executed."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from cnilint.checks import CHECKS
from cnilint.cli.explain import explain_command, pages
from cnilint.findings.codes import CODES
from cnilint.findings.model import Finding
from tests.conftest import check_text, check_tree

EXAMPLE = re.compile(r"^```yaml (bad|good)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^# file: (\S+)\n", re.MULTILINE)


def _examples(kind: str) -> list[pytest.param]:
    return [
        pytest.param(module, text, id=f"{module.CODE}-{position}")
        for module in CHECKS
        for position, (label, text) in enumerate(EXAMPLE.findall(module.__doc__))
        if label == kind
    ]


def _findings(text: str, folder: Path) -> tuple[Finding, ...]:
    parts = FILE.split(text)
    if len(parts) == 1:
        return check_text(text).findings
    for name, content in zip(parts[1::2], parts[2::2], strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return check_tree(folder).findings


@pytest.mark.parametrize(("module", "text"), _examples("bad"))
def test_bad_example_is_reported(module: ModuleType, text: str, tmp_path: Path) -> None:
    assert module.CODE in {finding.code for finding in _findings(text, tmp_path)}


@pytest.mark.parametrize(("module", "text"), _examples("good"))
def test_good_example_is_clean(module: ModuleType, text: str, tmp_path: Path) -> None:
    assert _findings(text, tmp_path) == ()


@pytest.mark.parametrize("module", CHECKS, ids=lambda module: module.CODE)
def test_page_has_both_examples(module: ModuleType) -> None:
    labels = {label for label, _ in EXAMPLE.findall(module.__doc__)}
    assert labels == {"bad", "good"}


def test_checks_are_sorted_and_unique() -> None:
    codes = [module.CODE for module in CHECKS]
    assert codes == sorted(set(codes))


def test_every_check_module_is_listed() -> None:
    folders = {Path(module.__file__).parent for module in CHECKS}
    modules = {path.stem for folder in folders for path in folder.glob("*.py")} - {"__init__"}
    assert modules == {module.__name__.rpartition(".")[2] for module in CHECKS}


@pytest.mark.parametrize("entry", CODES, ids=lambda entry: entry.code)
def test_explain_prints_a_page(entry: object) -> None:
    code = entry.code  # type: ignore[attr-defined]
    page = explain_command(code)
    assert page.startswith(f"# {code} ")
    assert explain_command(code.lower()) == page


def test_pages_are_of_known_codes() -> None:
    assert set(pages()) <= {entry.code for entry in CODES}
