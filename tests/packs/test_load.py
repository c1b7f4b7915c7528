"""Packs and components: their records, and the mistakes of a user with their places."""

import re
from pathlib import Path

import pytest

from cnilint.diagnostics.model import Message
from cnilint.document.structure import DataError, mistake, parse_document, start_of
from cnilint.packs.component import COMPONENT_FILE
from cnilint.packs.files import RuleFiles
from cnilint.packs.load import load_component, read_pack
from cnilint.packs.model import Effect, Pack, Subject

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


def read(text: str, *, is_packaged: bool = False) -> Pack:
    root = parse_document("pack.yaml", text.encode())
    if root is None:
        raise mistake(start_of("pack.yaml"), Message("the file is empty"))
    return read_pack(root, is_packaged=is_packaged)


def test_a_rule() -> None:
    (rule,) = read(PACK).rules
    assert (rule.id, rule.component, rule.code) == ("istio-cni/some-rule", "istio-cni", "CNI201")
    assert (rule.match.subject, rule.match.names) == (Subject.ENV, ("SOME",))
    assert (str(rule.versions), rule.effect, rule.why) == (">=1.0.0", Effect.IGNORED, "Because.")
    assert [each.source for each in rule.evidence] == ["istio/istio@1.0.0"]
    assert (rule.bad, rule.good, rule.replacement) == (("kind: Pod",), ("kind: Pod",), "")
    assert (rule.span.file, rule.span.line, rule.span.column) == ("pack.yaml", 4, 9)


def test_a_packaged_pack_is_read_without_its_schema() -> None:
    assert read(PACK, is_packaged=True) == read(PACK)
    assert read(PACK.replace("cnilint-pack/1", "other"), is_packaged=True) == read(PACK)


@pytest.mark.parametrize(
    ("evidence", "source"),
    [
        ("{issue: a/b#1, checked: '2026-11-24', shows: x}", "a/b#1"),
        ("{repository: a/b, commit: c0ffee, path: x.go, checked: '2026-11-24', shows: x}", "a/b@c0ffee:x.go"),
        ("{repository: a/b, tag: v1, issue: a/b#2, checked: '2026-11-24', shows: x}", "a/b#2"),
    ],
)
def test_the_source_of_evidence(evidence: str, source: str) -> None:
    start, end = PACK.index("    evidence:"), PACK.index("    bad:")
    (rule,) = read(f"{PACK[:start]}    evidence: [{evidence}]\n{PACK[end:]}").rules
    assert rule.evidence[0].source == source


def test_several_examples_conditions_and_neighbours() -> None:
    text = PACK.replace('bad: "kind: Pod"', "bad: [a, b]").replace(
        "names: [SOME]",
        "names: [SOME]\n      where: [{key: MODE, values: [on-a, off-b]}]\n      beside: [Pod/a, Service/n/b]",
    )
    (rule,) = read(text).rules
    assert rule.bad == ("a", "b")
    assert [(each.key, each.values) for each in rule.match.where] == [("MODE", ("on-a", "off-b"))]
    assert [(each.kind, each.namespace, each.name) for each in rule.match.beside] == [
        ("Pod", None, "a"),
        ("Service", "n", "b"),
    ]


def test_upgrade_notes() -> None:
    evidence = "[{issue: a/b#1, checked: '2026-11-24', shows: x}]"
    note = f"{{id: move, version: 1.2.0, title: t, why: w, action: a, evidence: {evidence}}}"
    (found,) = read(f"schema: cnilint-pack/1\ncomponent: edge\nupgrades: [{note}]\n").upgrades
    assert (found.id, str(found.version), found.action) == ("edge/move", "1.2.0", "a")


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "expected"),
    [
        ("cnilint-pack/1", "cnilint-pack/9", 1, 9, "schema: expected `cnilint-pack/1`"),
        ("    code: CNI201", "    code: CNI999", 5, 11, "rules.0.code: expected one of CNI201, CNI202"),
        ("    code: CNI201", "    code: CNI202", 5, 11, "expected another code: CNI202 is for flags"),
        (
            "    code: CNI201",
            "    code: CNI203",
            8,
            7,
            "expected `values`, `contains` or `where` in a rule for CNI203",
        ),
        ("setting: env", "setting: flag", 5, 11, "expected a code for a flag, not CNI201"),
        ("setting: env", "setting: variable", 8, 16, "match.setting: expected one of env"),
        ("names: [SOME]", "names: []", 9, 14, "match.names: must not be empty"),
        ("names: [SOME]", "names: SOME", 9, 14, "match.names: expected a list"),
        ("names: [SOME]", "names: [1]", 9, 15, "quote numbers"),
        ("names: [SOME]", "nams: [SOME]", 8, 7, "missing key `names`"),
        ("names: [SOME]", "names: [SOME]\n      nams: [SOME]", 10, 7, "unknown key `nams`"),
        ('[">=1.0.0"]', '[">1.0.0"]', 10, 15, "a bound such as '>=1.23.0'"),
        ('[">=1.0.0"]', '[">=2.0.0 <1.0.0"]', 10, 15, "a lower bound below the upper one"),
        ("effect: ignored", "effect: bad", 11, 13, "effect: expected one of fatal"),
        ('checked: "2026-11-24"', "checked: soon", 16, 18, 'a date as "YYYY-MM-DD"'),
        ("        tag: 1.0.0\n", "", 14, 9, "an issue, or as a repository with a tag or commit"),
        ("id: some-rule", "id: Some Rule", 4, 9, "an id of lower-case words"),
        ("    title: is read by nothing\n", "", 4, 5, "missing key `title`"),
        ('    bad: "kind: Pod"\n', "", 4, 5, "missing key `bad`"),
        ('    bad: "kind: Pod"\n', "    bad: {kind: Pod}\n", 18, 10, "a manifest, or a list of manifests"),
        ('    good: "kind: Pod"\n', "", 4, 5, "missing key `good`"),
        ("    why: Because.\n", '    why: ""\n', 12, 10, "why: must not be empty"),
        ("      names: [SOME]", "      names: [A]\n      beside: [a b]", 10, 16, "an object as Kind/name"),
    ],
)
def test_a_mistake_has_a_place(old: str, new: str, line: int, column: int, expected: str) -> None:
    text = PACK.replace(old, new, 1)
    assert text != PACK
    with pytest.raises(DataError) as caught:
        read(text)
    assert expected in str(caught.value)
    assert str(caught.value).startswith(f"pack.yaml:{line}:{column}: ")


