"""Every mechanism keeps to the schema, and every example in its data comes out as the data says."""

from pathlib import Path
from typing import Any

import pytest

from cnilint.document import Document, child, items, plain, string
from cnilint.document.schema import schema_mistake
from cnilint.facts.model import Definition
from cnilint.manifest.object import objects
from cnilint.producers import produced
from cnilint.producers.engine import added_keys
from cnilint.producers.mechanisms import PLATFORM, MechanismText, mechanism_texts
from cnilint.resources import data_dir

FOLDER = data_dir("rules") / "producers"
PIECES = [
    pytest.param(piece, id=f"{piece.file}: {string(piece.node, 'mechanism')}")
    for piece in mechanism_texts(FOLDER)
]
EXAMPLES = [
    pytest.param(piece, number, id=f"{name.id} {number}")
    for name in PIECES
    for piece in name.values
    for number, _ in enumerate(items(piece.node, "examples"))
]


@pytest.mark.parametrize("piece", PIECES)
def test_every_mechanism_fits_the_schema(piece: MechanismText) -> None:
    assert schema_mistake(piece.node, "producer") is None


def test_what_does_not_fit_the_schema_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("mechanism: X\nkinds: [A]\nwhy: because it does so\nevidence: []\n")
    (piece,) = mechanism_texts(tmp_path)
    found = schema_mistake(piece.node, "producer")
    assert found is not None
    assert (found.span.file, found.span.line, str(found.message)) == (
        "x.yaml",
        4,
        "evidence: must not be empty",
    )


@pytest.mark.parametrize("piece", PIECES)
def test_the_index_finds_what_the_parser_finds(piece: MechanismText) -> None:
    document = _plain(piece)
    assert piece.kinds == document.get("kinds", [])
    assert piece.marker == document.get("marker", "")
    assert bool(piece.kinds) + bool(piece.marker) + (piece.file == PLATFORM) == 1


@pytest.mark.parametrize("piece", PIECES)
def test_every_expression_is_of_the_language(piece: MechanismText) -> None:
    assert piece.mechanism.name == _plain(piece)["mechanism"]


@pytest.mark.parametrize(("piece", "number"), EXAMPLES)
def test_example(piece: MechanismText, number: int) -> None:
    example = _plain(piece)["examples"][number]
    root = child(items(piece.node, "examples")[number], "object")
    (obj,) = objects(Document(file=piece.file, line=1, root=root))
    accounts = any(making.kind == "ServiceAccount" for making in piece.mechanism.makes)
    made = [each for each in produced(obj) if accounts or each.kind != "ServiceAccount"]
    if "makes" in example:
        assert [_said(each) for each in made] == [_complete(each) for each in example["makes"]]
    if "accounts" in example:
        assert [each.name for each in made if each.kind == "ServiceAccount"] == example["accounts"]
    if "adds" in example:
        keys, more, by = added_keys(obj)
        assert sorted(keys) == sorted(example["adds"]["keys"])
        assert more == example["adds"].get("open", False)
        assert bool(by) == bool(keys or more)


def _plain(piece: MechanismText) -> dict[str, Any]:
    document = plain(piece.node)
    assert isinstance(document, dict)
    return document


def _complete(expected: dict[str, Any]) -> dict[str, Any]:
    return {"namespace": None, "keys": [], "binary": [], "open": False, **expected}


def _said(made: Definition) -> dict[str, Any]:
    return {
        "kind": made.kind,
        "namespace": made.namespace,
        "name": made.name,
        "keys": list(made.keys),
        "binary": sorted(made.binary),
        "open": made.open,
    }
