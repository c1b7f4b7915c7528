"""Small repositories, one for each way in which people lay them out, with the right answer to each.

``tests/scenarios/<name>/repo`` is the repository; ``expected.json`` says why a naive tool gets it wrong, every
finding as ``file:line: severity CODE target in environment``, the references by what becomes of them, and the notices.

Where it has ``ownership``, the repository holds dumps of live objects beside the manifests that will be applied to them:
for each dump every finding as ``file:line: severity CODE effect token``, why the leftovers stay, and the repair.

Where it has ``change``, ``before`` is the repository of the commit before: the findings are those of ``cnilint diff``.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from cnilint.analysis.diff import diff
from cnilint.analysis.diff import report as diff_report
from cnilint.analysis.ownership import audit, report
from cnilint.analysis.settings import AnalysisSettings, AuditSettings
from cnilint.findings.model import Finding
from cnilint.findings.policy import Policy
from cnilint.report.ownership_view import OwnershipView
from cnilint.source import GitRevision, WorkTree
from tests.cli.test_check import git
from tests.conftest import check_tree

SCENARIOS = sorted(path.parent for path in Path(__file__).parent.glob("scenarios/*/expected.json"))
EXPECTED = {scenario: json.loads((scenario / "expected.json").read_text("utf-8")) for scenario in SCENARIOS}
CHECKED = [scenario for scenario in SCENARIOS if "findings" in EXPECTED[scenario]]
CHANGED = [scenario for scenario in SCENARIOS if "change" in EXPECTED[scenario]]
_DELICATE = (
    "argo-kustomize-options",
    "chart-versions-that-are-ranges",
    "flux-kustomization-options",
    "flux-values-and-variables",
    "values-of-charts-in-directories",
    "values-of-known-charts",
)
UNCHANGED = [path for number, path in enumerate(CHECKED) if number % 8 == 0 or path.name in _DELICATE]
AUDITED = [(scenario, dump) for scenario in SCENARIOS for dump in EXPECTED[scenario].get("ownership", {})]


@pytest.mark.parametrize("scenario", CHECKED, ids=lambda path: path.name)
def test_scenario(scenario: Path, tmp_path: Path) -> None:
    expected = EXPECTED[scenario]
    repository = _copied(scenario, tmp_path)
    result = check_tree(repository)
    assert [_line(finding) for finding in result.findings] == expected["findings"], expected["why"]
    assert list(result.notices) == expected.get("notices", list(result.notices))
    wanted = cast("Mapping[str, int]", expected.get("references", {}))
    assert {word: result.coverage.references[word] for word in wanted} == wanted


@pytest.mark.parametrize("scenario", CHANGED, ids=lambda path: path.name)
def test_change_scenario(scenario: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(scenario / "before", tmp_path / "repo"))
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "before")
    git(folder, "rm", "-rq", ".")
    shutil.copytree(scenario / "repo", folder, dirs_exist_ok=True)
    paths = [str(folder)]
    before, after = GitRevision(paths, "HEAD"), WorkTree(paths)
    result = diff_report(diff(before, after, (AnalysisSettings(), AnalysisSettings())), Policy())
    assert [_line(finding) for finding in result.findings] == EXPECTED[scenario]["change"], EXPECTED[
        scenario
    ]["why"]


@pytest.mark.parametrize("scenario", UNCHANGED, ids=lambda path: path.name)
def test_what_does_not_change_breaks_nothing(scenario: Path, tmp_path: Path) -> None:
    folder = _copied(scenario, tmp_path)
    git(folder, "init", "-q")
    git(folder, "add", "-f", ".")
    git(folder, "commit", "-qm", "one")
    paths = [str(folder)]
    before, after = GitRevision(paths, "HEAD"), WorkTree(paths)
    result = diff_report(diff(before, after, (AnalysisSettings(), AnalysisSettings())), Policy())
    assert [_line(finding) for finding in result.findings] == []


@pytest.mark.parametrize(("scenario", "dump"), AUDITED, ids=lambda value: getattr(value, "name", value))
def test_ownership_scenario(
    scenario: Path, dump: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = _copied(scenario, tmp_path)
    monkeypatch.chdir(repository)
    expected = EXPECTED[scenario]["ownership"][dump]
    text = (repository / dump).read_bytes()
    settings = AuditSettings(applier=EXPECTED[scenario]["applier"])
    result = report(audit({dump: text}, settings, WorkTree(["manifests"])), Policy())
    lines = text.decode().split("\n")
    found = [_leftover_line(finding, lines) for finding in result.findings]
    assert found == expected["findings"], EXPECTED[scenario]["why"]
    assert result.ownership is not None
    assert result.ownership.predicted == expected["predicted"]
    assert [_told(portrait) for portrait in result.ownership.portraits] == expected["told"]


def _copied(scenario: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scenario / "repo", tmp_path / "repo"))


def _line(finding: Finding) -> str:
    place = f"{finding.span.file}:{finding.span.line}"
    target = ""
    if finding.target is not None:
        key = f"[{finding.target.key}]" if finding.target.key else ""
        target = f"{finding.target.kind}/{finding.target.name}{key} "
    elif finding.owner is not None:
        target = f"{finding.owner.kind}/{finding.owner.name} "
    return f"{place}: {finding.severity} {finding.code} {target}in {finding.environment}"


def _leftover_line(finding: Finding, lines: list[str]) -> str:
    span = finding.span
    token = lines[span.line - 1][span.column - 1 : span.end_column - 1]
    return f"{span.file}:{span.line}: {finding.severity} {finding.code} {finding.effect} {token}"


def _told(portrait: OwnershipView) -> dict[str, object]:
    """Why leftovers stay, and what is to be done: the purpose of each step and its last command, without patches."""
    steps = (*portrait.before, *portrait.after)
    return {
        "object": f"{portrait.owner.kind}/{portrait.owner.name}",
        "causes": list(portrait.causes),
        "diagnosis": portrait.diagnosis,
        "repair": [f"{step.purpose}: {_without_patch(step.commands[-1])}" for step in steps],
        "traps": list(portrait.traps),
    }


def _without_patch(command: str) -> str:
    return command.partition(" -p '")[0]
