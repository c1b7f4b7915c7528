"""The trip of ``cnilint check``: source, facts, environments, index, resolutions, diagnostics; then the report.

Both steps are functions of values, so other commands use them as they are: two analyses of two revisions can be
compared, a policy can filter findings, and an editor can analyze edited facts without reading the source again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache, partial
from os.path import relpath
from pathlib import Path
from posixpath import dirname
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.analysis.digests import ObjectDigests
from cnilint.analysis.live import live_objects, read_files, with_cluster
from cnilint.analysis.named import with_names
from cnilint.analysis.selection import Selection, is_whole, selection
from cnilint.analysis.settings import AnalysisSettings
from cnilint.analysis.unused import unused_entries
from cnilint.checks import CODES, of_families
from cnilint.checks.context import CheckContext
from cnilint.checks.releases.find import judge
from cnilint.checks.run import find
from cnilint.checks.spelling import Spelling
from cnilint.diagnostics.model import Diagnostic, ObjectRef
from cnilint.diagnostics.span import Span
from cnilint.environment import Environment
from cnilint.environment.assemble import environments_of
from cnilint.environment.words import Words
from cnilint.errors import UsageError
from cnilint.extract.file import Keep
from cnilint.extract.model import Gathered
from cnilint.extract.read import Progress, gather
from cnilint.findings.bound import bounded
from cnilint.findings.policy import Policy, RunScope, findings
from cnilint.packs.library import Library
from cnilint.packs.lifecycle import LIFECYCLE_CODES
from cnilint.producers import platform
from cnilint.report.baseline_summary import stale_notices, summary_of
from cnilint.report.model import COUNTED, Coverage, EnvironmentSummary, NotChecked, Report
from cnilint.resolve.charts import chart_of, unchecked_charts
from cnilint.resolve.classify import by_code, counted_as
from cnilint.resolve.index import Index, build
from cnilint.resolve.live import LiveObjects
from cnilint.resolve.lookup import resolve
from cnilint.resolve.outcome import Outcome, Resolution
from cnilint.resolve.search import NameSearch
from cnilint.source.base import Source
from cnilint.versions import Version, parse_version

if TYPE_CHECKING:
    from cnilint.extract.remembered import FactMemory

_VALUES_ONLY = "its templates are not in the repository; its values were checked"
_FAMILIES = ("references", "releases", "input")


class Analysis(Struct, frozen=True, kw_only=True):
    """Everything that a run knows about a source, before any policy is applied.

    ``diagnostics`` are those of the reader, of the objects and of all checks. ``selection`` is the part of the source
    that the user selected: everything is analyzed, only that part is reported.
    """

    settings: AnalysisSettings
    gathered: Gathered
    environments: tuple[Environment, ...]
    live: LiveObjects
    index: Index
    resolutions: tuple[Resolution, ...]
    diagnostics: tuple[Diagnostic, ...]
    notices: tuple[str, ...]
    selection: Selection
    charts: frozenset[Span] = frozenset()
    """The places of the Helm charts whose values were checked."""
    search: NameSearch = field(default_factory=NameSearch)
    """The search for the names that were meant."""
    families: Mapping[str, Set[Words]] | None = None
    """The families of all environments, where those of the analysis are only some."""

    @property
    def source(self) -> Source:
        return self.gathered.source

    def index_with(self, environments: Iterable[Environment]) -> Index:
        """What references resolve against, with some environments in place of those of the same name."""
        changed = {each.name: each for each in environments}
        whole = tuple(changed.get(each.name, each) for each in self.environments)
        return _index(self.gathered, self.settings, self.live, whole, self.families)

    @property
    def selects_objects(self) -> bool:
        """Whether any object is in the selected files or environments: without one the report covers nothing."""
        selected = self.selection
        return any(
            environment.name in selected.environments or fact.owner.span.file in selected.files
            for environment in self.environments
            for fact in environment.objects
        )


def analyze(
    source: Source,
    settings: AnalysisSettings,
    progress: Progress | None = None,
    *,
    keep_built: Keep | None = None,
    memory: "FactMemory | None" = None,
) -> Analysis:
    """Reads and analyzes a source; ``keep_built`` tells which objects of kustomizations are kept as plain values, ``memory`` has
    the facts of files that an earlier run read. Raises UsageError for a bad pack, target, live dump or cluster."""
    config = settings.config
    library = library_of(settings)
    gathered = gather(
        source,
        exclude=config.exclude,
        library=library,
        jobs=settings.jobs,
        progress=progress,
        keep_built=keep_built,
        render=settings.render,
        memory=memory,
    )
    live = live_objects(read_files(settings.live), library)
    if settings.cluster.use_cluster:
        from cnilint.analysis.cluster import listed_objects

        environments = tuple(environments_of(gathered, settings.config.environments, settings.namespace))
        read = listed_objects(
            settings.cluster,
            environments,
            selection(source, environments),
            with_version=settings.kube_version is None,
        )
        live = with_cluster(live, read, library)
        settings = _of_cluster(settings, read.version)
    return analyze_facts(gathered, settings, live)


def analyze_facts(
    gathered: Gathered,
    settings: AnalysisSettings,
    live: LiveObjects | None = None,
    environments: tuple[Environment, ...] | None = None,
    *,
    search: NameSearch | None = None,
    families: Mapping[str, Set[Words]] | None = None,
) -> Analysis:
    """Analyzes facts that were already read. ``live`` are objects of the cluster that complete the environments, which
    are those of the facts unless they are given. ``families`` are those of all environments, where only some are given, and
    ``search`` then is set up for these."""
    config = settings.config
    live = live or LiveObjects()
    if environments is None:
        environments = tuple(environments_of(gathered, settings.config.environments, settings.namespace))
    search = search or NameSearch()
    index = _index(gathered, settings, live, environments, families)
    resolutions = tuple(resolve(index, search))
    releases = judge(
        environments,
        library_of(settings),
        targets_of(settings),
        settings.kube_version,
        partial(chart_of, index.chart_sources),
    )
    return Analysis(
        settings=settings,
        gathered=gathered,
        environments=environments,
        live=live,
        index=index,
        resolutions=resolutions,
        diagnostics=(
            *_reader_diagnostics(gathered, environments),
            *_object_diagnostics(environments),
            *find(
                CheckContext(
                    index=index,
                    resolutions=resolutions,
                    broken=by_code(resolutions),
                    same_content=ObjectDigests(gathered.source).same,
                    charts=releases.charts,
                    spelling=Spelling(search.keys),
                )
            ),
            *releases.problems,
        ),
        notices=(
            *gathered.notices,
            *live.notices,
            *releases.notices,
            *unused_entries(config, gathered.source, resolutions, releases.unused),
        ),
        selection=selection(gathered.source, environments),
        charts=releases.charts,
        search=search,
        families=families,
    )


def _index(
    gathered: Gathered,
    settings: AnalysisSettings,
    live: LiveObjects,
    environments: Sequence[Environment],
    families: Mapping[str, Set[Words]] | None,
) -> Index:
    found = build(
        [*environments, *live.environments],
        platform=(*platform(), *settings.config.producers),
        imperative=gathered.imperative,
        external=settings.config.external,
        rendered=gathered.rendered,
        closed_world=settings.closed_world,
        covered=live.covered,
        denied=live.denied,
        live=live.names,
    )
    return found if families is None else replace(found, families=families)


def report(analysis: Analysis, policy: Policy, scope: RunScope | None = None) -> Report:
    """The report on an analysis under a policy. ``scope`` replaces what the analysis itself covers."""
    named = with_names(analysis.diagnostics, analysis.environments)
    result = findings(named, policy, scope or scope_of(analysis))
    baseline = summary_of(policy.baseline, result)
    return Report(
        root=relpath(analysis.source.root),
        revision=analysis.source.revision,
        environments=tuple(
            EnvironmentSummary(each.name, each.roots, len(each.objects)) for each in analysis.environments
        ),
        coverage=_coverage(analysis),
        findings=tuple(bounded(result.findings)),
        notices=(*analysis.notices, *result.notices, *stale_notices(baseline)),
        baseline=baseline,
        secret_files=frozenset(analysis.gathered.secret_files),
    )


def scope_of(analysis: Analysis) -> RunScope:
    """What an analysis covers, and the suppressions that it read."""
    return RunScope(
        files=analysis.selection.files,
        environments=analysis.selection.environments,
        comments=analysis.gathered.comments,
        annotated=_annotated(analysis.environments),
        codes=CODES,
        reportable=_reportable(analysis.settings),
        whole=is_whole(analysis.source),
    )


def _of_cluster(settings: AnalysisSettings, version: str | None) -> AnalysisSettings:
    """The settings with the cluster's Kubernetes version, where the user names none."""
    if settings.kube_version is not None or version is None:
        return settings
    return replace(settings, kube_version=parse_version(version))


