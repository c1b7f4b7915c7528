"""Audits of live objects: what each apply will do, and what its leftovers will do."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import is_not

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
from cnilint.ownership.inputs.positions import FieldPositions
from cnilint.ownership.inputs.releases import OldRelease, old_manifests
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import (
    ApplierChoice,
    InferredApplier,
    chosen_applier,
    infer_appliers,
)
from cnilint.ownership.predict.apply import ApplyOutcome, predict_apply
from cnilint.ownership.predict.changes import field_changes
from cnilint.ownership.predict.leftovers import After, enclosing, leftovers
from cnilint.resolve.index import Index
from cnilint.resolve.lookup import resolve
from cnilint.resolve.outcome import Resolution
from cnilint.ssa.schema.kinds import Kinds

_READ_WHOLE = ("ConfigMap", "Secret", "ServiceAccount")
_Keys = Mapping[str, Definition]


def audit_objects(
    lives: Sequence[LiveObject],
    desired: Manifests | None,
    previous: Sequence[OldRelease],
    choice: ApplierChoice,
    kinds: Kinds,
) -> list[ObjectAudit]:
    """An audit of every live object. Without manifests nothing is predicted; ``previous`` are those of the old
    releases, for tools that compare with them."""
    outcomes = _outcomes(lives, desired, previous, choice, kinds)
    audits = [_audit(one, choice, kinds) for one in outcomes]
    if desired is None or not any(one.kept for one in outcomes):
        return audits
    after = _after(outcomes, desired, kinds)
    return [_with_leftovers(audit, one, after, kinds) for audit, one in zip(audits, outcomes, strict=True)]


def _outcomes(
    lives: Sequence[LiveObject],
    desired: Manifests | None,
    previous: Sequence[OldRelease],
    choice: ApplierChoice,
    kinds: Kinds,
) -> list[ApplyOutcome]:
    matched = {} if desired is None else match_manifests(desired, lives, choice.environment)
    old = old_manifests(previous, lives, choice.environment)
    chosen = chosen_applier(choice)
    if chosen is not None:
        appliers = dict.fromkeys(map(id, lives), InferredApplier(chosen))
    else:
        appliers = infer_appliers(lives, {id(live) for live in lives if id(live.obj) in matched})
    return [
        predict_apply(live, matched.get(id(live.obj)), appliers.get(id(live)), old, kinds) for live in lives
    ]


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


def _with_leftovers(
    audit: ObjectAudit, one: ApplyOutcome, after: Mapping[int, After], kinds: Kinds
) -> ObjectAudit:
    if not one.kept or one.manifest is None:
        return audit
    written = one.prediction.written if one.prediction is not None else None
    value = one.live.value if written is None else written.value
    left = leftovers(one.live, one.manifest, one.kept, kinds, after=after[id(one.live)], written=value)
    audit = replace(audit, leftovers=left)
    return replace(audit, causes=causes(audit)) if left else audit


def _after(found: Sequence[ApplyOutcome], desired: Manifests, kinds: Kinds) -> Mapping[int, After]:
    """What each object with leftovers will find after the apply, by the ``id`` of the live object."""
    keeping = [(one, one.manifest) for one in found if one.kept and one.manifest is not None]
    environments = dict(_environments_after(found, desired))
    readers: dict[int, int] = {}
    for one, manifest in keeping:
        reader = _reader(one, manifest, kinds)
        readers[id(reader)] = id(one.live)
        environment = environments.get(manifest.environment.name, manifest.environment)
        environments[environment.name] = replace(environment, objects=(*environment.objects, reader))
    index = desired.index(environments.values())
    resolutions = _resolutions(index, readers)
    return {
        id(one.live): After(index, environments[manifest.environment.name], resolutions[id(one.live)])
        for one, manifest in keeping
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


def _reader(one: ApplyOutcome, manifest: Manifest, kinds: Kinds) -> ObjectFacts:
    """What the leftovers of a live object refer to, as an object that states nothing else."""
    places = FieldPositions(one.live.obj.node, kinds.type_of(one.live.value))
    shown = {at[1] for kept in one.kept if (at := places.of(kept.path)) is not None}
    said = Stated(owner=owner_of(one.live.obj))
    said.references += (
        reference
        for reference in stated(one.live.obj).references
        if any(path in shown for path in enclosing(reference.path))
    )
    return replace(manifest.fact, owner=said.owner, definitions=(), stated=said, diagnostics=(), mentions=())


def _environments_after(
    found: Iterable[ApplyOutcome], desired: Manifests
) -> Iterator[tuple[str, Environment]]:
    """The environments that will differ from the manifests: keys stay in live ConfigMaps and Secrets, and there are
    live objects that no manifest names."""
    matched = [(one, one.manifest) for one in found if one.manifest is not None]
    home = _home(manifest.environment.name for _, manifest in matched)
    stay = {id(manifest.fact): _kept_keys(one) for one, manifest in matched}
    unmanaged = tuple(_unmanaged(found, desired))
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


def _unmanaged(found: Iterable[ApplyOutcome], desired: Manifests) -> Iterator[ObjectFacts]:
    """The live objects that workloads read, that no manifest names and that the apply does not delete."""
    for one in found:
        if one.manifest is None and one.live.obj.kind in _READ_WHOLE and not one.deleted:
            yield facts_of(one.live.obj, desired.library)


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
