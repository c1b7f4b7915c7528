"""The values of releases, held against rules and tables of charts."""

from pathlib import Path

import pytest

from cnilint.diagnostics.model import Diagnostic
from cnilint.document import entries
from cnilint.document.schema import validate
from cnilint.document.structure import read_file
from cnilint.packs.charts.judge import judge_values
from cnilint.packs.charts.library import ChartLibrary
from cnilint.packs.charts.rendered import chart_parts, version_notices
from cnilint.packs.charts.table import ChartTable, read_chart_table, write_chart_table
from cnilint.packs.library import Library
from cnilint.packs.program import ProgramTable, SettingRun
from cnilint.packs.testing import charts_of_object, read_objects
from cnilint.resources import data_dir
from tests.packs.helpers import LIBRARY, version

CHART = """
schema: cnilint-helm-chart/1
component: edge
chart: edge
names:
  - {name: edge, repositories: ["charts.edge.dev*"], others: ["*packager*"]}
  - {name: agent, repositories: ["charts.edge.dev*"], common: true}
  - {name: k-edge, scheme: packed}
versions: chart
tags: [image.tag]
outputs:
  - {value: config, form: map, setting: config-key, object: ConfigMap/edge-config}
  - {value: env, form: list, setting: env, object: DaemonSet/edge, container: agent}
  - {value: mode, setting: config-key, name: edge-mode, object: ConfigMap/edge-config, versions: [">=1.1.0"]}
"""


def run(first: int, last: int, kind: str = "", default: str | None = None, marks: str = "") -> SettingRun:
    return SettingRun(first=first, last=last, kind=kind, default=default, marks=marks)


TABLE = ChartTable(
    values=ProgramTable(
        component="edge",
        program="edge",
        repository="acme/charts",
        tags="edge-{version}",
        reads=(),
        releases=tuple(version(text) for text in ("1.0.0", "1.1.0", "1.1.1", "1.2.0")),
        settings={
            "gone": (run(0, 0, default="a"),),
            "refused": (run(0, 1), run(2, 3, marks="x")),
            "late": (run(3, 3, default="off"),),
            "size": (run(0, 3, kind="integer"),),
            "part": (run(0, 3),),
            "part.inner": (run(0, 3),),
            "wide": (run(0, 0),),
        },
    ),
    apps={"1.0.0": "7.0.0", "1.1.0": "7.1.0", "1.1.1": "7.1.2", "1.2.0": "8.0.0"},
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "edge/charts").mkdir(parents=True)
    (folder / "edge/component.yaml").write_text(
        "schema: cnilint-component/1\ncomponent: edge\ntitle: Edge\nrepository: acme/edge\nimages: [{path: acme/edge}]\n"
    )
    (folder / "edge/charts/edge.yaml").write_text(CHART)
    (folder / "edge/charts/edge.json").write_text(write_chart_table(TABLE))
    return Library(folder)


def release(
    values: str, *, chart: str = "edge", of: str = "1.1.1", repo: str = "https://charts.edge.dev"
) -> str:
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: edge, namespace: argocd}\n"
        f"spec:\n  source:\n    repoURL: {repo}\n    chart: {chart}\n    targetRevision: '{of}'\n"
        f"    helm: {{valuesObject: {values}}}\n"
    )


def problems(text: str, library: Library) -> list[Diagnostic]:
    (item,) = read_objects("app.yaml", text.encode())
    return [each for chart in charts_of_object(item, library) for each in judge_values(chart, (), library)]


def said(text: str, library: Library) -> list[str]:
    return [f"{each.severity} {each.code} {each.message}" for each in problems(text, library)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("{gone: b}", ["warning CNI201 value `gone` is not read since 1.1.0 (chart edge 1.1.1)"]),
        ("{gone: a}", ["note CNI201 value `gone` is not read since 1.1.0 (chart edge 1.1.1)"]),
        ("{refused: x}", ["error CNI201 value `refused` is refused since 1.1.1 (chart edge 1.1.1)"]),
        ("{refused: {a: 1}}", ["error CNI201 value `refused` is refused since 1.1.1 (chart edge 1.1.1)"]),
        ("{refused: false}", []),
        ("{late: on-now}", ["warning CNI209 value `late` is only read since 1.2.0 (chart edge 1.1.1)"]),
        ("{late: 'off'}", []),
        ("{size: '1'}", ["error CNI203 value `size` is not an integer (chart edge 1.1.1)"]),
        ("{size: 1}", []),
        ("{size: '${SIZE}'}", []),
        ("{part: {innre: 1}}", ["note CNI201 unknown value `part.innre` (chart edge 1.1.1)"]),
        ("{part: {inner: 1, another: 1}, whatever: 1}", []),
        ("{wide: {a: 1, b: 2}}", ["warning CNI201 value `wide` is not read since 1.1.0 (chart edge 1.1.1)"]),
        ("{wide: [{a: 1}, 2]}", ["warning CNI201 value `wide` is not read since 1.1.0 (chart edge 1.1.1)"]),
        ("{wide: {}}", ["warning CNI201 value `wide` is not read since 1.1.0 (chart edge 1.1.1)"]),
    ],
)
def test_values_by_the_table(values: str, expected: list[str], library: Library) -> None:
    assert said(release(values), library) == expected


def test_a_value_is_at_its_place(library: Library) -> None:
    (found,) = problems(release("{part: {inner: 1}, gone: b}"), library)
    assert (found.span.line, found.span.column) == (9, 45)
    assert found.path == "spec.source.helm.valuesObject.gone"


