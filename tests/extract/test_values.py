"""Values of releases: merged as Helm merges them, each with its own place."""

from collections.abc import Mapping

import pytest

from cnilint.document import Mapping as MappingNode
from cnilint.document import Node, plain, read
from cnilint.extract.chartfiles import ChartFiles
from cnilint.extract.file import scan
from cnilint.extract.model import ObjectFacts
from cnilint.extract.values import merge
from cnilint.packs.library import Library
from cnilint.render.installed import DeployedChart

LIBRARY = Library()
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  destination: {namespace: web}
  sources:
  - %s
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web}
spec:
  chart: {spec: {chart: web}}
  valuesFrom: [%s]
  values: {own: {existingSecret: own}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: values}
data:
  values.yaml: |
    own: {existingSecret: overridden}
    more: {existingSecret: packed}
  part: target
"""


def _node(text: str) -> Node:
    root = read("v.yaml", f"---\n{text}".encode(), everything=True)[0].root
    assert root is not None
    return root


def _facts(
    text: str, files: Mapping[str, str] | None = None, deployed: list[DeployedChart] | None = None
) -> ObjectFacts:
    """The facts of the first object of a file, among other files."""
    known = {"argocd/web.yaml": text, **(files or {})}
    charts = ChartFiles(lambda path: known[path].encode() if path in known else None, list(known), deployed)
    return scan("argocd/web.yaml", text.encode(), LIBRARY, charts=charts).objects[0]


def _names(fact: ObjectFacts) -> list[tuple[str, str, int]]:
    return [(each.name, each.span.file, each.span.line) for each in fact.stated.references]


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ("{a: 1, b: 2}", "{b: 3}", {"a": 1, "b": 3}),
        ("{a: {b: 1, c: 2}}", "{a: {c: 3}}", {"a": {"b": 1, "c": 3}}),
        ("{a: [1, 2]}", "{a: [3]}", {"a": [3]}),
        ("{a: {b: 1}}", "{a: 2}", {"a": 2}),
        ("{a: 1}", "{a: {b: 2}}", {"a": {"b": 2}}),
        ("{a: {b: 1, c: 2}, d: 1}", "{a: {b: null}, d: null}", {"a": {"c": 2}}),
        ("[]", "{a: 1}", {"a": 1}),
    ],
)
def test_merge(base: str, over: str, merged: object) -> None:
    node = _node(over)
    assert isinstance(node, MappingNode)
    assert plain(merge(_node(base), node)) == merged


def test_null_can_be_kept_and_deep_values_are_merged() -> None:
    node = _node("{a: null}")
    assert isinstance(node, MappingNode)
    assert plain(merge(_node("{a: 1}"), node, keeps_null=True)) == {"a": None}
    deep = _node("{a: " * 5000 + "1" + "}" * 5000)
    assert isinstance(deep, MappingNode)
    assert isinstance(merge(deep, deep), MappingNode)


def test_a_text_has_the_places_of_its_lines() -> None:
    fact = _facts(
        APPLICATION
        % "chart: web\n    helm:\n      values: |\n        # a comment\n        a:\n          existingSecret: x"
    )
    (found,) = fact.stated.references
    assert (found.span.line, found.span.column, found.path) == (
        12,
        27,
        "spec.sources[0].helm.values.a.existingSecret",
    )
    assert found.namespace == "web"


def test_a_text_that_is_no_yaml_is_not_read() -> None:
    assert _names(_facts(APPLICATION % "{chart: web, helm: {values: '{{ x'}}")) == []


@pytest.mark.parametrize(
    ("values", "codes"), [("'a: [1'", ["CNI901"]), ("'a: [{{ x }}'", []), ("'a: [1]'", []), ("''", [])]
)
def test_a_text_that_helm_refuses_is_reported_where_it_is(values: str, codes: list[str]) -> None:
    found = _facts(APPLICATION % f"{{chart: web, helm: {{values: {values}}}}}").diagnostics
    assert [each.code for each in found] == codes
    assert all(each.span.line == 7 for each in found)


@pytest.mark.parametrize(
    ("source", "files", "expected"),
    [
        (
            "{chart: web, helm: {valueFiles: [$a/b.yaml]}}",
            {"b.yaml": "existingSecret: x"},
            [("x", "b.yaml", 1)],
        ),
        (
            "{chart: web, helm: {valueFiles: [/b.yaml]}}",
            {"b.yaml": "existingSecret: x"},
            [("x", "b.yaml", 1)],
        ),
        (
            "{path: c, helm: {valueFiles: [../b.yaml]}}",
            {"c/Chart.yaml": "name: c", "b.yaml": "existingSecret: x"},
            [("x", "b.yaml", 1)],
        ),
        (
            "{path: c}",
            {"c/Chart.yaml": "name: c", "c/values.yaml": "existingSecret: x"},
            [("x", "c/values.yaml", 1)],
        ),
        ("{path: c}", {"c/values.yaml": "existingSecret: x"}, []),
        ("{chart: web, helm: {valueFiles: [../../b.yaml]}}", {"b.yaml": "existingSecret: x"}, []),
        (
            "{chart: web, helm: {valueFiles: [$a/b.yaml], parameters: [{name: a.existingSecret, value: y1}]}}",
            {"b.yaml": "a:\n  existingSecret: x"},
            [("y1", "argocd/web.yaml", 7)],
        ),
    ],
)
def test_files(source: str, files: dict[str, str], expected: list[tuple[str, str, int]]) -> None:
    assert _names(_facts(APPLICATION % source, files)) == expected


CHART_FILES = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web}
spec:
  chart:
    spec:
      chart: ./charts/web
      sourceRef: {kind: GitRepository, name: flux-system}
      valuesFiles: [%s]
%s"""
WEB = {
    "charts/web/Chart.yaml": "name: web",
    "charts/web/values.yaml": "existingSecret: own",
    "charts/web/prod.yaml": "a: {existingSecret: prod}",
    "b.yaml": "a: {existingSecret: b}\nc: {existingSecret: c}",
}


