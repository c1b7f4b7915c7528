"""What an apply takes out of live ConfigMaps and Secrets, and who still reads it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cnilint.extract.model import ObjectFacts
from cnilint.facts.definitions import definition
from cnilint.facts.model import Definition, Kind, Reference
from cnilint.ownership.inputs.live import LiveObject
from cnilint.ownership.model import ObjectAudit
from cnilint.ssa.typed.values import JsonObject

_DATA = ("data", "binaryData")


@dataclass(kw_only=True, frozen=True, slots=True)
class RemovedData:
    """A live ConfigMap or Secret, and the keys that it will not have after the apply. ``whole``: it will not exist.
    ``pruned_by`` is the deployer that prunes it, if the manifests are all that this one applies."""

    audit: ObjectAudit
    definition: Definition
    keys: frozenset[str]
    whole: bool = False
    pruned_by: str = ""


@dataclass(frozen=True, slots=True)
class RemovedInUse:
    """A reference to something that the apply removes."""

    removed: RemovedData
    reader: Reference


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
            gone = own.keys.keys() - _keys(audit.prediction.written.value)
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


def in_use(removed: Sequence[RemovedData], readers: Iterable[ObjectFacts]) -> Iterator[RemovedInUse]:
    """The required references of some objects that resolve now, and will not after the apply."""
    by_name: defaultdict[tuple[Kind, str | None, str], list[RemovedData]] = defaultdict(list)
    for each in removed:
        own = each.definition
        by_name[own.kind, own.namespace, own.name].append(each)
    for fact in readers:
        for reference in fact.stated.references:
            namespace = reference.namespace or fact.owner.namespace
            for each in by_name.get((reference.kind, namespace, reference.name), ()):
                if _breaks(each, reference):
                    yield RemovedInUse(each, reference)


def _breaks(removed: RemovedData, reference: Reference) -> bool:
    """Whether the pod needs what is removed. What another source of the volume may have is not known to be missing."""
    if reference.optional or reference.alternatives:
        return False
    return removed.whole if reference.key is None else reference.key in removed.keys


def _keys(value: JsonObject) -> frozenset[str]:
    members = (value.get(name) for name in _DATA)
    return frozenset(key for member in members if isinstance(member, dict) for key in member)
