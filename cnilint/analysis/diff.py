"""The trip of ``cnilint diff`` and ``check --since``: two analyses, what is new in the later one, and what the move itself
breaks; then the report."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from posixpath import dirname
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cnilint.analysis.check import Analysis, analyze, library_of, scope_of, targets_of
from cnilint.analysis.check import report as manifest_report
from cnilint.analysis.named import with_names
from cnilint.analysis.places import RemovalPlaces
from cnilint.analysis.settings import AnalysisSettings
from cnilint.checks import of_families
from cnilint.checks.changes.context import ChangeFacts
from cnilint.checks.releases.charts import parts_with_charts
from cnilint.checks.run import find_changes
from cnilint.checks.severity import raised_by_rename
from cnilint.diagnostics.model import Diagnostic
from cnilint.document import Plain, Span
from cnilint.environment.pairing import Successors
from cnilint.extract.filevalues import FileValues
from cnilint.extract.read import Progress
from cnilint.facts.model import Definition, Reference
from cnilint.findings.model import Finding
from cnilint.findings.policy import Policy, fingerprints
from cnilint.manifest.object import Object
from cnilint.manifest.pod import POD_TEMPLATES
from cnilint.ownership.inputs.desired import ManifestStore, manifest_value
from cnilint.ownership.predict.fixed import fixed_fields
from cnilint.ownership.predict.removed import EarlierDefinition, removed_between
from cnilint.ownership.predict.stale import StaleField, stale_fields
from cnilint.ownership.predict.twins import replaced_workloads
from cnilint.ownership.revised import EnvironmentStep
from cnilint.packs.upgrades import ComponentUpgrade, upgrades
from cnilint.report.model import Report
from cnilint.resolve.charts import chart_of
from cnilint.resolve.lookup import definitions_of
from cnilint.resolve.outcome import SETTLED, Outcome, Resolution
from cnilint.source import WorkTree
from cnilint.source.moves import VersionedSource, moved_files
from cnilint.source.revision import GitFiles
from cnilint.ssa.managedfields.immutable import fixed_kinds
from cnilint.ssa.schema.kinds import Kinds, kinds

if TYPE_CHECKING:
    from cnilint.analysis.record import RevisionRecord
    from cnilint.extract.remembered import FactMemory

_WORKLOADS = frozenset(kind for _, kind in POD_TEMPLATES)
_RENAMED = ("CNI102", "CNI109")
"""The codes of absent objects, which a rename in the same change makes more certain."""
_FURTHER_AWAY = "the reader resolved to it before this change, and is in another environment"
_ReferencePlace = tuple[str, str, str | None, str, str]
"""Environment, kind, namespace and name of the owner, and the path of the reference."""


class DiffAnalysis(Struct, frozen=True, kw_only=True):
    """Two revisions. ``after`` has the diagnostics of the later one, ``changes`` those of the move, ``known`` the
    fingerprints of the earlier one's findings, as they would be now."""

    before: Analysis
    after: Analysis
    changes: tuple[Diagnostic, ...]
    known: frozenset[str]
    places: RemovalPlaces
    record: "RevisionRecord | None" = None
    """What the later revision as a whole is, where only a part of it was analyzed."""

    @property
    def selects_objects(self) -> bool:
        """Whether any object is in the selected files: without one the report covers nothing."""
        if self.record is not None:
            return self.record.selects_objects
        return self.after.selects_objects or self.before.selects_objects


def diff(
    before: VersionedSource,
    after: VersionedSource,
    settings: tuple[AnalysisSettings, AnalysisSettings],
    progress: Progress | None = None,
    memories: "tuple[FactMemory | None, FactMemory | None]" = (None, None),
) -> DiffAnalysis:
    """Compares two revisions; ``settings`` are those of each, for each has its own configuration, and so are ``memories``,
    the facts that earlier runs read. A file that both have is read once. Raises UsageError."""
    if memories == (None, None):
        from cnilint.extract.remembered import of_one_run

        one, other = (tuple(map(str, each.config.packs)) for each in settings)
        memories = of_one_run((before, one), (after, other))
    old = analyze(before, settings[0], progress, keep_built=_compared, memory=memories[0])
    new = analyze(after, settings[1], progress, keep_built=_compared, memory=memories[1])
    return compared(old, new)


