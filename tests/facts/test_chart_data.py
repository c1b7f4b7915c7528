"""The data of charts and of fields in values keeps to its schema, and every example comes out as the data says."""

from pathlib import Path
from typing import Any

import pytest

from cnilint.document import Node, plain, read
from cnilint.document.schema import schema_mistake
from cnilint.document.structure import parse_document
from cnilint.facts.charts import chart_rules, made_of, rules_for
from cnilint.resources import data_dir, data_text
from tests.gitops.test_helm import release

FILES = sorted((data_dir("rules") / "charts").glob("*.yaml"))


def _values(text: str) -> Node:
    root = read("values.yaml", f"---\n{text}".encode(), everything=True)[0].root
    assert root is not None
    return root


def _data(file: Path) -> Any:
    root = parse_document(file.name, file.read_bytes())
    assert root is not None
    return root, plain(root)


EXAMPLES = [
    pytest.param(_data(file)[1]["chart"], example, id=f"{file.stem} {number}")
    for file in FILES
    for number, example in enumerate(_data(file)[1]["examples"])
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_chart_fits_the_schema(file: Path) -> None:
    assert schema_mistake(_data(file)[0], "chart") is None


def test_fields_of_values_fit_the_schema() -> None:
    root = parse_document("values.yaml", data_text("rules/values.yaml").encode())
    assert root is not None
    assert schema_mistake(root, "values") is None


@pytest.mark.parametrize(("chart", "example"), EXAMPLES)
def test_examples(chart: str, example: dict[str, Any]) -> None:
    values = _values(str(example["values"]))
    installed = release(name=example["release"], chart=chart, version=example["version"])
    rules = rules_for(installed, values)
    assert rules is not None
    assert rules.chart == chart
    made, _ = made_of(installed, values, rules)
    assert {f"{each.kind}/{each.name}": list(each.keys) for each in made} == example["makes"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{a: {}}", ["web"]),
        ("{a: {}, b: {}}", ["web-a", "web-b"]),
        ("{a: {suffix: more}}", ["web-more"]),
        ("{a: {prefix: old}}", ["old-web"]),
        ("{a: {forceRename: own}}", ["own"]),
        ("{a: {}, b: {enabled: false}}", ["web"]),
        ("{web: {}, b: {}}", ["web", "web-b"]),
    ],
)
def test_names_of_version_4(text: str, names: list[str]) -> None:
    root = _values(f"{{controllers: {{a: {{containers: {{}}}}}}, configMaps: {text}}}")
    installed = release(chart="app-template", version="4.x")
    rules = rules_for(installed, root)
    assert rules is not None
    assert [each.name for each in made_of(installed, root, rules)[0]] == names


def test_without_a_version_an_object_has_every_name_that_it_may_have() -> None:
    root = _values("{controllers: {a: {containers: {}}}, secrets: {a: {}}}")
    installed = release(chart="app-template", version="")
    rules = rules_for(installed, root)
    assert rules is not None
    made, identified = made_of(installed, root, rules)
    assert [each.name for each in made] == ["web-a", "web"]
    assert identified["Secret", "a"] == ("web-a", "web")


def test_other_values_are_of_no_known_chart() -> None:
    root = _values("{controllers: [], secrets: {a: {}}}")
    assert rules_for(release(chart="other"), root) is None
    assert len(chart_rules()) == len(FILES)
