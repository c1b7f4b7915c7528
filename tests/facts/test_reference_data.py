"""Every rule of ``rules/references`` keeps to the schema, and its examples resolve with what they name, and only then."""

import json
from pathlib import Path
from typing import Any

import pytest

from cnilint.document import Document, child, items, plain, string
from cnilint.document.schema import schema_mistake
from cnilint.facts.known import KnownKindText, known_kind_texts
from cnilint.facts.model import UNKNOWN_NAMESPACE, Reference
from cnilint.facts.references import stated
from cnilint.manifest.object import Object, objects
from cnilint.resolve.classify import classify
from cnilint.resources import data_dir
from tests.resolve.conftest import config_map, resolutions, secret, service_account
from tests.resolve.conftest import objects as joined

FOLDER = data_dir("rules") / "references"
RULES = [
    pytest.param(rule, id=f"{rule.file}: {string(rule.node, 'resource')}")
    for rule in known_kind_texts(FOLDER)
]
EXAMPLES = [
    pytest.param(rule, number, id=f"{name.id} {number}")
    for name in RULES
    for rule in name.values
    for number, _ in enumerate(items(rule.node, "examples"))
]
BROKEN = {"ConfigMap": "CNI102", "Secret": "CNI102", "ServiceAccount": "CNI109"}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_fits_the_schema(rule: KnownKindText) -> None:
    assert schema_mistake(rule.node, "reference") is None


def test_what_does_not_fit_the_schema_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "resource: X\nkinds: [A]\ngroups: [a.b]\nscope: Cluster\nwhy: because it is so\nevidence: []\nexamples: []\n"
    )
    (rule,) = known_kind_texts(tmp_path)
    found = schema_mistake(rule.node, "reference")
    assert found is not None
    assert (found.span.file, found.span.line) == ("x.yaml", 6)


@pytest.mark.parametrize("rule", RULES)
def test_the_index_finds_what_the_parser_finds(rule: KnownKindText) -> None:
    assert rule.kinds == _plain(rule)["kinds"]


@pytest.mark.parametrize("rule", RULES)
def test_a_cluster_scoped_object_lends_its_namespace_to_nothing(rule: KnownKindText) -> None:
    known = rule.known
    assert known.scope == "Namespaced" or all(each.namespace is not None for each in known.references)


@pytest.mark.parametrize("rule", RULES)
def test_every_reference_is_in_an_example(rule: KnownKindText) -> None:
    """So that a path with a typing error does not go unnoticed: each kind of target of a rule is read somewhere."""
    parts = [part for each in rule.known.references for part in each.kind.parts]
    wanted = {part for part in parts if isinstance(part, str)}
    read = {each["kind"] for example in _plain(rule)["examples"] for each in example["reads"]}
    assert wanted <= read


@pytest.mark.parametrize(("rule", "number"), EXAMPLES)
def test_example(rule: KnownKindText, number: int) -> None:
    example = _plain(rule)["examples"][number]
    assert [_said(each) for each in stated(_object(rule, number)).references] == example["reads"]


@pytest.mark.parametrize(("rule", "number"), EXAMPLES)
def test_example_resolves_with_what_it_names(rule: KnownKindText, number: int) -> None:
    example = _plain(rule)["examples"][number]
    own = example["object"]["metadata"].get("namespace", "")
    text = joined(*(_target(each, own) for each in example["reads"]), json.dumps(example["object"]))
    found = [each.outcome.value for each in resolutions(text)]
    wanted = "unverifiable" if example.get("unverifiable") else "resolved"
    assert found == [wanted] * len(example["reads"])


@pytest.mark.parametrize(("rule", "number"), EXAMPLES)
def test_example_is_broken_without_what_it_names(rule: KnownKindText, number: int) -> None:
    example = _plain(rule)["examples"][number]
    found = [classify(each) for each in resolutions(json.dumps(example["object"]), closed_world=True)]
    wanted = ["CNI106" if each.get("optional") else BROKEN[each["kind"]] for each in example["reads"]]
    assert found == ([None] * len(wanted) if example.get("unverifiable") else wanted)


@pytest.mark.parametrize(("rule", "number"), EXAMPLES)
def test_example_is_broken_by_another_key(rule: KnownKindText, number: int) -> None:
    example = _plain(rule)["examples"][number]
    own = example["object"]["metadata"].get("namespace", "")
    others = [_target({**each, "key": "some_other_key"}, own) for each in example["reads"]]
    found = [classify(each) for each in resolutions(joined(*others, json.dumps(example["object"])))]
    wanted = [
        ("CNI106" if each.get("optional") else "CNI101") if "key" in each else None
        for each in example["reads"]
    ]
    assert found == ([None] * len(wanted) if example.get("unverifiable") else wanted)


def _target(read: dict[str, Any], own: str) -> str:
    """The object that an example refers to, with the key."""
    namespace = read.get("namespace", own)
    place = "somewhere" if namespace == UNKNOWN_NAMESPACE else namespace
    if read["kind"] == "ServiceAccount":
        return service_account(read["name"], place)
    make = config_map if read["kind"] == "ConfigMap" else secret
    return make(read["name"], read.get("key", "a_key"), place)


def _object(rule: KnownKindText, number: int) -> Object:
    root = child(items(rule.node, "examples")[number], "object")
    (obj,) = objects(Document(file=rule.file, line=1, root=root))
    return obj


def _plain(rule: KnownKindText) -> dict[str, Any]:
    document = plain(rule.node)
    assert isinstance(document, dict)
    return document


def _said(reference: Reference) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": reference.kind, "name": reference.name, "path": reference.path}
    if reference.key is not None:
        said["key"] = reference.key
    if reference.namespace not in (None, reference.owner.namespace):
        said["namespace"] = reference.namespace
    if reference.optional:
        said["optional"] = True
    return said