@pytest.mark.parametrize(
    ("listed", "more", "expected"),
    [
        ("", "", {"own": False}),
        ("charts/web/prod.yaml", "", {"prod": False}),
        ("./charts/web/values.yaml, ./charts/web/prod.yaml", "", {"own": False, "prod": False}),
        ("b.yaml, charts/web/prod.yaml", "", {"prod": False, "c": False}),
        ("charts/web/prod.yaml, charts/web/absent.yaml", "", {"prod": True}),
        (
            "charts/web/prod.yaml, charts/web/absent.yaml",
            "      ignoreMissingValuesFiles: true\n",
            {"prod": False},
        ),
        ("../prod.yaml", "", {}),
        ("charts/web/prod.yaml", "  values: {a: {existingSecret: last}}\n", {"last": False}),
    ],
)
def test_files_in_place_of_the_charts_own_values(listed: str, more: str, expected: dict[str, bool]) -> None:
    found = _facts(CHART_FILES % (listed, more), WEB).stated.references
    assert {each.name: bool(each.unclear) for each in found} == expected


def test_what_an_absent_file_may_override_is_unclear() -> None:
    helm = "{valueFiles: [$a/b.yaml, $a/absent.yaml, $a/c.yaml]%s}"
    files = {"b.yaml": "existingSecret: x", "c.yaml": "a: {existingSecret: z}"}
    found = _facts(APPLICATION % f"{{chart: web, helm: {helm % ''}}}", files).stated.references
    assert {each.name: bool(each.unclear) for each in found} == {"x": True, "z": False}
    ignoring = helm % ", ignoreMissingValueFiles: true"
    found = _facts(APPLICATION % f"{{chart: web, helm: {ignoring}}}", files).stated.references
    assert not any(each.unclear for each in found)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{kind: ConfigMap, name: values}", {"own": False, "packed": False}),
        ("{kind: ConfigMap, name: values, valuesKey: absent}", {"own": False}),
        ("{kind: ConfigMap, name: values}, {kind: Secret, name: more}", {"own": False, "packed": True}),
        (
            "{kind: ConfigMap, name: values}, {kind: Secret, name: more, targetPath: a.b}",
            {"own": False, "packed": False},
        ),
        (
            "{kind: ConfigMap, name: values, valuesKey: part, targetPath: more.existingSecret}",
            {"own": False, "target": False},
        ),
    ],
)
def test_config_maps(source: str, expected: dict[str, bool]) -> None:
    found = [each for each in _facts(RELEASE % source).stated.references if not each.awaited]
    assert {each.name: bool(each.unclear) for each in found} == expected


def test_charts_inside_a_chart_have_their_own_part_of_the_values() -> None:
    fact = _facts(
        APPLICATION % "{path: c}",
        {
            "c/Chart.yaml": "name: c\ndependencies:\n- {name: inner, version: 1.0.0, alias: other}\n- {name: here}\n",
            "c/charts/here/Chart.yaml": "name: here",
            "c/values.yaml": "other: {fullnameOverride: mine, existingSecret: x}",
        },
    )
    assert [(each.chart, each.version, each.folder, each.prefix) for each in fact.releases] == [
        ("c", "", "c", "web-c"),
        ("inner", "1.0.0", None, "mine"),
        ("here", "", "c", "web-here"),
    ]
    assert fact.releases[0].complete
    (found,) = fact.stated.references
    assert found.path == "values.other.existingSecret"


def test_how_a_chart_of_the_repository_is_deployed() -> None:
    deployed: list[DeployedChart] = []
    files = {"c/Chart.yaml": "name: c", "c/values.yaml": "a: 1", "b.yaml": "b: 2"}
    _facts(APPLICATION % "{path: c, helm: {valueFiles: [../b.yaml], values: 'a: null'}}", files, deployed)
    (each,) = deployed
    assert (each.folder, each.name, each.namespace, each.known) == ("c", "web", "web", True)
    assert each.values == '{"b": 2, "a": null}'


def test_a_file_that_is_not_listed_is_not_read() -> None:
    charts = ChartFiles(lambda _: b"existingSecret: x", ["c/Chart.yaml"])
    assert not charts.exists("c/values.yaml")
    assert charts.root("c/values.yaml") is None


def test_charts_that_an_asterisk_matches() -> None:
    charts = ChartFiles(lambda _: b"", [f"{path}/Chart.yaml" for path in ("a/x", "a/y", "a/y/z", "b/x")])
    assert list(charts.charts_in("a/*")) == [("a/x", "x"), ("a/y", "y")]
    assert list(charts.charts_in("*/x")) == [("a/x", "a"), ("b/x", "b")]
    assert list(charts.charts_in("*/*")) == []


def test_unread_values_are_not_known() -> None:
    deployed: list[DeployedChart] = []
    _facts(APPLICATION % "{path: c, helm: {valueFiles: [x.yaml]}}", {"c/Chart.yaml": "name: c"}, deployed)
    assert [each.known for each in deployed] == [False]