def compared(old: Analysis, new: Analysis, record: "RevisionRecord | None" = None) -> DiffAnalysis:
    """Compares two analyses. With the ``record`` of the later revision they are of the parts that differ."""
    before, after = _versioned(old), _versioned(new)
    moved = moved_files(before, after)
    successors = Successors(old.environments, new.environments, moved)
    places = RemovalPlaces(before, after, moved)
    revisions = _Revisions(
        old=old, new=new, names=successors.names, earlier=_earlier_resolutions(old, new, successors)
    )
    steps = list(_steps(revisions, _values(before, old), _values(after, new)))
    return DiffAnalysis(
        before=old,
        after=replace(new, diagnostics=tuple(_with_renames(new, revisions.earlier))),
        changes=tuple(find_changes(_change(revisions, steps, places))),
        known=fingerprints(_continued(with_names(old.diagnostics, old.environments), successors, places)),
        places=places,
        record=record,
    )


def report(analysis: DiffAnalysis, policy: Policy) -> Report:
    """The report on a change under a policy: the findings that the earlier revision has not, and those of the move."""
    whole = replace(analysis.after, diagnostics=(*analysis.after.diagnostics, *analysis.changes))
    scope = scope_of(analysis.after)
    earlier = analysis.before.selection
    scope = replace(
        scope,
        files=frozenset((*(scope.files or ()), *earlier.files)),
        environments=frozenset((*scope.environments, *earlier.environments)),
        reportable=frozenset((*scope.reportable, *of_families("changes"))),
    )
    found = manifest_report(whole, replace(policy, keep=partial(_is_new, known=analysis.known)), scope)
    found = replace(found, base=analysis.before.source.revision)
    known = analysis.record
    if known is None:
        return found
    return replace(
        found,
        environments=known.summaries,
        coverage=known.coverage,
        notices=known.notices,
        secret_files=known.secret_files,
    )


def _versioned(analysis: Analysis) -> VersionedSource:
    """The source of an analysis of a revision."""
    source = analysis.source
    assert isinstance(source, GitFiles | WorkTree)
    return source


def _is_new(finding: Finding, known: frozenset[str]) -> bool:
    return finding.fingerprint not in known


def _compared(obj: Object) -> dict[str, Plain] | None:
    """The values of the objects that are compared field by field: workloads, and what has fields that must not change."""
    is_compared = (
        obj.kind in _WORKLOADS or obj.kind in fixed_kinds() or (obj.kind == "ConfigMap" and _is_fixed(obj))
    )
    return manifest_value(obj) if is_compared else None


def _is_fixed(obj: Object) -> bool:
    return "immutable" in obj.node.entries


def _values(source: VersionedSource, analysis: Analysis) -> ManifestStore:
    gathered = analysis.gathered
    return ManifestStore(gathered, FileValues(source, gathered.scanned, _compared))


class _Revisions(Struct, frozen=True, kw_only=True):
    """Two analyses. ``names`` gives the later name of an earlier environment, ``earlier`` the earlier resolutions by their
    place in the later revision."""

    old: Analysis
    new: Analysis
    names: Mapping[str, str]
    earlier: Mapping[_ReferencePlace, Sequence[Resolution]]