@lru_cache(maxsize=4)
def _library(packs: tuple[Path, ...]) -> Library:
    return Library(extra=packs)


def library_of(settings: AnalysisSettings) -> Library:
    """The packs of a run."""
    return _library(settings.config.packs)


def targets_of(settings: AnalysisSettings) -> Mapping[str, Version]:
    """Versions by component: the configuration's, overridden by those of the command line."""
    targets = {}
    for name, text in settings.config.targets.items():
        version = parse_version(text)
        if version is None:
            raise UsageError(f"targets.{name}: `{text}` is not a version", "expected one such as 1.30")
        targets[name] = version
    return {**targets, **settings.targets}


def _reader_diagnostics(gathered: Gathered, environments: Sequence[Environment]) -> Iterator[Diagnostic]:
    """Those of the text, with the environment of the file; notes, with the reason, where that is not judged."""
    by_file = {file: each.name for each in environments for file in each.without_objects}
    by_file |= {fact.owner.span.file: each.name for each in environments for fact in each.objects}
    unjudged = {each.name: each.unjudged for each in environments if each.unjudged}
    for found in gathered.diagnostics:
        environment = by_file.get(found.span.file, dirname(found.span.file) or ".")
        why = unjudged.get(environment, "")
        if why and (found.severity or CODES[found.code].severity) != "note":
            evidence = (*found.evidence, why)
            found = replace(found, severity="note", confidence="possible", evidence=evidence)
        yield replace(found, environment=environment)


