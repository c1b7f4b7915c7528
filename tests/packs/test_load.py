"""Mistakes in rule data are named with their place and with what was expected; code and schemas agree."""

import json
from pathlib import Path

import pytest
from cnilint.packs.reader import PackError
from jsonschema import Draft202012Validator

from cnilint.document import plain, read
from cnilint.packs.component import load_component
from cnilint.packs.load import read_pack, read_text
from cnilint.resources import data_dir

PACK = """\
schema: cnilint-pack/1
component: istio-cni
rules:
  - id: some-rule
    code: CNI201
    title: is read by nothing
    match:
      setting: env
      names: [SOME]
    versions: [">=1.0.0"]
    effect: ignored
    why: Because.
    evidence:
      - repository: istio/istio
        tag: 1.0.0
        checked: "2026-11-24"
        shows: it is gone
    bad: "kind: Pod"
    good: "kind: Pod"
"""


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(
        json.loads((data_dir("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
    )


def data_of(text: str) -> object:
    (document,) = read("pack.yaml", text.encode(), everything=True)
    assert document.root is not None
    return plain(document.root)


def test_the_sample_loads() -> None:
    (rule,) = read_pack(read_text(PACK, "pack.yaml")).rules
    assert rule.id == "istio-cni/some-rule"


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "expected"),
    [
        ("cnilint-pack/1", "cnilint-pack/9", 1, 9, "the schema 'cnilint-pack/1'"),
        ("    code: CNI201", "    code: CNI999", 5, 11, "a code out of"),
        ("    code: CNI201", "    code: CNI202", 5, 11, "does not speak of a setting of the sort env"),
        ("setting: env", "setting: variable", 8, 16, "the setting as one of env"),
        ("names: [SOME]", "names: []", 9, 14, "names as a list with at least one item"),
        ("names: [SOME]", "names: SOME", 9, 14, "names as a list with at least one item"),
        ("names: [SOME]", "names: [1]", 9, 15, "quote numbers"),
        ("names: [SOME]", "nams: [SOME]", 9, 7, "unknown key 'nams'"),
        ('[">=1.0.0"]', '[">1.0.0"]', 10, 15, "a bound such as '>=1.23.0'"),
        ('[">=1.0.0"]', '[">=2.0.0 <1.0.0"]', 10, 15, "a lower bound below the upper one"),
        ("effect: ignored", "effect: bad", 11, 13, "the effect as one of fatal"),
        ('checked: "2026-11-24"', "checked: soon", 16, 18, "a date as YYYY-MM-DD"),
        ("        tag: 1.0.0\n", "", 14, 9, "a repository with a tag or commit"),
        ("id: some-rule", "id: Some Rule", 4, 9, "lower-case words"),
        ("    title: is read by nothing\n", "", 4, 5, "lacks 'title'"),
        ('    bad: "kind: Pod"\n', "", 4, 5, "lacks 'bad'"),
        ('    good: "kind: Pod"\n', "", 4, 5, "lacks 'good'"),
        ("    why: Because.\n", "    why: \"\"\n", 12, 10, "the reason as a string"),
    ],
)  # fmt: skip
def test_a_mistake_has_a_place(old: str, new: str, line: int, column: int, expected: str) -> None:
    text = PACK.replace(old, new, 1)
    assert text != PACK
    with pytest.raises(PackError) as caught:
        read_pack(read_text(text, "pack.yaml"))
    assert expected in str(caught.value)
    assert str(caught.value).startswith(f"pack.yaml:{line}:{column}: ")


def test_evidence_is_not_optional() -> None:
    start, end = PACK.index("    evidence:"), PACK.index("    bad:")
    with pytest.raises(PackError, match="lacks 'evidence'"):
        read_pack(read_text(PACK[:start] + PACK[end:], "pack.yaml"))


def test_an_id_is_used_once() -> None:
    rule = PACK[PACK.index("  - id") :]
    with pytest.raises(PackError, match="already used in line 4"):
        read_pack(read_text(PACK + rule, "pack.yaml"))


@pytest.mark.parametrize(
    "text", ["", "[]", "a: [", "a: 1\na: 2\n", "\x00", "&a [*a]", "schema: cnilint-pack/1"]
)
def test_hostile_packs_are_refused(text: str) -> None:
    with pytest.raises(PackError):
        read_pack(read_text(text, "pack.yaml"))


COMPONENT_FILES = sorted(data_dir("rules").glob("*/component.yaml"))
PACK_FILES = [
    path for file in COMPONENT_FILES for path in sorted(file.parent.glob("*.yaml")) if path.name != file.name
]


@pytest.mark.parametrize("path", PACK_FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_shipped_packs_fit_the_schema(path: Path) -> None:
    assert [
        error.message for error in schema("pack").iter_errors(data_of(path.read_text(encoding="utf-8")))
    ] == []


@pytest.mark.parametrize("path", COMPONENT_FILES, ids=lambda path: path.parent.name)
def test_shipped_components_fit_the_schema(path: Path) -> None:
    assert [
        error.message for error in schema("component").iter_errors(data_of(path.read_text(encoding="utf-8")))
    ] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cnilint-pack/1", "cnilint-pack/9"),
        ("CNI201", "CNI999"),
        ("CNI201", "CNI202"),
        ("CNI201", "CNI203"),
        ("setting: env", "setting: variable"),
        ("[SOME]", "[]"),
        ("names", "nams"),
        ("ignored", "bad"),
        ("2026-11-24", "soon"),
        ("        tag: 1.0.0\n", ""),
        ("some-rule", "Some Rule"),
        ("    why: Because.\n", ""),
        ('    bad: "kind: Pod"\n', ""),
    ],
)
def test_schema_and_loader_refuse_the_same(old: str, new: str) -> None:
    text = PACK.replace(old, new, 1)
    assert not schema("pack").is_valid(data_of(text))
    with pytest.raises(PackError):
        read_pack(read_text(text, "pack.yaml"))


