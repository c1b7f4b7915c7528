"""What an apply takes out of live ConfigMaps and Secrets, and who still reads it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct

from cnilint.diagnostics.model import ObjectRef
from cnilint.document import Span
from cnilint.extract.model import ObjectFacts
from cnilint.facts.definitions import definition
from cnilint.facts.model import Definition, Kind, Reference
from cnilint.facts.owner import owner_of
from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.model import ObjectAudit
from cnilint.resolve.outcome import ABSENT, Resolution
from cnilint.ssa.typed.values import JsonObject

_DATA = ("data", "binaryData")


class RemovedData(Struct, frozen=True, kw_only=True):
    """A live ConfigMap or Secret, and the keys that it will not have after the apply. ``whole``: it will not exist.
    ``pruned_by`` is the deployer that prunes it, if the manifests are all that this one applies."""

    audit: ObjectAudit
    definition: Definition
    keys: frozenset[str]
    whole: bool = False
    pruned_by: str = ""


class EarlierDefinition(NamedTuple):
    """What a broken reference resolved to before, and why it may have been something else; empty where that is certain."""

    definition: Definition
    doubt: str = ""


class RemovedInUse(Struct, frozen=True, kw_only=True):
    """A key that a change removes, None for the object as a whole, and the references to it that stay. ``span`` is the place
    of the removal, ``owner`` the object, ``origin`` where a definition that is gone was, ``pruned_by`` as in RemovedData,
    ``doubt`` as in EarlierDefinition."""

    definition: Definition
    key: str | None
    owner: ObjectRef
    environment: str
    span: Span
    readers: tuple[Reference, ...]
    origin: str = ""
    pruned_by: str = ""
    doubt: str = ""


def removed_data(audits: Iterable[ObjectAudit]) -> list[RemovedData]:
    """What the apply takes out of the live objects; nothing where its outcome is not known."""
    found = []
    for audit in audits:
        own = definition(audit.live.obj)
        if own is None:
            continue
        if audit.is_deleted:
            found.append(RemovedData(audit=audit, definition=own, keys=frozenset(own.keys), whole=True))
        elif audit.prediction is not None and audit.prediction.written is not None and not audit.is_refused:
            gone = own.keys.places.keys() - _keys(audit.prediction.written.value)
            if gone:
                found.append(RemovedData(audit=audit, definition=own, keys=frozenset(gone)))
    return found


def pruned_data(live: LiveObject, deployer: str) -> RemovedData | None:
    """What is lost with an object that a deployer prunes; None where it has no data."""
    own = definition(live.obj)
    if own is None:
        return None
    return RemovedData(
        audit=ObjectAudit(live=live), definition=own, keys=frozenset(own.keys), whole=True, pruned_by=deployer
    )


def in_use(removed: Sequence[RemovedData], readers: Iterable[ObjectFacts]) -> list[RemovedInUse]:
    """The removed keys and objects that required references of some objects resolve to now."""
    by_name: defaultdict[tuple[Kind, str | None, str], list[RemovedData]] = defaultdict(list)
    for each in removed:
        own = each.definition
        by_name[own.kind, own.namespace, own.name].append(each)
    found: dict[tuple[int, str | None], tuple[RemovedData, list[Reference]]] = {}
    for fact in readers:
        for reference in fact.stated.references:
            namespace = reference.namespace or fact.owner.namespace
            for each in by_name.get((reference.kind, namespace, reference.name), ()):
                if _breaks(each, reference):
                    key = None if each.whole else reference.key
                    found.setdefault((id(each), key), (each, []))[1].append(reference)
    return [_in_use(each, key, reading) for (_, key), (each, reading) in found.items()]


def _in_use(removed: RemovedData, key: str | None, readers: Iterable[Reference]) -> RemovedInUse:
    own, manifest = removed.definition, removed.audit.manifest
    return RemovedInUse(
        definition=own,
        key=key,
        owner=owner_of(removed.audit.live.obj),
        environment="" if manifest is None else manifest.environment.name,
        span=own.span if key is None else own.keys[key],
        readers=tuple(readers),
        pruned_by=removed.pruned_by,
    )


def _breaks(removed: RemovedData, reference: Reference) -> bool:
    """Whether the pod needs what is removed. What another source of the volume may have is not known to be missing."""
    if reference.optional or reference.alternatives:
        return False
    return removed.whole if reference.key is None else reference.key in removed.keys


def _keys(value: JsonObject) -> frozenset[str]:
    members = (value.get(name) for name in _DATA)
    return frozenset(key for member in members if isinstance(member, dict) for key in member)


def removed_between(
    broken: Iterable[Resolution],
    defined_before: Callable[[Resolution], EarlierDefinition | None],
    place: Callable[[Span], Span],
    origin: Callable[[Span], str],
) -> list[RemovedInUse]:
    """The keys and objects that broken references of a later revision resolved to in the earlier one.

    ``defined_before`` gives the earlier definition that a reference would have resolved to, ``place`` the place in the
    later revision where something of the earlier one was, ``origin`` says where it was.
    """
    found: dict[tuple[str, Span, str | None], tuple[EarlierDefinition, list[Resolution]]] = {}
    for resolution in broken:
        reference = resolution.reference
        own = None if reference.optional or reference.alternatives else defined_before(resolution)
        if own is not None:
            key = None if resolution.outcome in ABSENT else reference.key
            where = (resolution.environment.name, own.definition.span, key)
            found.setdefault(where, (own, []))[1].append(resolution)
    return [_between(own, key, reading, place, origin) for (_, _, key), (own, reading) in found.items()]


def _between(
    before: EarlierDefinition,
    key: str | None,
    reading: Sequence[Resolution],
    place: Callable[[Span], Span],
    origin: Callable[[Span], str],
) -> RemovedInUse:
    own, first = before.definition, reading[0]
    span = own.span if key is None else own.keys[key]
    owner = ObjectRef(
        api_version="v1", kind=own.kind, namespace=own.namespace, name=own.name, span=place(own.span)
    )
    return RemovedInUse(
        definition=own,
        key=key,
        owner=owner,
        environment=first.environment.name,
        span=place(span),
        readers=tuple(each.reference for each in reading),
        origin=origin(span),
        doubt=before.doubt,
    )