def _change(revisions: _Revisions, steps: Sequence[EnvironmentStep], places: RemovalPlaces) -> ChangeFacts:
    old, new = revisions.old, revisions.new
    known = kinds(None)
    moves = list(_upgrades(steps, old, new))
    origin = partial(_place_of, old.source.revision or "")
    return ChangeFacts(
        kinds=known,
        in_use=removed_between(
            (each for each in new.resolutions if each.outcome not in SETTLED),
            _EarlierDefinitions(revisions),
            places,
            lambda span: f"it was defined at {origin(span)}",
        ),
        upgrades=moves,
        stale=_stale(steps, old, new, known),
        returning=_returning(steps, old, new, known, moves),
        fixed=list(fixed_fields(steps, known)),
        replaced=list(replaced_workloads(_unpruned(steps, new))),
        place=places,
        origin=origin,
    )


def _unpruned(steps: Iterable[EnvironmentStep], new: Analysis) -> Iterator[EnvironmentStep]:
    """The environments of which it is not known that their deployers delete what is no longer in the manifests."""
    prunes: dict[str, bool] = {}
    for environment in new.environments:
        for fact in environment.objects:
            for each in fact.deployments:
                prunes[each.by] = each.prunes and prunes.get(each.by, True)
    for step in steps:
        appliers = step.after.appliers
        if not appliers or not all(prunes.get(name, False) for name in appliers):
            yield step


def _stale(steps: Iterable[EnvironmentStep], old: Analysis, new: Analysis, known: Kinds) -> list[StaleField]:
    return stale_fields(
        steps,
        new.index,
        index_with=new.index_with,
        resolved_before={id(each.reference): each for each in old.resolutions},
        kinds=known,
    )


def _returning(
    steps: Iterable[EnvironmentStep],
    old: Analysis,
    new: Analysis,
    known: Kinds,
    moves: Iterable[tuple[str, ComponentUpgrade]],
) -> list[StaleField]:
    """The fields that the rollback of a component brings back, judged against the objects of the newer release."""
    rolled_back = {(environment, one.component) for environment, one in moves if one.is_downgrade}
    names = {environment for environment, _ in rolled_back}
    found = _stale([each.reversed() for each in steps if each.after.name in names], new, old, known)
    return [each for each in found if not _components(each).isdisjoint(rolled_back)]


def _components(field: StaleField) -> frozenset[tuple[str, str]]:
    """The components of the workload that has a returning field, each with its environment."""
    part, environment = field.revised.before.part, field.revised.step.before.name
    memberships = () if part is None else part.memberships
    return frozenset((environment, each.component) for each in memberships)


def _steps(revisions: _Revisions, before: ManifestStore, after: ManifestStore) -> Iterator[EnvironmentStep]:
    """The environments that both revisions apply."""
    later = {each.name: each for each in revisions.new.environments}
    for environment in revisions.old.environments:
        other = later.get(revisions.names.get(environment.name, ""))
        if other is not None and not environment.unjudged and not other.unjudged:
            yield EnvironmentStep(before=environment, after=other, old=before, new=after)


class _EarlierDefinitions:
    """The definitions of the earlier revision that broken references of the later one would have resolved to."""

    def __init__(self, revisions: _Revisions) -> None:
        self._index = revisions.old.index
        self._resolutions = revisions.earlier
        earlier = {each.name: each for each in revisions.old.environments}
        self._environments = {later: earlier[name] for name, later in revisions.names.items()}

    def __call__(self, resolution: Resolution) -> EarlierDefinition | None:
        """One of the reference's environment, or the one further away that the same reference did resolve to."""
        reference, place = resolution.reference, _place(resolution, resolution.environment.name)
        earlier = self._resolutions.get(place, ())
        if any(each.outcome not in SETTLED and _is_same(each, resolution) for each in earlier):
            # It was broken before, whatever was defined.
            return None
        own = self._of_environment(resolution)
        if own is not None:
            return EarlierDefinition(own)
        before = next((each for each in earlier if each.outcome is Outcome.RESOLVED), None)
        if before is None or resolution.environment.unjudged:
            return None
        named = (each.definition for each in before.found if each.definition.name == reference.name)
        found = next((each for each in named if not each.producer and _satisfies(each, reference)), None)
        if found is None:
            return None
        is_near = before.certain or dirname(found.span.file) == dirname(before.reference.span.file)
        return EarlierDefinition(found, "" if is_near else _FURTHER_AWAY)

    def _of_environment(self, resolution: Resolution) -> Definition | None:
        environment = self._environments.get(resolution.environment.name)
        if environment is None:
            return None
        reference = resolution.reference
        owner = replace(reference.owner, namespace=reference.namespace or reference.owner.namespace)
        found = definitions_of(self._index, environment, owner, reference.kind, reference.name)
        has_key = (each for each in found if not each.producer and _satisfies(each, reference))
        return next(has_key, None)