@pytest.mark.parametrize(
    ("chart", "repo", "is_known"),
    [
        ("edge", "https://charts.edge.dev/", True),
        ("edge", "oci://mirror.example.com/charts", True),
        ("edge", "oci://registry.example.com/packagercharts", False),
        ("agent", "https://charts.edge.dev", True),
        ("agent", "https://charts.example.com", False),
        ("other", "https://charts.edge.dev", False),
    ],
)
def test_the_repository_decides_which_chart_it_is(
    chart: str, repo: str, is_known: bool, library: Library
) -> None:
    found = said(release("{refused: x}", chart=chart, repo=repo), library)
    assert bool(found) == is_known


def test_a_range_is_judged_by_all_of_its_releases(library: Library) -> None:
    assert said(release("{refused: x}", of="1.1.x"), library) == []
    (found,) = said(release("{gone: b}", of=">=1.1.0 <1.3.0"), library)
    assert "chart edge 1.1 and 1.2" in found
    assert said(release("{gone: b}", of=">=1.0.0"), library) == []
    assert said(release("{gone: b}", of="*"), library) == []


def parts_and_notices(text: str, library: Library) -> tuple[dict[str, list[str]], list[str], list[str]]:
    (item,) = read_objects("app.yaml", text.encode())
    charts = list(charts_of_object(item, library))
    parts = [part for chart in charts for part in chart_parts(chart)]
    settings = {
        f"{part.owner.kind}/{part.owner.name}": [
            f"{each.subject} {each.container}/{each.name}={each.value and each.value.text}"
            for each in part.settings
        ]
        for part in parts
    }
    versions = [
        str(found.reading.version)
        for part in parts[:1]
        for membership in part.memberships
        for found in membership.detected
    ]
    return settings, versions, list(version_notices(charts))


def test_arguments_of_a_program_in_the_values_of_a_chart() -> None:
    """The next argument may be the value of a flag; what is not an argument is left out."""
    text = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cilium, namespace: kube-system}
spec:
  chart: {spec: {chart: cilium, version: 1.16.3}}
  values:
    extraArgs: [--kube-proxy-replacement, strict, --tunnel-protocol=vxlan, {a: --tunnel=x}]
    operator: {extraArgs: ["--unmanaged-pod-watcher-interval=15s"]}
"""
    settings, _, _ = parts_and_notices(text, Library())
    assert settings == {
        "HelmRelease/cilium": [],
        "DaemonSet/cilium": [
            "flag cilium-agent/kube-proxy-replacement=strict",
            "flag cilium-agent/tunnel-protocol=vxlan",
        ],
        "Deployment/cilium-operator": ["flag cilium-operator/unmanaged-pod-watcher-interval=15s"],
    }


def test_what_a_chart_makes_of_values(library: Library) -> None:
    text = release(
        "{config: {one: a, two: b}, mode: fast, env: [{name: X, value: '1'}, {name: Y, valueFrom: {}}]}"
    )
    settings, versions, notices = parts_and_notices(text, library)
    assert settings == {
        "Application/edge": [],
        "ConfigMap/edge-config": ["config-key /one=a", "config-key /two=b", "config-key /edge-mode=fast"],
        "DaemonSet/edge": ["env agent/X=1", "env agent/Y=None"],
    }
    assert versions == ["7.1.2"]
    assert notices == []


@pytest.mark.parametrize(
    ("values", "of", "expected"),
    [
        ("{image: {tag: v7.0.3}}", "1.1.1", ["7.0.3"]),
        ("{}", "1.2.x", ["8.0"]),
        ("{}", "9.0.0", []),
        ("{mode: slow}", "1.0.0", ["7.0.0"]),
    ],
)
def test_the_version_of_the_component(values: str, of: str, expected: list[str], library: Library) -> None:
    assert parts_and_notices(release(values, of=of), library)[1] == expected


def test_what_is_said_of_versions(library: Library) -> None:
    notices = [parts_and_notices(release("{}", of=of), library)[2] for of in ("1.1.x", "9.0.0")]
    assert notices == [
        ["chart edge: 1.1.x is a range of versions; only what holds for all of them is reported"],
        ["chart edge 9.0.0 is newer than the rules, which know releases up to 1.2"],
    ]


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "edge.json"
    path.write_text(write_chart_table(TABLE))
    assert read_chart_table(path) == TABLE


@pytest.mark.parametrize(
    "path", sorted(data_dir("rules").glob("*/charts/*.yaml")), ids=lambda path: path.stem
)
def test_shipped_charts_have_their_shape(path: Path) -> None:
    validate(read_file(path), "helm-chart")


def test_shipped_charts_with_a_source_have_tables() -> None:
    charts = ChartLibrary(data_dir("rules"))
    for chart in charts.charts:
        table = charts.table(chart)
        assert chart.component == chart.file.parent.parent.name
        if "source" not in entries(read_file(chart.file)):
            assert table is None
            continue
        assert table is not None, chart.file
        assert table.values.settings
        assert bool(table.apps) == (chart.numbers == "chart"), chart.file


def test_the_tables_know_what_the_charts_refuse() -> None:
    """Spot checks against the charts themselves: cilium/charts, metallb/metallb, istio/istio, hashicorp/consul-k8s."""
    known = {
        ("cilium", "endpointStatus", "1.16.3"): "x",
        ("cilium", "proxy.prometheus.enabled", "1.16.3"): "X",
        ("metallb", "configInline", "0.13.3"): "x",
        ("istiod", "defaults", "1.24.2"): "x",
        ("consul", "apiGateway", "1.5.0"): "x",
    }
    tables = {chart.chart: LIBRARY.charts.table(chart) for chart in LIBRARY.charts.charts}
    for (chart, name, release), marks in known.items():
        table = tables[chart]
        assert table is not None
        found = table.values.verdict(name, version(release)).run
        assert found is not None, name
        assert found.marks == marks
