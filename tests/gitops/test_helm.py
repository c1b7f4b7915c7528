"""Which charts an object installs, under which name, and what these may make."""

import pytest

from cnilint.diagnostics.span import Span
from cnilint.gitops.helm import (
    UNKNOWN,
    ChartReference,
    ChartSource,
    Installation,
    Release,
    chart_source,
    installations,
)
from tests.objects import one

TEXT = "{{apiVersion: {version}, kind: {kind}, metadata: {{name: a, namespace: b}}, spec: {{{spec}}}}}"


def _flux(spec: str) -> str:
    return TEXT.format(version="helm.toolkit.fluxcd.io/v2", kind="HelmRelease", spec=spec)


def _old_flux(spec: str) -> str:
    return TEXT.format(version="helm.fluxcd.io/v1", kind="HelmRelease", spec=spec)


def _argo(spec: str) -> str:
    return TEXT.format(
        version="argoproj.io/v1alpha1", kind="Application", spec=f"destination: {{namespace: c}}, {spec}"
    )


def _k3s(spec: str, kind: str = "HelmChart") -> str:
    return TEXT.format(version="helm.cattle.io/v1", kind=kind, spec=spec)


def release(
    *,
    name: str = "web",
    chart: str = "web",
    version: str = "1.0.0",
    fullname: str = "",
    nickname: str = "",
    parts: frozenset[str] = frozenset(),
    complete: bool = False,
) -> Release:
    return Release(
        name=name,
        chart=chart,
        namespace=None,
        span=Span(file="a.yaml", line=1, column=1, end_line=1, end_column=2),
        version=version,
        fullname=fullname,
        nickname=nickname,
        parts=parts,
        complete=complete,
    )


def _installed(text: str) -> list[Installation]:
    return installations(one(text))


@pytest.mark.parametrize(
    ("text", "name", "chart", "version", "namespace"),
    [
        (_flux("chart: {spec: {chart: repo/web, version: 1.2.3}}"), "a", "web", "1.2.3", "b"),
        (_flux("targetNamespace: c, chart: {spec: {chart: web}}"), "c-a", "web", "", "c"),
        (_flux("releaseName: r, chart: {spec: {chart: web}}"), "r", "web", "", "b"),
        (_flux("chartRef: {kind: OCIRepository, name: web}"), "a", "web", "", "b"),
        (_old_flux("chart: {name: web, version: 1.0.0}"), "b-a", "web", "1.0.0", "b"),
        (_old_flux("targetNamespace: c, chart: {name: web}"), "b-c-a", "web", "", "c"),
        (_argo("source: {chart: web, targetRevision: 1.*}"), "a", "web", "1.*", "c"),
        (_argo("sources: [{chart: web, helm: {releaseName: r}}]"), "r", "web", "", "c"),
        (_k3s("chart: web, version: 1.0.0"), "a", "web", "1.0.0", "b"),
        (_k3s("chart: 'https://x/web-app-v2.0.1.tgz'"), "a", "web-app", "2.0.1", "b"),
        (_k3s("chart: 'oci://x/web', targetNamespace: d"), "a", "web", "", "d"),
    ],
)
def test_a_release(text: str, name: str, chart: str, version: str, namespace: str) -> None:
    (found,) = _installed(text)
    made = found.release
    assert (made.name, made.chart, made.version, made.namespace) == (name, chart, version, namespace)
    assert found.certain
    assert made.installs


def test_each_source_is_a_release_and_a_folder_is_not_certain() -> None:
    found = _installed(_argo("sources: [{chart: web}, {path: apps/web}, {ref: values}]"))
    assert [(each.release.chart, each.folder, each.certain) for each in found] == [
        ("web", "", True),
        ("web", "apps/web", False),
    ]


def test_a_configuration_of_a_chart_does_not_install_it() -> None:
    (found,) = _installed(_k3s("valuesContent: 'a: 1'", "HelmChartConfig"))
    assert not found.release.installs


