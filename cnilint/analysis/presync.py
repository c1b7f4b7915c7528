"""The trip of ``cnilint presync``: manifests, live objects, predicted applies, the cluster after the sync, the report.

Everything is judged as it will be after the sync: the manifests laid over the live objects, with what their applies
leave behind.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from cnilint.analysis.check import Analysis, analyze_facts, scope_of
from cnilint.analysis.check import report as manifest_report
from cnilint.analysis.cluster import SyncObjects, live_of_sync, pruned_by_sync, workloads_of
from cnilint.analysis.dryrun import dry_runs
from cnilint.analysis.ownership import (
    OwnershipAnalysis,
    ownership_of,
    predict_in_cluster,
    with_diagnostics,
)
from cnilint.analysis.settings import AnalysisSettings, AuditSettings, ClusterSettings, SyncSettings
from cnilint.analysis.snapshot import EarlierSnapshot, read_snapshot
from cnilint.checks import of_families
from cnilint.checks.changes.context import ChangeFacts
from cnilint.checks.releases.charts import parts_with_charts
from cnilint.checks.run import find_changes
from cnilint.cluster.connect import connect
from cnilint.cluster.model import WantedObject
from cnilint.diagnostics.model import Diagnostic, ObjectRef
from cnilint.diagnostics.span import Span
from cnilint.extract.file import facts_of
from cnilint.extract.model import ObjectFacts
from cnilint.extract.read import Progress
from cnilint.facts.owner import owner_of
from cnilint.findings.policy import Policy, RunScope
from cnilint.ownership.inputs.desired import Manifests, in_environment, read_whole_desired
from cnilint.ownership.inputs.positions import shown_path
from cnilint.ownership.inputs.releases import OldRelease
from cnilint.ownership.predict.removed import in_use, removed_data
from cnilint.ownership.since import SinceOutcome, since
from cnilint.ownership.snapshot import SavedObject
from cnilint.packs.upgrades import ComponentUpgrade, upgrades
from cnilint.report.model import Report
from cnilint.report.sync_view import ComponentStep, ObjectSince, SyncSummary, UpgradeAdvice
from cnilint.resolve.charts import chart_of, sources_among
from cnilint.resolve.live import LiveObjects
from cnilint.source.base import Source
from cnilint.versions import parse_version


class PresyncAnalysis(Struct, frozen=True, kw_only=True):
    """Everything that a run knows about a sync, before any policy is applied.

    ``checked`` are the manifests in the cluster as it will be, ``owned`` the live objects and what the applies do to them,
    ``changes`` what the checks of changes found. ``since`` is what became of the objects of an earlier snapshot, None
    without one. ``texts`` are all dumps by the name that reports show. ``unread`` says what of the cluster could not be
    read, ``dry_runs`` how many applies the API server was asked for, None for a run without.
    """

    checked: Analysis
    owned: OwnershipAnalysis
    changes: tuple[Diagnostic, ...]
    upgrades: tuple[ComponentUpgrade, ...]
    since: tuple[SinceOutcome, ...] | None
    texts: Mapping[str, bytes]
    unread: tuple[str, ...]
    notices: tuple[str, ...]
    dry_runs: int | None

    @property
    def selects_objects(self) -> bool:
        """Whether there is a manifest that can be applied: without one the report covers nothing."""
        desired = self.owned.desired
        return desired is not None and bool(desired.objects)


def presync(
    source: Source,
    audit: AuditSettings,
    cluster: ClusterSettings,
    sync: SyncSettings,
    *,
    previous: Source | None = None,
    progress: Progress | None = None,
) -> PresyncAnalysis:
    """Compares the manifests of a source with the cluster. ``previous`` are those of the old release, for appliers that
    compare with it. Raises SchemaError for a bad Kubernetes version, and UsageError."""
    earlier = EarlierSnapshot() if sync.since_snapshot is None else read_snapshot(sync.since_snapshot)
    desired = _read(source, audit, progress)
    old = None if previous is None else read_whole_desired(previous, audit.config, audit.namespace)
    with connect(cluster.context) as client:
        live = live_of_sync(client, cluster, audit, desired, old, more=map(_wanted, earlier.objects))
        owned = _predicted(live, audit, desired, old)
        asked = dry_runs(client, owned.audits, owned.kinds) if sync.server_dry_run else None
        owned = with_diagnostics(owned if asked is None else replace(owned, audits=asked.audits))
        removed = removed_data(owned.audits)
        pruned = pruned_by_sync(client, cluster, live.named, desired)
        workloads = workloads_of(client, cluster, (*removed, *pruned.data), desired.library)
    checked = _checked(owned, sync)
    readers = (*_readers(workloads.facts, desired), *_unchanged(owned))
    applied = [one.fact for same in desired.objects.values() for one in same]
    steps = tuple(_upgrades(owned, desired, sync))
    was_read = partial(_was_read, live, cluster)
    became = tuple(since(earlier.objects, owned.lives, owned.kinds, was_read=was_read))
    change = ChangeFacts(
        in_use=(*in_use(removed, readers), *in_use(pruned.data, (*readers, *applied))),
        upgrades=[("", one) for one in steps],
        kinds=owned.kinds,
        since=became,
    )
    return PresyncAnalysis(
        checked=checked,
        owned=owned,
        changes=tuple(find_changes(change)),
        upgrades=steps,
        since=None if sync.since_snapshot is None else became,
        texts={**live.named.dumps, **live.listed, **pruned.texts, **workloads.texts, **earlier.texts},
        unread=(*live.unread, *workloads.unread, *(asked.notices if asked is not None else ())),
        notices=(*live.notices, *pruned.notices),
        dry_runs=None if asked is None else asked.tried,
    )


def report(analysis: PresyncAnalysis, policy: Policy, *, portraits: bool = True) -> Report:
    """The report on a sync under a policy: one list of findings, with the plan of the applies."""
    checked, owned = analysis.checked, analysis.owned
    whole = replace(
        checked,
        diagnostics=(*checked.diagnostics, *owned.diagnostics, *analysis.changes),
        notices=(*analysis.unread, *analysis.notices, *owned.notices, *checked.notices),
    )
    found = manifest_report(whole, policy, _scope(analysis))
    failures: list[str] = []
    owned_view = ownership_of(owned, found.findings, failures, portraits=portraits)
    return replace(
        found,
        notices=(*found.notices, *failures),
        coverage=replace(found.coverage, files=found.coverage.files + len(owned.dumps)),
        ownership=owned_view,
        sync=SyncSummary(
            upgrades=tuple(map(_step, analysis.upgrades)),
            unread=analysis.unread,
            dry_runs=analysis.dry_runs,
            since=None if analysis.since is None else tuple(map(_became, analysis.since)),
        ),
    )


def _read(source: Source, audit: AuditSettings, progress: Progress | None) -> Manifests:
    """The manifests that will be applied to this cluster."""
    desired = read_whole_desired(source, audit.config, audit.namespace, jobs=audit.jobs, progress=progress)
    return desired if audit.environment is None else in_environment(desired, audit.environment)


def _predicted(
    live: SyncObjects, audit: AuditSettings, desired: Manifests, old: Manifests | None
) -> OwnershipAnalysis:
    """What the applies do to the live objects, in the cluster as it is."""
    named = () if old is None else (OldRelease(old),)
    return predict_in_cluster(live.named, audit, replace(desired, live=live.live), named)


def _checked(owned: OwnershipAnalysis, sync: SyncSettings) -> Analysis:
    """The manifests of the environments that are applied to this cluster, in the cluster as it will be."""
    desired, audit = owned.desired, owned.settings
    assert desired is not None
    settings = AnalysisSettings(
        namespace=audit.namespace,
        targets=sync.targets,
        kube_version=None if audit.kube_version is None else parse_version(audit.kube_version),
        config=audit.config,
    )
    analysis = analyze_facts(desired.gathered, settings, _remaining(owned, desired.live), owned.after)
    applied = {one.environment.name for same in desired.objects.values() for one in same}
    others = {each.name for each in analysis.environments} - applied
    return replace(
        analysis,
        environments=tuple(each for each in analysis.environments if each.name in applied),
        resolutions=tuple(each for each in analysis.resolutions if each.environment.name in applied),
        diagnostics=tuple(each for each in analysis.diagnostics if each.environment not in others),
    )


def _remaining(owned: OwnershipAnalysis, live: LiveObjects) -> LiveObjects:
    """The live objects without those that the sync deletes."""
    gone = {_identity(owner_of(each.live.obj)) for each in owned.audits if each.is_deleted}
    environments = tuple(
        replace(each, objects=tuple(fact for fact in each.objects if _identity(fact.owner) not in gone))
        for each in live.environments
    )
    return replace(live, environments=environments)


def _readers(workloads: Iterable[ObjectFacts], desired: Manifests) -> Iterator[ObjectFacts]:
    """The live workloads that no manifest names: of the others the manifests say what they will read."""
    named = {
        (identity[1], one.namespace, identity[2])
        for identity, same in desired.objects.items()
        for one in same
    }
    for fact in workloads:
        if _identity(fact.owner) not in named:
            yield fact


def _identity(owner: ObjectRef) -> tuple[str, str | None, str]:
    return owner.kind, owner.namespace, owner.name


def _unchanged(owned: OwnershipAnalysis) -> Iterator[ObjectFacts]:
    """The live objects that stay as they are although they have a manifest: their apply is refused or left out."""
    desired = owned.desired
    for each in owned.audits:
        if desired is not None and each.manifest is not None and (each.is_refused or each.is_skipped):
            yield facts_of(each.live.obj, desired.library)


def _upgrades(owned: OwnershipAnalysis, desired: Manifests, sync: SyncSettings) -> Iterator[ComponentUpgrade]:
    """The steps of the components from the live objects to the manifests."""
    facts = [facts_of(each.live.obj, desired.library) for each in owned.audits if each.manifest is not None]
    applied = [one.fact for same in desired.objects.values() for one in same if not one.environment.unjudged]
    library, targets = desired.library, sync.targets
    before = parts_with_charts(facts, library, {}, partial(chart_of, sources_among(facts)))
    after = parts_with_charts(applied, library, targets, partial(chart_of, sources_among(applied)))
    return upgrades(before, after, targets, library)


def _scope(analysis: PresyncAnalysis) -> RunScope:
    """The selected manifests and all dumps."""
    scope = scope_of(analysis.checked)
    return replace(
        scope,
        files=frozenset((*(scope.files or ()), *analysis.texts)),
        reportable=frozenset((*scope.reportable, *of_families("ownership", "changes"))),
    )


def _was_read(live: SyncObjects, cluster: ClusterSettings, saved: SavedObject) -> bool:
    """Whether the cluster was asked for an object and answered. Which objects it did not answer for is not known."""
    asked = not cluster.live_namespace or saved.namespace in (None, *cluster.live_namespace)
    return asked and not live.unread


def _wanted(saved: SavedObject) -> WantedObject:
    return WantedObject(
        api_version=saved.api_version, kind=saved.kind, namespace=saved.namespace, name=saved.name
    )


def _became(one: SinceOutcome) -> ObjectSince:
    saved = one.saved
    span = Span(file=saved.file, line=1, column=1, end_line=1, end_column=1)
    owner = ObjectRef(
        api_version=saved.api_version, kind=saved.kind, namespace=saved.namespace, name=saved.name, span=span
    )
    return ObjectSince(owner=owner, state=one.state, fields=tuple(map(shown_path, one.fields)))


def _step(one: ComponentUpgrade) -> ComponentStep:
    return ComponentStep(
        component=one.component,
        before=str(one.before),
        after=str(one.after),
        steps=one.steps,
        tool=one.tool,
        advice=tuple(UpgradeAdvice(str(note.version), note.title, note.action) for note in one.notes),
    )
