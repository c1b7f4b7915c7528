"""The whole trip: source, documents, facts, environments, index, findings, report. Nothing else is here."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from posixpath import dirname

from cnilint import index as indexes
from cnilint.checks import CHECKS
from cnilint.checks.evidence import Evidence
from cnilint.config import Config
from cnilint.contents import Contents
from cnilint.document import Fault
from cnilint.environment import Environment, form
from cnilint.finding import Coverage, Problem, Report
from cnilint.finding import Environment as Shown
from cnilint.findings import Policy, findings
from cnilint.gather import Gathered, gather
from cnilint.live import snapshot
from cnilint.packs.library import Library
from cnilint.producers import platform
from cnilint.releases import judge
from cnilint.resolve import SETTLED, Outcome, Verdict, resolve
from cnilint.source.base import Source
from cnilint.versions import Version


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of a check."""

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    namespace: str | None = None
    closed_world: bool = False
    today: str = ""
    jobs: int = 1
    stream: str | None = None
    targets: Mapping[str, Version] = field(default_factory=dict)
    kube_version: Version | None = None
    live: Sequence[Path] = ()
    render: bool = False
    config: Config = field(default_factory=Config)


Progress = Callable[[int, int], None]


def check(
    source: Source, options: Options, progress: Progress | None = None
) -> tuple[Report, Sequence[Environment]]:
    """The report on a source, and the environments that were formed."""
    config = options.config
    library = _library(config.packs)
    gathered = gather(source, config.exclude, library, options.jobs, progress, render=options.render)
    environments = _environments(gathered, options)
    live = snapshot(options.live, library)
    index = indexes.build(
        [*environments, *live.environments],
        platform=(*platform(), *config.producers),
        imperative=gathered.imperative,
        external=config.external,
        charts=gathered.charts,
        closed_world=options.closed_world,
        covered=live.covered,
    )
    verdicts = tuple(resolve(index))
    evidence = Evidence(index, verdicts, tuple(_faults(gathered, environments)), Contents(source).same)
    problems = [problem for module in CHECKS for problem in module.find(evidence)]
    releases = judge(environments, library, options.targets, options.kube_version)
    problems += releases.problems
    policy = Policy(
        (*config.select, *options.select),
        (*config.ignore, *options.ignore),
        config.severity,
        config.suppressions,
        gathered.comments,
        options.today,
    )
    result = findings(_selected(problems, source), policy)
    coverage = _coverage(gathered, environments, verdicts)
    shown = tuple(Shown(each.name, each.roots, len(each.objects)) for each in environments)
    return Report(
        source.root, source.revision, shown, coverage, result.findings, (*releases.notices, *result.notices)
    ), environments


@lru_cache(maxsize=4)
def _library(packs: tuple[Path, ...]) -> Library:
    return Library(extra=packs)


def _environments(gathered: Gathered, options: Options) -> list[Environment]:
    environments = form(
        gathered.files,
        gathered.builds,
        kustomized=gathered.kustomized,
        hydrated=gathered.hydrated,
        declared=options.config.environments,
        base=gathered.base,
        stream=options.stream,
    )
    if options.namespace is None:
        return environments
    return [replace(each, namespace=each.namespace or options.namespace) for each in environments]


def _faults(gathered: Gathered, environments: Iterable[Environment]) -> Iterator[tuple[str, Fault]]:
    """Faults of the text with the environment of their file."""
    by_file = {fact.owner.span.file: each.name for each in environments for fact in each.objects}
    for fault in gathered.faults:
        yield by_file.get(fault.span.file, dirname(fault.span.file) or "."), fault


def _selected(problems: Iterable[Problem], source: Source) -> Iterator[Problem]:
    """Only what stands in the files that the user asked for; the others are read to resolve against."""
    selected = frozenset(source.selected)
    everything = len(selected) == len(source.files)
    return (problem for problem in problems if everything or problem.span.file in selected)


def _coverage(
    gathered: Gathered, environments: Sequence[Environment], verdicts: Iterable[Verdict]
) -> Coverage:
    counts = Counter(_counted_as(verdict) for verdict in verdicts)
    reasons = Counter(verdict.reason for verdict in verdicts if verdict.outcome is Outcome.UNVERIFIABLE)
    words = ("resolved", "broken", "optional", "provided", "external", "unverifiable")
    references = {"total": sum(counts.values()), **{word: counts[word] for word in words}}
    return Coverage(
        gathered.read,
        gathered.documents,
        sum(len(each.objects) for each in environments),
        references,
        dict(sorted(reasons.items())),
        tuple(sorted(gathered.skipped.items())),
    )


def _counted_as(verdict: Verdict) -> str:
    if verdict.outcome in SETTLED:
        return verdict.outcome.value
    return "optional" if verdict.reference.optional else "broken"
