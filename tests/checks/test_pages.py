"""Every check has a page, and every example on it is executed."""

import json
import os
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnilint.analysis.check import analyze
from cnilint.analysis.check import report as manifest_report
from cnilint.analysis.settings import AnalysisSettings
from cnilint.checks import CHECKS, Check, modules, of_families
from cnilint.cli.main import cli
from cnilint.findings.model import Finding
from cnilint.findings.policy import Policy
from cnilint.source import StandardInput, WorkTree
from cnilint.versions import parse_version
from tests.cli.test_check import git
from tests.cluster.conftest import Fake, fake
from tests.cluster.served import serving
from tests.ownership.conftest import codes, report

__all__ = ["fake"]

EXAMPLE = re.compile(r"^```yaml (bad|good)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^# file: (\S+)\n", re.MULTILINE)
RUN = re.compile(r"# run: (.*)\n")


def _examples(kind: str) -> list[pytest.param]:
    return [
        pytest.param(module.CODE.code, text, id=f"{module.CODE.code}-{position}")
        for module in modules(CHECKS)
        for position, (label, text) in enumerate(EXAMPLE.findall(module.__doc__ or ""))
        if label == kind
    ]


def _found(code: str, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch, fake: Fake) -> list[str]:
    """The codes that an example gives. Its first line may be ``# run:`` with the arguments of the command."""
    match = RUN.match(text)
    arguments = shlex.split(match.group(1)) if match is not None else []
    body = text[match.end() :] if match is not None else text
    if arguments[:1] == ["presync"]:
        monkeypatch.chdir(folder)
        return _presync(body, folder, arguments, fake)
    if arguments[:1] == ["diff"]:
        monkeypatch.chdir(folder)
        return _diff(body, folder)
    if code in of_families("ownership"):
        monkeypatch.chdir(folder)
        _write(body, folder)
        return codes(report(*arguments))
    return [finding.code for finding in _findings(body, folder, arguments)]


def _presync(text: str, folder: Path, arguments: list[str], fake: Fake) -> list[str]:
    """The codes of a run over a server that has the objects of ``live.yaml``, and answers dry runs with ``answer.yaml``."""
    _write(text, folder)
    answer = folder / "answer.yaml"
    fake.answer = serving(
        (folder / "live.yaml").read_text("utf-8"), answer.read_text("utf-8") if answer.exists() else ""
    )
    result = CliRunner().invoke(cli, [*arguments, "--format", "json"])
    assert result.exit_code in (0, 1), result.stderr
    return codes(json.loads(result.stdout))


def _diff(text: str, folder: Path) -> list[str]:
    """The codes of a change from the files below ``before`` to those below ``after``; those below ``both`` stay."""
    _write(text, folder)
    repository = folder / "repository"
    repository.mkdir()
    git(repository, "init", "-q")
    for name in ("before", "after"):
        for path in repository.glob("*.yaml"):
            path.unlink()
        for path in (*(folder / name).iterdir(), *(folder / "both").glob("*")):
            (repository / path.name).write_text(path.read_text("utf-8"), "utf-8")
        git(repository, "add", "--all")
        git(repository, "commit", "-qm", name)
    os.chdir(repository)
    result = CliRunner().invoke(cli, ["diff", "HEAD~1", "HEAD", "--format", "json"])
    assert result.exit_code in (0, 1), result.stderr
    return codes(json.loads(result.stdout))


def _findings(text: str, folder: Path, arguments: list[str]) -> tuple[Finding, ...]:
    version = parse_version(arguments[1]) if arguments[:1] == ["--kube-version"] else None
    settings = AnalysisSettings(kube_version=version)
    if FILE.search(text) is None:
        analysis = analyze(StandardInput("stdin", text.encode()), settings)
    else:
        _write(text, folder)
        analysis = analyze(WorkTree([str(folder)]), settings)
    return manifest_report(analysis, Policy()).findings


def _write(text: str, folder: Path) -> None:
    parts = FILE.split(text)
    for name, content in zip(parts[1::2], parts[2::2], strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")


@pytest.mark.parametrize(("code", "text"), _examples("bad"))
def test_bad_example_is_reported(
    code: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: Fake
) -> None:
    assert code in _found(code, text, tmp_path, monkeypatch, fake)


@pytest.mark.parametrize(("code", "text"), _examples("good"))
def test_good_example_is_clean(
    code: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: Fake
) -> None:
    assert _found(code, text, tmp_path, monkeypatch, fake) == []


@pytest.mark.parametrize("module", modules(CHECKS), ids=lambda module: module.CODE.code)
def test_page_has_both_examples(module: Check) -> None:
    assert {label for label, _ in EXAMPLE.findall(module.__doc__ or "")} == {"bad", "good"}