def _object_diagnostics(environments: Iterable[Environment]) -> Iterator[Diagnostic]:
    """Those inside the objects of all judged environments."""
    for environment in environments:
        for fact in environment.objects if not environment.unjudged else ():
            for found in fact.diagnostics:
                yield replace(found, environment=environment.name, owner=fact.owner)


def _annotated(environments: Iterable[Environment]) -> list[ObjectRef]:
    """The objects of judged environments that carry a suppression."""
    facts = (fact for each in environments if not each.unjudged for fact in each.objects)
    return [fact.owner for fact in facts if fact.owner.ignore]


def _reportable(settings: AnalysisSettings) -> frozenset[str]:
    """The codes that a check can report: none of live objects or changes, and the API lifecycle only with a version."""
    unchecked = () if settings.kube_version is not None else LIFECYCLE_CODES
    return of_families(*_FAMILIES).difference(unchecked)


def _coverage(analysis: Analysis) -> Coverage:
    """What was read, and the outcomes of the selected references."""
    gathered = analysis.gathered
    selected = [each for each in analysis.resolutions if analysis.selection.covers(each)]
    counts = Counter(word for each in selected if (word := counted_as(each)) is not None)
    reasons = Counter(each.reason for each in selected if each.outcome is Outcome.UNVERIFIABLE)
    return Coverage(
        files=gathered.read,
        documents=gathered.documents,
        objects=sum(len(each.objects) for each in analysis.environments),
        references={"total": counts.total(), **{word: counts[word] for word in COUNTED}},
        reasons=dict(sorted(reasons.items())),
        skipped=tuple(sorted(gathered.skipped.items())),
        not_checked=tuple(_not_checked(analysis)),
    )


def _not_checked(analysis: Analysis) -> Iterator[NotChecked]:
    """The selected charts that were not rendered, each place once."""
    found = {
        (each.name, each.version, each.release.span)
        for each in unchecked_charts(analysis.index)
        if analysis.selection.has(each.release.span.file, each.environment.name)
    }
    for name, version, span in sorted(found, key=lambda each: (*each[:2], each[2].file, each[2].line)):
        yield NotChecked(
            kind="HelmChart",
            name=name,
            version=version,
            file=span.file,
            line=span.line,
            reason=_VALUES_ONLY if span in analysis.charts else "its templates are not in the repository",
        )
