"""Live objects, manifests and appliers to cases: what each apply will do, and what its leftovers will do."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

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
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.applier import ApplierChoice, chosen_applier, infer_appliers
from cnilint.ownership.predict.apply import ApplyOutcome, predict_apply
from cnilint.ownership.predict.leftovers import After, enclosing, leftovers
from cnilint.resolve.lookup import resolve
from cnilint.resolve.outcome import Resolution
from cnilint.ssa.schema.kinds import Kinds

_READ_WHOLE = ("ConfigMap", "Secret", "ServiceAccount")
_Keys = Mapping[str, Definition]


def audit_objects(
    lives: Sequence[LiveObject],
    desired: Manifests | None,
    previous: Manifests | None,
    choice: ApplierChoice,
    kinds: Kinds,
) -> list[ObjectAudit]:
    """A case for every live object. Without manifests nothing is predicted; ``previous`` are those of the old release,
    for tools that compare with it."""
    objects = [live.obj for live in lives]
    matched = {} if desired is None else match_manifests(desired, objects)
    release = None if previous is None else match_manifests(previous, objects)
    given = chosen_applier(choice)
    with_manifest = {id(live) for live in lives if id(live.obj) in matched}
    appliers = (
        dict.fromkeys(map(id, lives), given) if given is not None else infer_appliers(lives, with_manifest)
    )
    found = [
        predict_apply(live, matched.get(id(live.obj)), appliers.get(id(live)), release, kinds)
        for live in lives
    ]
    audits = [
        ObjectAudit(
            live=one.live,
            manifest=one.manifest,
            applier=one.applier,
            prediction=one.prediction,
            applier_named=choice.given,
            old=one.old,
        )
        for one in found
    ]
    if desired is None or not any(one.kept for one in found):
        return audits
    after = _after(found, desired, kinds)
    return [_judged(audit, one, after, kinds) for audit, one in zip(audits, found, strict=True)]


def _judged(audit: ObjectAudit, one: ApplyOutcome, after: Mapping[int, After], kinds: Kinds) -> ObjectAudit:
    if not one.kept or one.manifest is None:
        return audit
    left = leftovers(one.live, one.manifest, one.kept, kinds, after[id(one.live)])
    audit = replace(audit, leftovers=left)
    return replace(audit, causes=causes(audit)) if left else audit


def _after(found: Sequence[ApplyOutcome], desired: Manifests, kinds: Kinds) -> Mapping[int, After]:
    """What each object with leftovers will find after the apply, by the ``id`` of the live object."""
    environments = dict(_environments_after(found, desired))
    readers: dict[int, int] = {}
    for one in found:
        if one.kept and one.manifest is not None:
            reader = _reader(one, one.manifest, kinds)
            readers[id(reader)] = id(one.live)
            name = one.manifest.environment.name
            environment = environments.get(name, one.manifest.environment)
            environments[name] = replace(environment, objects=(*environment.objects, reader))
    index = desired.index(environments.values())
    owners = {
        id(reference): readers[id(fact)]
        for environment in index.environments
        for fact in environment.objects
        if id(fact) in readers
        for reference in fact.stated.references
    }
    resolutions: defaultdict[int, defaultdict[str, list[Resolution]]] = defaultdict(lambda: defaultdict(list))
    for resolution in resolve(index):
        if id(resolution.reference) in owners and not resolution.reference.optional:
            by_path = resolutions[owners[id(resolution.reference)]]
            for path in enclosing(resolution.reference.path):
                by_path[path].append(resolution)
    return {
        id(one.live): After(index, environments[one.manifest.environment.name], resolutions[id(one.live)])
        for one in found
        if one.kept and one.manifest is not None
    }


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
    stay: defaultdict[str, dict[int, _Keys]] = defaultdict(dict)
    strangers: list[ObjectFacts] = []
    homes: Counter[str] = Counter()
    for one in found:
        if one.manifest is not None:
            homes[one.manifest.environment.name] += 1
            keys = _kept_keys(one)
            if keys:
                stay[one.manifest.environment.name][id(one.manifest.fact)] = keys
        elif one.live.obj.kind in _READ_WHOLE and not one.deleted:
            strangers.append(facts_of(one.live.obj, desired.library))
    home = min(homes, key=lambda name: (-homes[name], name), default="")
    for environment in desired.environments:
        kept = stay.get(environment.name, {})
        added = strangers if environment.name == home else []
        if kept or added:
            facts = [_with_keys(fact, kept.get(id(fact), {})) for fact in environment.objects]
            yield environment.name, replace(environment, objects=(*facts, *added))


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
