"""A Helm chart is installed here, and its templates are not in the repository.

What the chart makes is not in the manifests: cnilint sees the values that are given to it, and nothing of the objects
that come of them. Of a known chart the values are checked, by its version, and the settings that they spell out. The rest
of a cluster network that is installed by a chart stays unchecked, and a run without findings says nothing about it.
Reports list these charts with their versions.

Pipe the output of `helm template` into `cnilint check -`, or commit the rendered manifests.

```yaml bad
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cni, namespace: kube-system}
spec:
  interval: 1h
  chart: {spec: {chart: edge-cni, version: 1.18.2, sourceRef: {kind: HelmRepository, name: charts}}}
```

```yaml good
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cni, namespace: kube-system}
spec:
  selector: {matchLabels: {app: cni}}
  template:
    metadata: {labels: {app: cni}}
    spec: {containers: [{name: agent, image: "registry.example/edge-cni:1.18.2"}]}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.findings.codes import Code
from cnilint.resolve.charts import UncheckedChart, unchecked_charts

CODE = Code(
    code="CNI904",
    name="chart-not-checked",
    severity="note",
    summary="A Helm chart is installed whose templates are not in the repository.",
    effect="What the chart makes is not checked.",
)


def find(context: CheckContext) -> Iterator[Diagnostic]:
    for chart in unchecked_charts(context.index):
        message = _message(chart, with_values=chart.release.span in context.charts)
        yield Diagnostic(
            code=CODE.code,
            span=chart.release.span,
            message=message,
            hint="pipe `helm template` into `cnilint check -`",
            environment=chart.environment.name,
            owner=chart.owner,
        )


def _message(chart: UncheckedChart, *, with_values: bool) -> Message:
    if with_values and chart.version:
        return Message(
            "chart `{chart}` `{version}` is not rendered: only its values are checked",
            chart=chart.name,
            version=chart.version,
        )
    if chart.version:
        return Message(
            "chart `{chart}` `{version}` is not rendered: its objects are not checked",
            chart=chart.name,
            version=chart.version,
        )
    return Message("chart `{chart}` is not rendered: its objects are not checked", chart=chart.name)