@pytest.mark.parametrize(
    ("helm", "layers"),
    [
        (
            "parameters: [], values: 'a: 1', valueFiles: [x.yaml]",
            [("files", "valueFiles"), ("text", "values"), ("parameters", "parameters")],
        ),
        ("values: 'a: 1', valuesObject: {a: 2}", [("map", "valuesObject")]),
        ("values: null", []),
    ],
)
def test_layers_are_in_the_order_in_which_they_override(helm: str, layers: list[tuple[str, str]]) -> None:
    (found,) = _installed(_argo(f"sources: [{{chart: web, helm: {{{helm}}}}}]"))
    assert [(each.kind, each.path) for each in found.layers] == [
        (kind, f"spec.sources[0].helm.{path}") for kind, path in layers
    ]


def test_an_application_set_installs_a_chart_for_each_set_of_parameters() -> None:
    found = _installed("""
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: a}
    spec:
      generators: [{list: {elements: [{name: x}, {name: y}]}}]
      template:
        metadata: {name: "{{name}}-app"}
        spec:
          source: {path: "charts/{{.name}}", helm: {valueFiles: ["{{other}}.yaml"]}}
          destination: {namespace: "{{other}}"}
    """)
    assert [(each.release.name, each.folder, each.release.namespace) for each in found] == [
        ("x-app", "charts/x", UNKNOWN),
        ("y-app", "charts/y", UNKNOWN),
    ]


def test_other_objects_install_nothing() -> None:
    assert _installed("{apiVersion: v1, kind: Pod, metadata: {name: a}}") == []
    assert _installed(_flux("values: {a: 1}")) == []


@pytest.mark.parametrize(
    ("installed", "makes", "does_not"),
    [
        (release(), ["web", "web-login"], ["website", "other", "my-web"]),
        (release(name="my-web"), ["my-web", "my-web-login"], ["my-webs", "web"]),
        (release(name="shop"), ["shop", "shop-web", "shop-web-login"], ["shop-login", "web-login"]),
        (release(name="shop", parts=frozenset(["redis"])), ["shop-redis", "shop-redis-auth"], ["shop-red"]),
        (release(name="shop", fullname="front"), ["front-login", "shop"], ["shop-web-login"]),
        (release(name="shop", nickname="op"), ["shop-login"], ["shop-web", "web"][1:]),
        (release(name="${APP}"), ["x-web-login"], ["x"]),
        (release(complete=True), [], ["web", "web-login"]),
        (release(name=""), [], ["web", "-web", "web-login"]),
        (release(name="r" * 60), [f"{'r' * 60}-we"], [f"{'r' * 60}-web"]),
    ],
)
def test_what_a_chart_may_make(installed: Release, makes: list[str], does_not: list[str]) -> None:
    assert [name for name in makes if not installed.may_make(name)] == []
    assert [name for name in does_not if installed.may_make(name)] == []


def test_a_name_that_begins_with_the_releases() -> None:
    installed = release(name="shop")
    assert installed.is_named_like("shop-login")
    assert not installed.is_named_like("shops")
    assert not release(name="shop", complete=True).is_named_like("shop-login")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{apiVersion: source.toolkit.fluxcd.io/v1, kind: OCIRepository, metadata: {name: a}, "
            "spec: {url: 'oci://x/charts/web', ref: {tag: 1.2.3}}}",
            ChartSource(chart="web", version="1.2.3", repository="oci://x/charts"),
        ),
        (
            "{apiVersion: source.toolkit.fluxcd.io/v1, kind: HelmChart, metadata: {name: a}, "
            "spec: {chart: web, sourceRef: {kind: HelmRepository, name: b}}}",
            ChartSource(
                chart="web", version="", repository_reference=ChartReference("HelmRepository", None, "b")
            ),
        ),
        (
            "{apiVersion: source.toolkit.fluxcd.io/v1, kind: HelmRepository, metadata: {name: b}, "
            "spec: {url: 'https://x/charts'}}",
            ChartSource(chart="", version="", repository="https://x/charts"),
        ),
        ("{apiVersion: v1, kind: Pod, metadata: {name: a}}", None),
    ],
)
def test_an_object_that_names_a_chart(text: str, expected: ChartSource | None) -> None:
    assert chart_source(one(text)) == expected
