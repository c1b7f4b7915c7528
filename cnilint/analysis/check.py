"""The whole trip: source, documents, facts, environments, index, findings, report. Nothing else is here."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from os.path import relpath
from pathlib import Path
from posixpath import dirname

from cnilint.analysis.contents import ObjectDigests
from cnilint.analysis.live import snapshot
from cnilint.analysis.selection import asked_for, empty_roots, unread
from cnilint.checks import CODES, of_families
from cnilint.checks.context import CheckContext
from cnilint.checks.releases.find import judge
from cnilint.checks.run import find
from cnilint.config.model import Config
from cnilint.diagnostics.model import Diagnostic, ObjectRef, Severity
from cnilint.environment import Environment
from cnilint.environment.assemble import form
from cnilint.extract.read import Gathered, gather
from cnilint.findings.policy import Policy, findings
from cnilint.packs.library import Library
from cnilint.packs.lifecycle import LIFECYCLE_CODES
from cnilint.producers import platform
from cnilint.report.model import Coverage, Report
from cnilint.report.model import EnvironmentSummary as Shown
from cnilint.resolve import index as indexes
from cnilint.resolve.classify import COUNTED, by_code, counted_as
from cnilint.resolve.lookup import resolve
from cnilint.resolve.outcome import Outcome, Resolution
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
    resolutions = tuple(resolve(index))
    asked = asked_for(source, environments)
    context = CheckContext(
        index=index,
        broken=by_code(resolutions),
        same_content=ObjectDigests(source).same,
    )
    problems = [*_of_the_text(gathered, environments), *_of_objects(environments)]
    problems += find(context)
    releases = judge(environments, library, options.targets, options.kube_version)
    problems += releases.problems
    policy = Policy(
        codes=CODES,
        reportable=_reportable(options),
        select=(*config.select, *options.select),
        ignore=(*config.ignore, *options.ignore),
        severity=config.severity,
        suppressions=config.suppressions,
        comments=gathered.comments,
        today=options.today,
        files=asked.files,
        environments=asked.environments,
        annotated=_annotated(environments),
    )
    result = findings(problems, policy)
    coverage = _coverage(
        gathered, environments, [resolution for resolution in resolutions if asked.holds(resolution)]
    )
    shown = tuple(Shown(each.name, each.roots, len(each.objects)) for each in environments)
    declared = () if options.stream is not None else config.environments
    notices = (
        *unread(source, gathered.skipped),
        *empty_roots(source, declared),
        *releases.notices,
        *result.notices,
    )
    return Report(
        root=relpath(source.root),
        revision=source.revision,
        environments=shown,
        coverage=coverage,
        findings=result.findings,
        notices=notices,
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


def _of_the_text(gathered: Gathered, environments: Sequence[Environment]) -> Iterator[Diagnostic]:
    """What the reader found, with the environment of its file; notes where nothing is judged."""
    by_file = {fact.owner.span.file: each.name for each in environments for fact in each.objects}
    unjudged = {each.name for each in environments if each.unjudged}
    for found in gathered.diagnostics:
        environment = by_file.get(found.span.file, dirname(found.span.file) or ".")
        severity: Severity | None = "note" if environment in unjudged else found.severity
        yield replace(found, environment=environment, severity=severity)


def _of_objects(environments: Iterable[Environment]) -> Iterator[Diagnostic]:
    """What is wrong inside the objects of all judged environments."""
    for environment in environments:
        for fact in environment.objects if not environment.unjudged else ():
            for found in fact.diagnostics:
                yield replace(found, environment=environment.name, owner=fact.owner)


def _annotated(environments: Iterable[Environment]) -> list[ObjectRef]:
    """The objects that carry a suppression, where anything is judged."""
    facts = (fact for each in environments if not each.unjudged for fact in each.objects)
    return [fact.owner for fact in facts if fact.owner.ignore]


def _reportable(options: Options) -> frozenset[str]:
    """The codes that a check of manifests can report; those of API versions only if a Kubernetes version is given."""
    unasked = () if options.kube_version is not None else LIFECYCLE_CODES
    return of_families("references", "releases", "input").difference(unasked)


def _coverage(
    gathered: Gathered, environments: Sequence[Environment], resolutions: Sequence[Resolution]
) -> Coverage:
    """What was read, and what came of the references that were asked for."""
    counts = Counter(counted for resolution in resolutions if (counted := counted_as(resolution)) is not None)
    reasons = Counter(
        resolution.reason for resolution in resolutions if resolution.outcome is Outcome.UNVERIFIABLE
    )
    references = {"total": counts.total(), **{word: counts[word] for word in COUNTED}}
    return Coverage(
        files=gathered.read,
        documents=gathered.documents,
        objects=sum(len(each.objects) for each in environments),
        references=references,
        reasons=dict(sorted(reasons.items())),
        skipped=tuple(sorted(gathered.skipped.items())),
    )
