"""The trip of ``cnilint ownership``: dumps, manifests, object audits, diagnostics; then the report."""

from collections.abc import Iterator, Mapping, Sequence
from os.path import relpath

from msgspec import Struct
from msgspec.structs import replace

from cnilint.analysis.settings import AuditSettings
from cnilint.checks import CODES, of_families
from cnilint.checks.run import audit as run_checks
from cnilint.cluster.model import ClusterObjects
from cnilint.diagnostics.model import Diagnostic
from cnilint.environment import Environment
from cnilint.errors import UsageError
from cnilint.facts.owner import owner_of
from cnilint.findings.bound import bounded
from cnilint.findings.model import Finding
from cnilint.findings.policy import Policy, RunScope, findings
from cnilint.findings.suppression import comments
from cnilint.ownership.explain.diagnosis import diagnoses
from cnilint.ownership.explain.grouping import causes_of
from cnilint.ownership.explain.notices import notices
from cnilint.ownership.inputs.desired import CRD, Manifests, read_desired
from cnilint.ownership.inputs.live import Dump, LiveObject, distinct_objects, read_dump
from cnilint.ownership.inputs.releases import OldRelease
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.plan import object_key, plan
from cnilint.ownership.predict.applier import ApplierChoice
from cnilint.ownership.predict.audits import audit_objects
from cnilint.ownership.tree import ownership_view
from cnilint.report.model import Coverage, EnvironmentSummary, Report
from cnilint.report.ownership_view import Ownership, OwnershipView
from cnilint.source import StandardInput
from cnilint.source.base import Source
from cnilint.source.workers import Workers
from cnilint.ssa.fieldpath.fields import SharedSets
from cnilint.ssa.schema.crd import declare_all
from cnilint.ssa.schema.kinds import Kinds, kinds
from cnilint.ssa.typed.values import JsonObject

_REPORTABLE = of_families("ownership", "input")
_RELEASE_GIVEN = "give them with --previous"
_RELEASE_IN_CLUSTER = "--read-secrets reads the Secret that has them, --previous gives them"
_WORTH_A_PROCESS = 20
"""Fewer views than this per process take less time than starting it."""

_OUTCOMES = ("total", "resolved", "broken", "optional", "provided", "external", "unverifiable")


class OwnershipAnalysis(Struct, frozen=True, kw_only=True):
    """Everything that a run knows about live objects, before any policy is applied.

    ``texts`` are the bytes of the dumps by the name that reports show. ``desired`` is None where no manifests were
    given: then nothing is predicted. ``after`` are its environments as they will be after the apply. ``kinds`` are those
    of the cluster's release and its custom resources. ``unread`` are notices of what is not known of a cluster.
    """

    settings: AuditSettings
    texts: Mapping[str, bytes]
    dumps: tuple[Dump, ...]
    lives: tuple[LiveObject, ...]
    desired: Manifests | None
    after: tuple[Environment, ...]
    kinds: Kinds
    audits: tuple[ObjectAudit, ...]
    notices: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    unread: tuple[str, ...] = ()


def audit(
    texts: Mapping[str, bytes],
    settings: AuditSettings,
    desired: Source | None = None,
    previous: Source | None = None,
) -> OwnershipAnalysis:
    """Audits live objects, and predicts what applying the manifests of ``desired`` does to them.

    ``texts`` are dumps by the name that reports show. ``previous`` has the manifests of the old release, for tools
    that compare with them. Raises SchemaError for a bad Kubernetes version, and UsageError for an old release that no
    applier compares with.
    """
    dumps = _dumps(texts, shown=settings.managed_fields_shown)
    return with_diagnostics(
        _predicted(
            texts=texts,
            dumps=dumps,
            settings=settings,
            manifests=_manifests(desired, settings, dumps),
            old=_named_release(previous, settings, dumps),
        )
    )


def audit_cluster(
    read: ClusterObjects, settings: AuditSettings, desired: Manifests, previous: Source | None = None
) -> OwnershipAnalysis:
    """Audits what was read of a cluster, and predicts what applying the manifests does to it. Raises as ``audit``."""
    named = _named_release(previous, settings, _dumps(read.dumps, shown=True)) if previous is not None else ()
    return replace(with_diagnostics(predict_in_cluster(read, settings, desired, named)), unread=read.notices)


