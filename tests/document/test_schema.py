"""Documents against their schemas; every packaged file fits its schema."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cnilint.document import Node
from cnilint.document.schema import schema_mistake, validate
from cnilint.document.structure import DataError, parse_document, read_file
from cnilint.resources import data_dir, json_data

RULES = data_dir("rules")
COMPONENTS = sorted(RULES.glob("*/component.yaml"))
PACKS = [path for file in COMPONENTS for path in sorted(file.parent.glob("*.yaml")) if path.name != file.name]
FILES = [
    *((path, "component") for path in COMPONENTS),
    *((path, "pack") for path in PACKS),
    *((path, "program") for path in sorted(RULES.glob("*/programs/*.yaml"))),
    (RULES / "kubernetes" / "lifecycle.yaml", "lifecycle"),
    (RULES / "environments.yaml", "environments"),
    (RULES / "gitops.yaml", "gitops"),
    (RULES / "networks.yaml", "networks"),
]


def node(text: str) -> Node:
    root = parse_document("x.yaml", text.encode())
    assert root is not None
    return root


@pytest.mark.parametrize(("path", "name"), FILES, ids=[str(path.relative_to(RULES)) for path, _ in FILES])
def test_a_packaged_file_fits_its_schema(path: Path, name: str) -> None:
    assert schema_mistake(read_file(path), name) is None


@pytest.mark.parametrize("path", sorted(data_dir("schemas").iterdir()), ids=lambda path: path.name)
def test_schemas_are_schemas(path: Path) -> None:
    assert path.name.endswith(".schema.json")
    Draft202012Validator.check_schema(json_data(f"schemas/{path.name}"))


@pytest.mark.parametrize(
    ("name", "text", "place", "message"),
    [
        ("config", "[]", "1:1", "expected a configuration of cnilint, which is a mapping"),
        (
            "config",
            "ignore: []\nbogus: 1",
            "2:1",
            "unknown key `bogus`: expected one of environments, external",
        ),
        ("config", "exclud: []", "1:1", "unknown key `exclud`: did you mean `exclude`?"),
        ("config", "packs: []", "1:8", "packs: must not be empty"),
        ("config", "packs: [1]", "1:9", "packs[0]: expected a string (quote numbers, dates and booleans)"),
        ("config", "severity: {CNI1: note}", "1:12", "severity: expected a code such as CNI101"),
        ("config", "targets: [a]", "1:10", "targets: expected a mapping"),
        (
            "config",
            "external: [{kind: Pod, name: a}]",
            "1:19",
            "external[0].kind: expected one of ConfigMap, Secret",
        ),
        ("config", "external: [{kind: Secret}]", "1:12", "external[0]: missing key `name`"),
        ("environments", "words: {dev: [dev, dev]}", "1:1", "missing key `inner`"),
        ("lifecycle", "schema: cnilint-lifecycle/2", "1:1", "missing key `apis`"),
        (
            "lifecycle",
            "apis: {}\nschema: cnilint-lifecycle/2",
            "2:9",
            "schema: expected `cnilint-lifecycle/1`",
        ),
    ],
)
def test_the_first_mistake_is_named(name: str, text: str, place: str, message: str) -> None:
    with pytest.raises(DataError) as raised:
        validate(node(text), name)
    assert str(raised.value).startswith(f"x.yaml:{place}: {message}")


def test_what_fits_no_alternative_is_named_last() -> None:
    found = schema_mistake(node("mechanism: X\nkinds: [A]\nwhy: because it does\nevidence: []\n"), "producer")
    assert found is not None
    assert (found.span.line, str(found.message)) == (4, "evidence: must not be empty")


@pytest.mark.parametrize("depth", [65, 5000])
def test_deep_nesting_is_refused_before_the_validator_recurses(depth: int) -> None:
    found = schema_mistake(node("[" * depth + "]" * depth), "config")
    assert found is not None
    assert str(found.message) == "nested more than 64 levels deep"
