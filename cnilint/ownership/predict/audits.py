"""Audits of live objects: what each apply will do, and what its leftovers will do."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from operator import is_not
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from cnilint.environment import Environment
from cnilint.extract.file import facts_of
from cnilint.extract.model import ObjectFacts
from cnilint.facts.definitions import definition
from cnilint.facts.model import Definition, Reference, Stated
from cnilint.facts.owner import owner_of
from cnilint.facts.references import stated
from cnilint.ownership.explain.causes import causes
from cnilint.ownership.inputs.desired import Manifest, Manifests, match_manifests
from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.inputs.positions import FieldPlace, FieldPositions
from cnilint.ownership.inputs.releases import OldRelease, old_manifests
from cnilint.ownership.model import FieldChanges, ObjectAudit
from cnilint.ownership.predict.applier import (
    ApplierChoice,
    InferredApplier,
    chosen_applier,
    infer_appliers,
)
from cnilint.ownership.predict.apply import is_predictable, planned_apply, predicted_result
from cnilint.ownership.predict.changes import field_changes
from cnilint.ownership.predict.leftovers import After, enclosing, leftovers
from cnilint.resolve.index import Index
from cnilint.resolve.lookup import resolve
from cnilint.resolve.outcome import Resolution
from cnilint.source.workers import Workers
from cnilint.ssa.predict import KeptField, Prediction
from cnilint.ssa.schema.kinds import Kinds

_READ_WHOLE = ("ConfigMap", "Secret", "ServiceAccount")
_WORTH_A_PROCESS = 80
"""Fewer predictions than this per process take less time than starting it."""

_Keys = Mapping[str, Definition]
_Kept = Sequence[tuple[KeptField, FieldPlace | None]]


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
    planned = _planned(lives, desired, previous, choice)
    audits, keeping = _predicted(planned, kinds, workers)
    if desired is None or not keeping:
        return AuditedObjects(audits, () if desired is None else desired.environments)
    changed = dict(_environments_after(audits, list(keeping.values()), desired))
    after = _after(list(keeping.values()), desired, changed)
    return AuditedObjects(
        [_with_leftovers(audit, keeping.get(number), after) for number, audit in enumerate(audits)],
        tuple(changed.get(each.name, each) for each in desired.environments),
    )


class _Keeping(Struct, frozen=True, kw_only=True):
    """An object that keeps fields, with the place of each in the dump: None where it is not there.

    ``reader`` is an object that states what these fields refer to, and nothing else.
    """

    live: LiveObject
    manifest: Manifest
    kept: _Kept
    reader: ObjectFacts


class _Apply(Struct, frozen=True, kw_only=True):
    """What an apply will do to its object. ``references`` are what the fields that it leaves without a good reason refer
    to."""

    prediction: Prediction
    changes: FieldChanges
    kept: _Kept
    references: tuple[Reference, ...]


def _planned(
    lives: Sequence[LiveObject],
    desired: Manifests | None,
    previous: Sequence[OldRelease],
    choice: ApplierChoice,
) -> list[ObjectAudit]:
    """The audits without predictions."""
    matched = {} if desired is None else match_manifests(desired, lives, choice.environment)
    old = old_manifests(previous, lives, choice.environment)
    chosen = chosen_applier(choice)
    if chosen is not None:
        appliers = dict.fromkeys(map(id, lives), InferredApplier(chosen))
    else:
        appliers = infer_appliers(lives, {id(live) for live in lives if id(live.obj) in matched})
    return [
        planned_apply(live, matched.get(id(live.obj)), appliers.get(id(live)), old, named=choice.given)
        for live in lives
    ]


def _predicted(
    planned: Sequence[ObjectAudit], kinds: Kinds, workers: Workers
) -> tuple[list[ObjectAudit], dict[int, _Keeping]]:
    """The audits with what each apply will do, and those objects in which it leaves fields without a good reason, by
    position."""
    known = [number for number, one in enumerate(planned) if is_predictable(one)]
    results = workers.map(lambda number: _worked_out(planned[number], kinds), known, worth=_WORTH_A_PROCESS)
    audits = list(planned)
    keeping: dict[int, _Keeping] = {}
    for number, result in zip(known, results, strict=True):
        audits[number] = replace(planned[number], prediction=result.prediction, changes=result.changes)
        if result.kept:
            keeping[number] = _keeping(audits[number], result)
    return audits, keeping


def _worked_out(planned: ObjectAudit, kinds: Kinds) -> _Apply:
    """What a predictable apply will do to its object, whatever becomes of the others."""
    prediction, left = predicted_result(planned, kinds)
    audit = replace(planned, prediction=prediction)
    live = planned.live
    places = FieldPositions(live.obj.node, kinds.type_of(live.value))
    kept = tuple((each, places.of(each.path)) for each in left)
    fields = {place.positions for _, place in kept if place is not None}
    # To read what an object states composes its nodes, which most objects are spared.
    said = stated(live.obj).references if fields else ()
    return _Apply(
        prediction=prediction,
        changes=field_changes(audit, kinds),
        kept=kept,
        references=tuple(each for each in said if fields.intersection(enclosing(each.path))),
    )


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


def _keeping(audit: ObjectAudit, result: _Apply) -> _Keeping:
    live, manifest = audit.live, audit.manifest
    assert manifest is not None
    said = Stated(owner=owner_of(live.obj), references=tuple(result.references))
    reader = replace(
        manifest.fact, owner=said.owner, definitions=(), stated=said, diagnostics=(), mentions=()
    )
    return _Keeping(live=live, manifest=manifest, kept=result.kept, reader=reader)


def _names_read(keeping: Iterable[_Keeping]) -> Iterator[str]:
    """The names of the objects that leftovers refer to, and of those that supply variables beside them."""
    for one in keeping:
        yield from (reference.name for reference in one.reader.stated.references)
        for container in one.manifest.fact.stated.containers:
            yield from (source.name for source in container.bulk)


def _environments_after(
    audits: Sequence[ObjectAudit], keeping: Sequence[_Keeping], desired: Manifests
) -> Iterator[tuple[str, Environment]]:
    """The environments that will differ from the manifests: keys stay in live ConfigMaps and Secrets, and there are
    live objects that no manifest names. Of these only those that leftovers read are of interest."""
    home = _home(audit.manifest.environment.name for audit in audits if audit.manifest is not None)
    stay = {id(one.manifest.fact): _kept_keys(one) for one in keeping}
    unmanaged = tuple(_unmanaged(audits, desired, set(_names_read(keeping))))
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
    audits: Iterable[ObjectAudit], desired: Manifests, names: Container[str]
) -> Iterator[ObjectFacts]:
    """The live objects that workloads read, that no manifest names and that the apply does not delete."""
    for audit in audits:
        obj = audit.live.obj
        is_read = obj.kind in _READ_WHOLE and obj.name in names
        if audit.manifest is None and is_read and not audit.is_deleted:
            yield facts_of(obj, desired.library)


def _kept_keys(one: _Keeping) -> _Keys:
    """The keys that stay in a live ConfigMap or Secret."""
    names = [kept.path[1][2:] for kept, _ in one.kept if kept.path[0] in ("f:data", "f:binaryData")]
    own = definition(one.live.obj) if names else None
    return {} if own is None else {name: own for name in names if name in own.keys}


def _with_keys(fact: ObjectFacts, kept: _Keys) -> ObjectFacts:
    if not kept:
        return fact
    definitions = tuple(
        replace(own, keys=own.keys.after({name: live.keys[name] for name, live in kept.items()}))
        if own.span == fact.owner.span
        else own
        for own in fact.definitions
    )
    return replace(fact, definitions=definitions)
