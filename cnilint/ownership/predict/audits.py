"""Audits of live objects: what each apply will do, and what its leftovers will do."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import is_not
from typing import NamedTuple

from cnilint.environment import Environment
from cnilint.extract.file import facts_of
from cnilint.extract.model import ObjectFacts
from cnilint.facts.definitions import definition
from cnilint.facts.model import Definition, Stated
from cnilint.facts.owner import owner_of
from cnilint.facts.references import stated
from cnilint.ownership.explain.causes import causes
from cnilint.ownership.inputs.desired import Manifest, Manifests, match_manifests
from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.inputs.positions import FieldPlace, FieldPositions
from cnilint.ownership.inputs.releases import OldRelease, old_manifests
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import (
    ApplierChoice,
    InferredApplier,
    chosen_applier,
    infer_appliers,
)
from cnilint.ownership.predict.apply import ApplyOutcome, planned_apply, predicted_result
from cnilint.ownership.predict.changes import field_changes
from cnilint.ownership.predict.leftovers import After, enclosing, leftovers
from cnilint.resolve.index import Index
from cnilint.resolve.lookup import resolve
from cnilint.resolve.outcome import Resolution
from cnilint.source.workers import Workers
from cnilint.ssa.predict import KeptField
from cnilint.ssa.schema.kinds import Kinds

_READ_WHOLE = ("ConfigMap", "Secret", "ServiceAccount")
_WORTH_A_PROCESS = 80
"""Fewer predictions than this per process take less time than starting it."""

_Keys = Mapping[str, Definition]


class AuditedObjects(NamedTuple):
    """The audits of some live objects, and the environments of the manifests as they will be after the apply."""

    audits: list[ObjectAudit]
    environments: tuple[Environment, ...]


def audit_objects(
    lives: Sequence[LiveObject],
    desired: Manifests | None,
    previous: Sequence[OldRelease],
    choice: ApplierChoice,
    *,
    kinds: Kinds,
    workers: Workers,
) -> AuditedObjects:
    """An audit of every live object. Without manifests nothing is predicted; ``previous`` are those of the old
    releases, for tools that compare with them."""
    outcomes = _outcomes(lives, desired, previous, choice, kinds=kinds, workers=workers)
    audits = [_audit(one, choice, kinds) for one in outcomes]
    keeping = {id(one): _keeping(one, one.manifest, kinds) for one in outcomes if one.kept and one.manifest}
    if desired is None or not keeping:
        return AuditedObjects(audits, () if desired is None else desired.environments)
    read = set(_names_read(keeping.values()))
    changed = dict(_environments_after(outcomes, desired, read))
    after = _after(list(keeping.values()), desired, changed)
    return AuditedObjects(
        [
            _with_leftovers(audit, keeping.get(id(one)), after)
            for audit, one in zip(audits, outcomes, strict=True)
        ],
        tuple(changed.get(each.name, each) for each in desired.environments),
    )


@dataclass(kw_only=True, frozen=True, slots=True)
class _Keeping:
    """An object that keeps fields, with the place of each in the dump: None where it is not there.

    ``reader`` is an object that states what these fields refer to, and nothing else.
    """

    live: LiveObject
    manifest: Manifest
    kept: Sequence[tuple[KeptField, FieldPlace | None]]
    reader: ObjectFacts


def _outcomes(
    lives: Sequence[LiveObject],
    desired: Manifests | None,
    previous: Sequence[OldRelease],
    choice: ApplierChoice,
    *,
    kinds: Kinds,
    workers: Workers,
) -> list[ApplyOutcome]:
    matched = {} if desired is None else match_manifests(desired, lives, choice.environment)
    old = old_manifests(previous, lives, choice.environment)
    chosen = chosen_applier(choice)
    if chosen is not None:
        appliers = dict.fromkeys(map(id, lives), InferredApplier(chosen))
    else:
        appliers = infer_appliers(lives, {id(live) for live in lives if id(live.obj) in matched})
    planned = [planned_apply(live, matched.get(id(live.obj)), appliers.get(id(live)), old) for live in lives]
    return _predicted(planned, kinds, workers)


def _predicted(planned: Sequence[ApplyOutcome], kinds: Kinds, workers: Workers) -> list[ApplyOutcome]:
    """The applies with what each will do."""
    known = [number for number, one in enumerate(planned) if one.predictable]
    results = workers.map(
        lambda number: predicted_result(planned[number], kinds), known, worth=_WORTH_A_PROCESS
    )
    outcomes = list(planned)
    for number, (prediction, kept) in zip(known, results, strict=True):
        outcomes[number] = replace(planned[number], prediction=prediction, kept=kept)
    return outcomes


def _audit(one: ApplyOutcome, choice: ApplierChoice, kinds: Kinds) -> ObjectAudit:
    audit = ObjectAudit(
        live=one.live,
        manifest=one.manifest,
        applier=one.applier,
        prediction=one.prediction,
        applier_named=choice.given,
        applier_mark=one.applier_mark,
        old=one.old,
        old_known=one.old_known,
        option=one.option,
    )
    return audit if one.prediction is None else replace(audit, changes=field_changes(audit, kinds))


def _with_leftovers(audit: ObjectAudit, one: _Keeping | None, after: Mapping[int, After]) -> ObjectAudit:
    if one is None:
        return audit
    written = audit.prediction.written if audit.prediction is not None else None
    value = one.live.value if written is None else written.value
    left = leftovers(one.live, one.manifest, one.kept, after=after[id(one.live)], written=value)
    audit = replace(audit, leftovers=left)
    return replace(audit, causes=causes(audit)) if left else audit


def _after(
    keeping: Sequence[_Keeping], desired: Manifests, changed: Mapping[str, Environment]
) -> Mapping[int, After]:
    """What each object with leftovers will find after the apply, by the ``id`` of the live object. ``changed`` are the
    environments that differ from the manifests, by name."""
    environments = dict(changed)
    for one in keeping:
        environment = environments.get(one.manifest.environment.name, one.manifest.environment)
        environments[environment.name] = replace(environment, objects=(*environment.objects, one.reader))
    index = desired.index(environments.values())
    resolutions = _resolutions(index, {id(one.reader): id(one.live) for one in keeping})
    return {
        id(one.live): After(index, environments[one.manifest.environment.name], resolutions[id(one.live)])
        for one in keeping
    }


def _resolutions(index: Index, readers: Mapping[int, int]) -> Mapping[int, Mapping[str, list[Resolution]]]:
    """The resolutions of the required references of some objects, by the value of each object in ``readers`` and by
    every path that leads to the reference."""
    owners = dict(_reference_owners(index, readers))
    found: defaultdict[int, defaultdict[str, list[Resolution]]] = defaultdict(lambda: defaultdict(list))
    for resolution in resolve(index):
        reference = resolution.reference
        if id(reference) in owners and not reference.optional:
            for path in enclosing(reference.path):
                found[owners[id(reference)]][path].append(resolution)
    return found


def _reference_owners(index: Index, readers: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    for environment in index.environments:
        for fact in environment.objects:
            if id(fact) in readers:
                yield from ((id(reference), readers[id(fact)]) for reference in fact.stated.references)


def _keeping(one: ApplyOutcome, manifest: Manifest, kinds: Kinds) -> _Keeping:
    places = FieldPositions(one.live.obj.node, kinds.type_of(one.live.value))
    kept = [(each, places.of(each.path)) for each in one.kept]
    shown = {place.shown for _, place in kept if place is not None}
    said = Stated(owner=owner_of(one.live.obj))
    said.references += (
        reference
        for reference in stated(one.live.obj).references
        if any(path in shown for path in enclosing(reference.path))
    )
    reader = replace(
        manifest.fact, owner=said.owner, definitions=(), stated=said, diagnostics=(), mentions=()
    )
    return _Keeping(live=one.live, manifest=manifest, kept=kept, reader=reader)


def _names_read(keeping: Iterable[_Keeping]) -> Iterator[str]:
    """The names of the objects that leftovers refer to, and of those that supply variables beside them."""
    for one in keeping:
        yield from (reference.name for reference in one.reader.stated.references)
        for container in one.manifest.fact.stated.containers:
            yield from (source.name for source in container.bulk)


def _environments_after(
    found: Iterable[ApplyOutcome], desired: Manifests, names: Container[str]
) -> Iterator[tuple[str, Environment]]:
    """The environments that will differ from the manifests: keys stay in live ConfigMaps and Secrets, and there are
    live objects that no manifest names. Of these only those with one of the ``names`` are of interest."""
    matched = [(one, one.manifest) for one in found if one.manifest is not None]
    home = _home(manifest.environment.name for _, manifest in matched)
    stay = {id(manifest.fact): _kept_keys(one) for one, manifest in matched}
    unmanaged = tuple(_unmanaged(found, desired, names))
    for environment in desired.environments:
        objects = _with_kept_keys(environment.objects, stay)
        if environment.name == home:
            objects += unmanaged
        if _differ(objects, environment.objects):
            yield environment.name, replace(environment, objects=objects)


def _differ(one: Sequence[ObjectFacts], other: Sequence[ObjectFacts]) -> bool:
    return len(one) != len(other) or any(map(is_not, one, other))


def _with_kept_keys(facts: Iterable[ObjectFacts], stay: Mapping[int, _Keys]) -> tuple[ObjectFacts, ...]:
    return tuple(_with_keys(fact, stay.get(id(fact), {})) for fact in facts)


def _home(names: Iterable[str]) -> str:
    """The most frequent name; empty where there is none."""
    counted = Counter(names)
    return min(counted, key=lambda name: (-counted[name], name), default="")


def _unmanaged(
    found: Iterable[ApplyOutcome], desired: Manifests, names: Container[str]
) -> Iterator[ObjectFacts]:
    """The live objects that workloads read, that no manifest names and that the apply does not delete."""
    for one in found:
        obj = one.live.obj
        is_read = obj.kind in _READ_WHOLE and obj.name in names
        if one.manifest is None and is_read and not one.deleted:
            yield facts_of(obj, desired.library)


def _kept_keys(one: ApplyOutcome) -> _Keys:
    """The keys that stay in a live ConfigMap or Secret."""
    names = [kept.path[1][2:] for kept in one.kept if kept.path[0] in ("f:data", "f:binaryData")]
    own = definition(one.live.obj) if names else None
    return {} if own is None else {name: own for name in names if name in own.keys}


def _with_keys(fact: ObjectFacts, kept: _Keys) -> ObjectFacts:
    if not kept:
        return fact
    definitions = tuple(
        replace(own, keys={**{name: live.keys[name] for name, live in kept.items()}, **own.keys})
        if own.span == fact.owner.span
        else own
        for own in fact.definitions
    )
    return replace(fact, definitions=definitions)
