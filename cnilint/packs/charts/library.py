"""The charts of all components, by the names that releases use."""

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path

from msgspec.structs import replace

from cnilint.document.structure import read_file, structure
from cnilint.gitops.deployers import normalized
from cnilint.packs.charts.model import CHARTS_FOLDER, ChartName, HelmChart
from cnilint.packs.charts.table import ChartTable, read_chart_table


class ChartLibrary:
    """Rule data about charts below a folder ``rules``. Raises DataError for a file that is not rule data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.table = cache(self._table)

    @cached_property
    def charts(self) -> tuple[HelmChart, ...]:
        """All charts, in order of component and file."""
        files = sorted(self._folder.glob(f"*/{CHARTS_FOLDER}/*.yaml"))
        return tuple(replace(structure(read_file(path), HelmChart), file=path) for path in files)

    @cached_property
    def named(self) -> Mapping[str, tuple[tuple[HelmChart, ChartName], ...]]:
        """The charts by the names that they have in repositories."""
        found: dict[str, list[tuple[HelmChart, ChartName]]] = {}
        for chart in self.charts:
            for name in chart.names:
                found.setdefault(name.name, []).append((chart, name))
        return {name: tuple(each) for name, each in found.items()}

    def find(self, name: str, repository: str) -> tuple[HelmChart, ChartName] | None:
        """The chart of a name at the address of a repository, empty if not known; None for one that no rule is about."""
        address = normalized(repository.removeprefix("oci://")) if repository else ""
        return next((each for each in self.named.get(name, ()) if each[1].is_at(address)), None)

    def _table(self, chart: HelmChart) -> ChartTable | None:
        path = chart.file.with_suffix(".json")
        return read_chart_table(path) if path.is_file() else None