COMPONENT = """\
schema: cnilint-component/1
component: edge
title: Edge
repository: acme/edge
images:
  - path: acme/edge
signals:
  - {kind: label, name: version, trap: none known}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("component: edge", "component: other", "the name of the folder"),
        ("path: acme/edge", "path: acme/edge\n    version: label", "'tag' or 'none'"),
        ("path: acme/edge", "path: acme/edge\n    tag: '('", "a regular expression"),
        ("path: acme/edge", "path: acme/edge\n    scheme: roman", "a scheme out of"),
        ("path: acme/edge", "path: acme/edge\n    aligned: perhaps", "true or false"),
        ("path: acme/edge", "path: acme/edge\n    lines: ['1.2']", "a pair of lines"),
        ("kind: label", "kind: rumour", "a kind out of"),
        ("name: version,", "name: version, value: 'v.*',", "a group around the version"),
        (", trap: none known", "", "lacks 'trap'"),
    ],
)
def test_mistakes_in_a_component(tmp_path: Path, old: str, new: str, expected: str) -> None:
    folder = tmp_path / "edge"
    folder.mkdir()
    (folder / "component.yaml").write_text(COMPONENT, encoding="utf-8")
    assert load_component(folder).name == "edge"
    (folder / "component.yaml").write_text(COMPONENT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError, match=expected):
        load_component(folder)


def test_what_is_kept_may_be_so_at_some_versions() -> None:
    kept = "kept:\n- {setting: env, names: [A], why: Because., evidence: [{issue: a/b#1, checked: '2026-11-24', shows: x}]}\n"
    text = "schema: cnilint-pack/1\ncomponent: edge\n" + kept
    (always,) = read_pack(read_text(text, "pack.yaml")).kept
    (until,) = read_pack(
        read_text(text.replace("names: [A]", "names: [A], versions: [<2.0.0]"), "pack.yaml")
    ).kept
    assert (str(always.versions), str(until.versions)) == ("*", "<2.0.0")
