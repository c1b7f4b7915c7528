"""Releases of known charts, with the versions that they install."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from cnilint.diagnostics.model import ObjectRef
from cnilint.gitops.helm import ChartSource
from cnilint.packs.charts.library import ChartLibrary
from cnilint.packs.charts.model import HelmChart
from cnilint.packs.charts.table import ChartTable
from cnilint.packs.charts.values import GivenValues
from cnilint.packs.charts.versions import read_chart_version
from cnilint.versions import Version, parse_version


class InstalledChart(Struct, frozen=True, kw_only=True):
    """A release of a known chart.

    ``versions`` are those of the chart, which its values are judged by, ``apps`` those of the component that it
    installs; several where ``written``, the version in the object, is a range, none where it is not known. ``newest`` is
    the last release line of the chart that is known.
    """

    chart: HelmChart
    owner: ObjectRef
    given: GivenValues
    written: str
    is_range: bool
    versions: tuple[Version, ...]
    apps: tuple[Version, ...]
    newest: tuple[int, int] | None


def installed_chart(
    given: GivenValues,
    owner: ObjectRef,
    source: ChartSource,
    library: ChartLibrary,
    targets: Mapping[str, Version],
) -> InstalledChart | None:
    """The chart of a release; None for one that no rule data is about.

    ``source`` is the chart, with the address of its repository. ``targets`` are versions by component that replace
    those of charts with the component's numbers.
    """
    found = library.find(source.chart, source.repository)
    if found is None:
        return None
    chart, name = found
    table = library.table(chart)
    releases = () if table is None else table.values.releases
    read = read_chart_version(source.version, name.scheme, releases)
    target = targets.get(chart.component) if chart.numbers == "component" else None
    versions = read.versions if target is None else (target,)
    return InstalledChart(
        chart=chart,
        owner=owner,
        given=given,
        written=source.version,
        is_range=read.is_range and target is None,
        versions=versions,
        apps=_tagged(chart, given) or tuple(_apps(chart, versions, table)),
        newest=releases[-1].minor if releases else None,
    )


def _tagged(chart: HelmChart, given: GivenValues) -> tuple[Version, ...]:
    """The component's version by the tag of its image in the values; empty without one."""
    texts = {
        each.name: each.value.text
        for each in given.settings
        if each.value is not None and each.name in chart.tags
    }
    found = (parse_version(texts[name].partition("@")[0]) for name in chart.tags if name in texts)
    return tuple(version for version in found if version is not None)[:1]


def _apps(chart: HelmChart, versions: Sequence[Version], table: ChartTable | None) -> Iterator[Version]:
    """The component's versions by those of the chart; none where one of them is not known."""
    if chart.numbers == "component":
        yield from versions
        return
    apps = [None if table is None else table.app(version) for version in versions]
    if None not in apps:
        yield from dict.fromkeys(app for app in apps if app is not None)
