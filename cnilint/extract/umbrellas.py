"""Reads charts of the repository that nothing in it deploys, for the values that they give to known charts inside."""

from collections.abc import Iterable, Iterator

from cnilint.diagnostics.model import ObjectRef
from cnilint.diagnostics.span import Span
from cnilint.extract.chartfiles import ChartFiles, ChartFolder
from cnilint.extract.model import FileFacts, Gathered, ObjectFacts
from cnilint.extract.releases import read_releases
from cnilint.facts.model import Stated, Stating
from cnilint.gitops.helm import Installation, Release
from cnilint.packs.charts.values import GivenValues
from cnilint.packs.library import Library


def add_umbrellas(gathered: Gathered, folders: Iterable[str], library: Library, files: ChartFiles) -> None:
    """Adds the values of the known charts that the charts in some folders depend on, where no object installs them."""
    deployed = {release.span.file for fact in _facts(gathered) for release in fact.releases}
    for folder in folders:
        chart = files.chart(folder)
        path = f"{folder}/Chart.yaml".lstrip("/")
        if (
            chart is None
            or path in deployed
            or not any(_is_known(each.name, library) for each in chart.dependencies)
        ):
            continue
        span = Span(file=path, line=1, column=1, end_line=1, end_column=1)
        owner = ObjectRef(api_version="helm/v1", kind="Chart", namespace=None, name=chart.name, span=span)
        values = tuple(_values(chart, owner, library, files))
        if values:
            gathered.files.append(FileFacts(file=path, objects=(_fact(owner, values),)))


def _facts(gathered: Gathered) -> Iterator[ObjectFacts]:
    for file in gathered.files:
        yield from file.objects
    for built in gathered.builds:
        yield from built.objects


def _is_known(name: str, library: Library) -> bool:
    return name in library.charts.named


def _values(
    chart: ChartFolder, owner: ObjectRef, library: Library, files: ChartFiles
) -> Iterator[GivenValues]:
    """The values of the charts inside; what they refer to is not read, for the release has no name here."""
    release = Release(name="", chart=chart.name, namespace=None, span=owner.span)
    alone = Installation(
        release=release,
        layers=(),
        folder=chart.path,
        certain=True,
        beside=None,
        ignores_missing=False,
        parameters={},
    )
    for given in read_releases(Stating(owner=owner), [alone], files, (), library.charts.named).values:
        if given.release.span.file == owner.span.file:
            yield given


def _fact(owner: ObjectRef, values: tuple[GivenValues, ...]) -> ObjectFacts:
    return ObjectFacts(
        owner=owner,
        definitions=(),
        stated=Stated(owner=owner),
        diagnostics=(),
        mentions=(),
        deployments=(),
        address=None,
        releases=(),
        values=values,
        part=None,
        api_version=owner.span,
    )
