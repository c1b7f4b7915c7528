"""Applies rule data to the Helm charts of each environment."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cnilint.diagnostics.model import Diagnostic
from cnilint.diagnostics.span import Span
from cnilint.environment.model import Environment
from cnilint.gitops.helm import ChartSource, Release
from cnilint.packs.charts.installed import InstalledChart, installed_chart
from cnilint.packs.charts.judge import judge_values
from cnilint.packs.charts.rendered import chart_parts, version_notices
from cnilint.packs.library import Library
from cnilint.packs.parts import Part
from cnilint.versions import Version

ChartOf = Callable[[Release], ChartSource]
"""Gives the chart of a release, with the address of its repository."""


class EnvironmentCharts(Struct, frozen=True):
    """The known charts that one environment installs."""

    installed: tuple[InstalledChart, ...] = ()

    def parts(self, library: Library) -> list[Part]:
        """What the charts are known to make, as parts of the components that have rules."""
        known = (each for each in self.installed if each.chart.component in library.components)
        return [part for each in known for part in chart_parts(each)]

    @property
    def checked(self) -> frozenset[Span]:
        """The places of the charts whose values are checked: by a table of what a known release reads."""
        known = (each for each in self.installed if each.versions and each.newest is not None)
        return frozenset(each.given.release.span for each in known)

    def judged(
        self, problems: Iterable[Diagnostic], parts: Sequence[Part], library: Library
    ) -> Iterator[Diagnostic]:
        """The problems of the environment's ``parts``, and those of values; a value has those of the chart alone."""
        of_values = [problem for each in self.installed for problem in judge_values(each, parts, library)]
        places = {(problem.owner, problem.path) for problem in of_values}
        yield from of_values
        for problem in _of_releases(problems, parts):
            if (problem.owner, problem.path) not in places:
                yield problem

    def notices(self) -> Iterator[str]:
        yield from version_notices(self.installed)


def charts_of(
    environment: Environment, library: Library, targets: Mapping[str, Version], chart_of: ChartOf
) -> EnvironmentCharts:
    """The known charts that an environment installs."""
    found = (
        installed_chart(
            given, replace(fact.owner, defaulted=False), chart_of(given.release), library.charts, targets
        )
        for fact in environment.objects
        for given in fact.values
    )
    return EnvironmentCharts(tuple(each for each in found if each is not None))


def _of_releases(problems: Iterable[Diagnostic], parts: Sequence[Part]) -> Iterator[Diagnostic]:
    """The problems, those of objects that a chart makes as the release's."""
    releases = {part.owner: part.stated_by for part in parts if part.stated_by is not None}
    for problem in problems:
        owner = problem.owner if problem.owner is None else releases.get(problem.owner, problem.owner)
        yield replace(problem, owner=owner)
