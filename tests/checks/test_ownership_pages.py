"""Every check of live objects has a page, and every example on it is executed."""

import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from cnilint.checks.ownership import CHECKS
from tests.ownership.conftest import codes, report

EXAMPLE = re.compile(r"^```yaml (bad|good)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^# file: (\S+)\n", re.MULTILINE)
RUN = re.compile(r"# run: (.*)\n")


def _examples(kind: str) -> list[pytest.param]:
    return [
        pytest.param(module, text, id=f"{module.CODE}-{position}")
        for module in CHECKS
        for position, (label, text) in enumerate(EXAMPLE.findall(module.__doc__))
        if label == kind
    ]


def _codes(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(folder)
    head, *parts = FILE.split(text)
    for name, content in zip(parts[::2], parts[1::2], strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, "utf-8")
    match = RUN.fullmatch(head)
    assert match is not None
    return codes(report(*shlex.split(match.group(1))))


@pytest.mark.parametrize(("module", "text"), _examples("bad"))
def test_bad_example_is_found(
    module: ModuleType, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module.CODE in _codes(text, tmp_path, monkeypatch)


@pytest.mark.parametrize(("module", "text"), _examples("good"))
def test_good_example_is_clean(
    module: ModuleType, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _codes(text, tmp_path, monkeypatch) == []


@pytest.mark.parametrize("module", CHECKS, ids=lambda module: module.CODE)
def test_page_has_both_examples(module: ModuleType) -> None:
    assert {label for label, _ in EXAMPLE.findall(module.__doc__)} == {"bad", "good"}


def test_every_check_module_is_listed() -> None:
    folder = Path(CHECKS[0].__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "context"}
    assert modules == {module.__name__.rpartition(".")[2] for module in CHECKS}