def predict_in_cluster(
    read: ClusterObjects, settings: AuditSettings, desired: Manifests, named: Sequence[OldRelease]
) -> OwnershipAnalysis:
    """What applying the manifests does to what was read of a cluster, without diagnostics. ``named`` is the old release
    that the user gives.

    The cluster says its version, where the settings do not, and how its custom resources merge. Raises as ``audit``.
    """
    dumps = _dumps(read.dumps, shown=True)
    return _predicted(
        texts=read.dumps,
        dumps=dumps,
        settings=replace(settings, kube_version=settings.kube_version or read.version),
        manifests=desired,
        old=named or tuple(_read_releases(read, settings, dumps)),
        definitions=read.definitions,
        release_hint=_RELEASE_IN_CLUSTER,
    )


def _predicted(
    *,
    texts: Mapping[str, bytes],
    dumps: tuple[Dump, ...],
    settings: AuditSettings,
    manifests: Manifests | None,
    old: Sequence[OldRelease],
    definitions: Sequence[JsonObject] = (),
    release_hint: str = _RELEASE_GIVEN,
) -> OwnershipAnalysis:
    """The live objects of dumps and what an apply does to them, without diagnostics."""
    lives = tuple(distinct_objects(dumps))
    failures: list[str] = []
    workers = Workers(jobs=settings.jobs, tell=failures.append)
    known = _kinds(settings.kube_version, lives, manifests, definitions)
    choice = ApplierChoice(
        name=settings.applier,
        manager=settings.manager,
        force=settings.force,
        environment=settings.environment,
    )
    audits, environments = audit_objects(lives, manifests, old, choice, kinds=known, workers=workers)
    given = [release for release in old if release.name is None]
    if given and not any(each.needs_release for each in audits):
        raise UsageError(
            "--previous: no live object is applied by a tool that compares with its old release",
            "name the tool with --applier",
        )
    return OwnershipAnalysis(
        settings=settings,
        texts=texts,
        dumps=dumps,
        lives=lives,
        desired=manifests,
        after=environments,
        kinds=known,
        audits=tuple(audits),
        notices=(*notices(audits, manifests, old, choice, release_hint), *failures),
    )


def with_diagnostics(analysis: OwnershipAnalysis) -> OwnershipAnalysis:
    """The analysis with what the checks of live objects find."""
    failures: list[str] = []
    workers = Workers(jobs=analysis.settings.jobs, tell=failures.append)
    found = (*_reader_diagnostics(analysis.dumps), *run_checks(analysis.audits, analysis.kinds, workers))
    return replace(analysis, diagnostics=found, notices=(*analysis.notices, *failures))


def report(
    analysis: OwnershipAnalysis, policy: Policy, *, tree: bool = False, portraits: bool = True
) -> Report:
    """The report on an audit under a policy. ``tree`` shows every object with all its fields; without ``portraits`` no
    object is shown field by field, and no repair is worked out."""
    scope = RunScope(
        comments={name: found for name, data in analysis.texts.items() if (found := comments(name, data))},
        codes=CODES,
        reportable=_REPORTABLE,
    )
    result = findings(analysis.diagnostics, policy, scope)
    source = None if analysis.desired is None else analysis.desired.gathered.source
    failures: list[str] = []
    owned = ownership_of(analysis, result.findings, failures, tree=tree, portraits=portraits)
    return Report(
        root="." if source is None else relpath(source.root),
        revision=None if source is None else source.revision,
        environments=tuple(_environments(analysis.audits)),
        coverage=_coverage(analysis),
        findings=tuple(bounded(result.findings)),
        notices=(*analysis.unread, *_of_manifests(analysis), *analysis.notices, *result.notices, *failures),
        secret_files=_secret_files(analysis),
        ownership=owned,
    )


def _of_manifests(analysis: OwnershipAnalysis) -> Sequence[str]:
    return () if analysis.desired is None else analysis.desired.gathered.notices


def ownership_of(
    analysis: OwnershipAnalysis,
    found: Sequence[Finding],
    failures: list[str],
    *,
    tree: bool = False,
    portraits: bool = True,
) -> Ownership:
    """What reports show of the live objects, given all findings of the run. ``failures`` takes those of processes."""
    audits = analysis.audits
    shown = audits if tree else _with_findings(audits, found) if portraits else ()
    return Ownership(
        objects=len(analysis.lives),
        matched=sum(each.manifest is not None for each in audits),
        predicted=sum(map(_is_predicted, audits)),
        portraits=tuple(_views(shown, diagnoses(audits), analysis, failures, everything=tree)),
        plan=tuple(plan(audits, found)),
        causes=tuple(causes_of(found, audits, CODES)),
    )


