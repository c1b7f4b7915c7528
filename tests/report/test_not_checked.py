"""Every format names the charts that were not checked."""

import json

import pytest
from msgspec.structs import replace

from cnilint.report import FORMATS
from cnilint.report.summary import not_checked_line
from tests.report.report_examples import CHARTS, report, viewed

SENTENCE = "Not checked: 2 Helm charts (edge-cni 1.18.2, edge-cni)"


@pytest.mark.parametrize("kind", [name for name in FORMATS if name != "json"])
def test_a_sentence_names_them(kind: str) -> None:
    assert SENTENCE in FORMATS[kind](report(not_checked=CHARTS), viewed())
    assert "Not checked" not in FORMATS[kind](report(), viewed())


def test_json_has_each() -> None:
    data = json.loads(FORMATS["json"](report(not_checked=CHARTS), viewed()))
    assert data["coverage"]["notChecked"] == [
        {
            "kind": "HelmChart",
            "name": "edge-cni",
            "version": version,
            "file": "prod/network.yaml",
            "line": line,
            "reason": "its templates are not in the repository",
        }
        for version, line in (("1.18.2", 8), (None, 20))
    ]


def test_of_many_the_first_are_named_and_each_once() -> None:
    many = tuple(replace(CHARTS[0], name=f"chart-{number:02}") for number in range(12)) * 2
    line = not_checked_line(report(not_checked=many).coverage)
    assert line.startswith("Not checked: 12 Helm charts (chart-00 1.18.2, ")
    assert line.count("chart-") == 10
    assert "chart-09 1.18.2, ...)" in line