def test_evidence_is_not_optional() -> None:
    start, end = PACK.index("    evidence:"), PACK.index("    bad:")
    with pytest.raises(DataError, match="missing key `evidence`"):
        read(PACK[:start] + PACK[end:])


def test_an_id_is_used_once() -> None:
    rule = PACK[PACK.index("  - id") :]
    with pytest.raises(DataError, match="already defined in line 4"):
        read(PACK + rule)


@pytest.mark.parametrize(
    "text", ["", "[]", "a: [", "a: 1\na: 2\n", "\x00", "&a [*a]", "schema: cnilint-pack/1"]
)
def test_hostile_packs_are_refused(text: str) -> None:
    with pytest.raises(DataError):
        read(text)


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
        ("component: edge", "component: other", "2:12: expected `edge`, the name of the folder"),
        ("cnilint-component/1", "cnilint-component/2", "1:9: schema: expected `cnilint-component/1`"),
        (
            "path: acme/edge",
            "path: acme/edge\n    version: label",
            "7:14: images.0.version: expected one of tag, none",
        ),
        ("path: acme/edge", "path: acme/edge\n    tag: '('", "7:10: expected a regular expression: missing"),
        (
            "path: acme/edge",
            "path: acme/edge\n    scheme: roman",
            "7:13: images.0.scheme: expected one of tag, packed",
        ),
        (
            "path: acme/edge",
            "path: acme/edge\n    aligned: perhaps",
            "7:14: images.0.aligned: expected `true` or `false`",
        ),
        (
            "path: acme/edge",
            "path: acme/edge\n    lines: ['1.2']",
            "7:13: images.0.lines.0: expected a pair of minors",
        ),
        ("path: acme/edge", "path: acme/edge\n    lines: ['1.2 = x']", "7:13: expected a pair of minors"),
        ("kind: label", "kind: rumour", "8:12: signals.0.kind: expected one of label"),
        (
            "name: version,",
            "name: version, value: 'v.*',",
            "8:41: expected a regular expression with a group around",
        ),
        (", trap: none known", "", "8:5: signals.0: missing key `trap`"),
        ("signals:", "maxMinorStep: 0\nsignals:", "7:15: maxMinorStep: expected a number of minors"),
        ("signals:", "workloads: [{}]\nsignals:", "7:13: workloads.0: must not be empty"),
    ],
)
def test_mistakes_in_a_component(tmp_path: Path, old: str, new: str, expected: str) -> None:
    folder = tmp_path / "edge"
    folder.mkdir()
    (folder / "component.yaml").write_text(COMPONENT, encoding="utf-8")
    assert load_component(RuleFiles(folder)).name == "edge"
    (folder / "component.yaml").write_text(COMPONENT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(f"{COMPONENT_FILE}:{expected}")):
        load_component(RuleFiles(folder))


def test_what_is_kept_may_be_so_at_some_versions() -> None:
    kept = "kept:\n- {setting: env, names: [A], why: Because., evidence: [{issue: a/b#1, checked: '2026-11-24', shows: x}]}\n"
    text = "schema: cnilint-pack/1\ncomponent: edge\n" + kept
    (always,) = read(text).kept
    (until,) = read(text.replace("names: [A]", "names: [A], versions: [<2.0.0]")).kept
    assert (str(always.versions), str(until.versions)) == ("*", "<2.0.0")


def test_a_component(tmp_path: Path) -> None:
    folder = tmp_path / "edge"
    folder.mkdir()
    text = COMPONENT.replace(
        "  - path: acme/edge\n",
        "  - {path: acme/edge, tag: 'v.*', lines: ['1.42 = 3.32'], aligned: false}\n"
        "  - {path: acme/tool, version: none}\n",
    )
    more = "workloads: [{name: 'edge-*', label: app=edge}, {name: x}]\nmaxMinorStep: 2\nvariantOf: base\n"
    (folder / COMPONENT_FILE).write_text(text + more)
    component = load_component(RuleFiles(folder))
    edge, tool = component.images
    assert (edge.path, edge.aligned, tool.aligned) == (("acme", "edge"), False, True)
    assert str(edge.read("v1.42.7").version) == "3.32"
    assert edge.read("1.42.7").version is None
    assert tool.read("v1.42.7").version is None
    assert [(each.name, each.label) for each in component.workloads] == [
        ("edge-*", ("app", "edge")),
        ("x", None),
    ]
    assert (component.max_minor_step, component.variant_of, component.folder) == (2, "base", folder)
    assert str(component.signals[0].read("1.2.3").version) == "1.2.3"