def _views(
    shown: Sequence[ObjectAudit],
    explained: Mapping[int, str],
    analysis: OwnershipAnalysis,
    failures: list[str],
    *,
    everything: bool,
) -> Iterator[OwnershipView]:
    """The objects field by field, each with its repair. ``failures`` takes those of processes."""
    workers = Workers(jobs=analysis.settings.jobs, tell=failures.append)
    return workers.map(
        lambda number: ownership_view(
            shown[number], analysis.kinds, explained.get(id(shown[number]), ""), everything=everything
        ),
        range(len(shown)),
        worth=_WORTH_A_PROCESS,
    )


def _secret_files(analysis: OwnershipAnalysis) -> frozenset[str]:
    return frozenset() if analysis.desired is None else frozenset(analysis.desired.gathered.secret_files)


def _dumps(texts: Mapping[str, bytes], *, shown: bool) -> tuple[Dump, ...]:
    sets = SharedSets()
    return tuple(read_dump(name, data, shown=shown, sets=sets) for name, data in texts.items())


def _manifests(source: Source | None, settings: AuditSettings, dumps: Sequence[Dump]) -> Manifests | None:
    if source is None:
        return None
    return read_desired(source, settings.config, settings.namespace, dumps, settings.jobs)


def _named_release(
    source: Source | None, settings: AuditSettings, dumps: Sequence[Dump]
) -> tuple[OldRelease, ...]:
    """The old release that the user gives."""
    manifests = _manifests(source, settings, dumps)
    return () if manifests is None else (OldRelease(manifests),)


def _read_releases(
    read: ClusterObjects, settings: AuditSettings, dumps: Sequence[Dump]
) -> Iterator[OldRelease]:
    """The old releases that were read of a cluster, each in the namespace of its record."""
    config = replace(settings.config, environments=())
    for name, text in read.releases.items():
        source = StandardInput(f"live-cluster/{name.namespace}/releases/{name.name}.yaml", text.encode())
        yield OldRelease(read_desired(source, config, name.namespace, dumps), name)


def _reader_diagnostics(dumps: Sequence[Dump]) -> Iterator[Diagnostic]:
    """Those of the text of the dumps."""
    for dump in dumps:
        for found in dump.diagnostics:
            yield Diagnostic(code=found.code, span=found.span, message=found.message, hint=found.hint)


def _kinds(
    version: str | None,
    lives: Sequence[LiveObject],
    desired: Manifests | None,
    definitions: Sequence[JsonObject],
) -> Kinds:
    """The kinds of the cluster's release and of every CustomResourceDefinition.

    A definition among the manifests overrides one of the dump or the cluster.
    """
    dumped = (live.value for live in lives if live.obj.kind == CRD)
    own = desired.definitions if desired is not None else ()
    return declare_all(kinds(version), (*definitions, *dumped, *own))


def _environments(cases: Sequence[ObjectAudit]) -> Iterator[EnvironmentSummary]:
    """The environments that the live objects belong to."""
    used = {case.manifest.environment.name: case.manifest.environment for case in cases if case.manifest}
    for name in sorted(used):
        yield EnvironmentSummary(name, used[name].roots, len(used[name].objects))


def _coverage(analysis: OwnershipAnalysis) -> Coverage:
    """What was read. References are not counted: only those of leftovers are resolved."""
    gathered = None if analysis.desired is None else analysis.desired.gathered
    return Coverage(
        files=len(analysis.dumps) + (gathered.read if gathered else 0),
        documents=sum(dump.documents for dump in analysis.dumps) + (gathered.documents if gathered else 0),
        objects=len(analysis.lives),
        references=dict.fromkeys(_OUTCOMES, 0),
        reasons={},
        skipped=tuple(sorted(gathered.skipped.items())) if gathered else (),
    )


def _with_findings(audits: Sequence[ObjectAudit], found: Sequence[Finding]) -> Sequence[ObjectAudit]:
    """The objects with findings, in their order."""
    owners = {object_key(one.owner) for one in found if one.owner is not None and one.suppressed is None}
    return [each for each in audits if object_key(owner_of(each.live.obj)) in owners]


def _is_predicted(case: ObjectAudit) -> bool:
    """Whether the outcome of the apply is known; a refusal is one."""
    outcome = case.prediction
    return outcome is not None and (outcome.written is not None or outcome.refused is not None)
