"""Applies the rule packs and the API lifecycle to each environment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import starmap

from msgspec import Struct
from msgspec.structs import replace

from cnilint.checks.releases.charts import ChartOf, EnvironmentCharts, charts_of, parts_of
from cnilint.diagnostics.model import Diagnostic, ObjectRef
from cnilint.diagnostics.span import Span
from cnilint.environment.model import Environment
from cnilint.packs.evaluate import evaluate
from cnilint.packs.library import Library
from cnilint.packs.lifecycle import check_api, lifecycle_table
from cnilint.packs.parts import Part
from cnilint.versions import Version


class Judgement(Struct, frozen=True, kw_only=True):
    """Diagnostics, sentences about versions, unknown and too new ones, and the targets that match nothing.

    ``charts`` are the places of the Helm charts whose values were checked.
    """

    problems: tuple[Diagnostic, ...]
    notices: tuple[str, ...]
    charts: frozenset[Span]
    unused: tuple[str, ...]


def judge(
    environments: Iterable[Environment],
    library: Library,
    targets: Mapping[str, Version],
    kube_version: Version | None,
    chart_of: ChartOf | None = None,
) -> Judgement:
    """The diagnostics of all environments.

    ``targets`` are versions by component that replace the detected ones; without ``kube_version`` API versions are not
    checked, without ``chart_of`` Helm charts. Raises UsageError for a target without a pack.
    """
    for name in targets:
        library.component(name)
    problems: list[Diagnostic] = []
    notices: list[str] = []
    unverified: dict[str, set[str]] = {}
    found: set[str] = set()
    networks: list[Part] = []
    resources: dict[str, set[ObjectRef]] = {}
    checked: set[Span] = set()
    versions: dict[str, list[Version]] = {}
    for environment in environments:
        if environment.unjudged:
            continue
        charts = (
            EnvironmentCharts()
            if chart_of is None
            else charts_of(environment.objects, library, targets, chart_of)
        )
        parts = [*parts_of(environment.objects), *charts.parts(library)]
        networks += (part for part in parts if part.network)
        if parts or charts.installed:
            found.update(membership.component for part in parts for membership in part.memberships)
            resolution = evaluate(parts, library, targets)
            judged = charts.judged(resolution.problems, parts, library)
            problems += (replace(problem, environment=environment.name) for problem in judged)
            for name, known in resolution.versions.items():
                versions.setdefault(name, []).extend(known)
            for name, owners in resolution.resources.items():
                resources.setdefault(name, set()).update(owners)
            notices += charts.notices()
            for each in resolution.unverified:
                unverified.setdefault(each.reason, set()).add(each.component)
            checked.update(charts.checked)
        if kube_version is not None:
            problems += _removed_apis(environment, kube_version)
    notices = [
        *_too_new(versions, library),
        *starmap(_unverified, unverified.items()),
        *notices,
        *_unversioned(resources),
        *_unknown_networks(networks),
    ]
    return Judgement(
        problems=tuple(problems),
        notices=tuple(dict.fromkeys(notices)),
        charts=frozenset(checked),
        unused=tuple(name for name in targets if name not in found),
    )


def _unverified(reason: str, components: Set[str]) -> str:
    """A notice for the components whose version is not known for the same reason."""
    *others, last = sorted(components)
    named = f"{', '.join(others)} and {last} were" if others else f"{last} was"
    return f"{named} not checked by version: {reason}"


def _unversioned(resources: Mapping[str, Set[ObjectRef]]) -> Iterator[str]:
    """A notice for the custom resources of each component that nothing gives a version of."""
    for component, owners in sorted(resources.items()):
        number = "a custom resource" if len(owners) == 1 else f"{len(owners)} custom resources"
        verb = "was" if len(owners) == 1 else "were"
        yield f"{number} of {component} {verb} not checked by version: nothing in the environment gives one"


def _unknown_networks(parts: Iterable[Part]) -> Iterator[str]:
    """A notice for each DaemonSet of the cluster network that no rules are about."""
    signs: dict[tuple[str, str], set[ObjectRef]] = {}
    for part in parts:
        signs.setdefault((part.owner.name, part.network), set()).add(part.owner)
    for (name, sign), owners in signs.items():
        number = f" ({len(owners)} DaemonSets)" if len(owners) > 1 else ""
        yield f"network component {name}{number} was not checked by version: no rules are about it; {sign}"


def _too_new(versions: Mapping[str, Sequence[Version]], library: Library) -> Iterator[str]:
    """A notice for each component at versions of a minor after the newest that its rules know."""
    for component, known in sorted(versions.items()):
        newest = library.newest(component)
        beyond = {each.numbers: each for each in known if newest is not None and each.minor > newest}
        if newest is not None and beyond:
            numbers, verb = (
                " and ".join(str(beyond[each]) for each in sorted(beyond)),
                "is" if len(beyond) == 1 else "are",
            )
            last = ".".join(map(str, newest))
            yield f"{component} {numbers} {verb} newer than the rules, which know releases up to {last}"


def _removed_apis(environment: Environment, release: Version) -> Iterator[Diagnostic]:
    table = lifecycle_table()
    for fact in environment.objects:
        problem = check_api(fact.owner, fact.api_version, release, table)
        if problem is not None:
            yield replace(problem, environment=environment.name)