def _is_same(one: Resolution, other: Resolution) -> bool:
    """Whether two references of one place name the same: a chart may have several of one path."""
    first, second = one.reference, other.reference
    same = (first.kind, first.name, first.key) == (second.kind, second.name, second.key)
    return same and one.namespace == other.namespace


def _satisfies(definition: Definition, reference: Reference) -> bool:
    if not definition.admits(reference):
        return False
    if reference.key is None:
        return True
    return reference.key in definition.keys and not (
        reference.reads == "env" and reference.key in definition.binary
    )


def _place_of(revision: str, span: Span) -> str:
    return f"{span.file}:{span.line} of {revision[:12]}"


def _upgrades(
    steps: Iterable[EnvironmentStep], old: Analysis, new: Analysis
) -> Iterator[tuple[str, ComponentUpgrade]]:
    """The steps of the components of each environment."""
    library, targets = library_of(new.settings), targets_of(new.settings)
    for step in steps:
        before = parts_with_charts(
            step.before.objects, library, {}, partial(chart_of, old.index.chart_sources)
        )
        after = parts_with_charts(
            step.after.objects, library, targets, partial(chart_of, new.index.chart_sources)
        )
        found = upgrades(before, after, targets, library) if before and after else iter(())
        yield from ((step.after.name, one) for one in found)


def _earlier_resolutions(
    old: Analysis, new: Analysis, successors: Successors
) -> Mapping[_ReferencePlace, Sequence[Resolution]]:
    """The earlier resolutions by their place in the later revision; none are wanted where nothing is broken in that."""
    if all(each.outcome in SETTLED for each in new.resolutions):
        return {}
    found: defaultdict[_ReferencePlace, list[Resolution]] = defaultdict(list)
    for each in old.resolutions:
        environment = successors.environment(each.environment.name, each.reference.owner.span.file)
        found[_place(each, environment)].append(each)
    return dict(found)


def _with_renames(
    new: Analysis, earlier: Mapping[_ReferencePlace, Sequence[Resolution]]
) -> Iterator[Diagnostic]:
    """The later diagnostics; those of references that the change itself renamed are more certain."""
    broken = {
        _place(each, each.environment.name): each for each in new.resolutions if each.outcome not in SETTLED
    }
    for found in new.diagnostics:
        place = _diagnosed(found) if found.code in _RENAMED else None
        if place in broken and place in earlier:
            found = raised_by_rename(found, broken[place], earlier[place][-1])
        yield found


def _place(each: Resolution, environment: str) -> _ReferencePlace:
    owner = each.reference.owner
    return environment, owner.kind, owner.namespace, owner.name, each.reference.name_path


def _diagnosed(found: Diagnostic) -> _ReferencePlace | None:
    owner = found.owner
    return None if owner is None else (found.environment, owner.kind, owner.namespace, owner.name, found.path)


def _continued(
    diagnostics: Iterable[Diagnostic], successors: Successors, places: RemovalPlaces
) -> Iterator[Diagnostic]:
    """The earlier diagnostics as they would be in the later revision: in the same environment and file."""
    for found in diagnostics:
        file = places.path(found.span.file)
        environment = successors.environment(found.environment, found.span.file)
        if environment == found.environment and file == found.span.file:
            yield found
        else:
            yield replace(found, environment=environment, span=replace(found.span, file=file))
