"""Small repositories, one for each way in which people lay them out, with the right answer to each.

``tests/scenarios/<name>/repo`` is the repository; ``expected.json`` says why a naive tool gets it wrong, every
finding as ``file:line: severity CODE target in environment``, and the references by what becomes of them.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from cnilint.config import load
from cnilint.finding import Finding
from cnilint.run import Options, check
from cnilint.source import Tree

SCENARIOS = sorted(path.parent for path in Path(__file__).parent.glob("scenarios/*/expected.json"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
def test_scenario(scenario: Path, tmp_path: Path) -> None:
    expected = json.loads((scenario / "expected.json").read_text("utf-8"))
    repository = tmp_path / "repo"
    shutil.copytree(scenario / "repo", repository)
    report, _ = check(Tree([str(repository)]), Options(config=load(None, str(repository))))
    assert [_line(finding) for finding in report.findings] == expected["findings"], expected["why"]
    wanted = cast("Mapping[str, int]", expected.get("references", {}))
    assert {word: report.coverage.references[word] for word in wanted} == wanted


def _line(finding: Finding) -> str:
    place = f"{finding.span.file}:{finding.span.line}"
    target = ""
    if finding.target is not None:
        key = f"[{finding.target.key}]" if finding.target.key else ""
        target = f"{finding.target.kind}/{finding.target.name}{key} "
    elif finding.owner is not None:
        target = f"{finding.owner.kind}/{finding.owner.name} "
    return f"{place}: {finding.severity} {finding.code} {target}in {finding.environment}"
