"""Whether a reference will be kept, and by what: the kubelet's rules over the environments of a run.

One resolution for each reference and environment. Checks phrase the resolutions; nothing is decided after this.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from cnilint.diagnostics.model import ObjectRef
from cnilint.environment.model import Environment
from cnilint.environment.words import Words
from cnilint.facts.model import Definition, Kind, Reference
from cnilint.manifest.names import is_placeholder, is_subdomain
from cnilint.resolve.excuses import ResolvedElsewhere, weighed
from cnilint.resolve.index import FEW, Candidate, Index, Nearness, known_namespace, matches
from cnilint.resolve.outcome import SETTLED, Outcome, Resolution


def resolve(index: Index) -> list[Resolution]:
    """A resolution for every reference of every environment."""
    elsewhere = _Elsewhere(index)
    first = [
        _by_definitions(elsewhere, environment, reference)
        for environment in index.environments
        for fact in environment.objects
        for reference in fact.stated.references
    ]
    kept = ResolvedElsewhere()
    for resolution in first:
        kept.note(resolution)
    return [
        resolution if resolution.outcome in SETTLED else weighed(index, kept, resolution)
        for resolution in first
    ]


def definitions_of(
    index: Index, environment: Environment, owner: ObjectRef, kind: Kind, name: str
) -> list[Definition]:
    """The definitions of a name that surely belong to the environment of its reader, the nearest first."""
    namespace = known_namespace(owner.namespace)
    holders = index.holders(kind, name)
    own = [candidate for candidate in holders.own(environment) if matches(namespace, candidate.namespace)]
    same_words, _ = holders.near(environment.words, namespace)
    found = {id(candidate.definition): candidate.definition for candidate in (*own, *same_words)}
    return list(found.values())


def _by_definitions(elsewhere: "_Elsewhere", environment: Environment, reference: Reference) -> Resolution:
    """What the definitions of that name say, from the environment itself outwards."""
    index = elsewhere.index
    namespace = known_namespace(reference.namespace or reference.owner.namespace)

    def say(outcome: Outcome, found: Iterable[Candidate] = (), reason: str = "") -> Resolution:
        return Resolution(
            reference=reference,
            environment=environment,
            namespace=namespace,
            outcome=outcome,
            found=tuple(found),
            reason=reason,
        )

    unclear = reference.unclear or _unclear_name(reference)
    if unclear:
        return say(Outcome.UNVERIFIABLE, reason=unclear)
    holders = index.holders(reference.kind, reference.name)
    everywhere = holders.own(environment)
    own = [candidate for candidate in everywhere if matches(namespace, candidate.namespace)]
    if own:
        outcome, found = _by_key(reference, own)
        return say(outcome, found)
    near = elsewhere.look(environment, namespace, reference)
    if near is not None:
        certain = environment.anchor in near.anchors or namespace in near.namespaces
        return Resolution(
            reference=reference,
            environment=environment,
            namespace=namespace,
            outcome=near.outcome,
            found=near.found,
            certain=certain,
        )
    if _platform(index, reference, namespace):
        return say(Outcome.PROVIDED)
    if everywhere:
        return say(Outcome.WRONG_NAMESPACE, everywhere)
    other_kind = _other_kind(index, environment, reference, namespace)
    if other_kind:
        return say(Outcome.WRONG_KIND, other_kind)
    return say(Outcome.MISSING_OBJECT, holders.some())


def _unclear_name(reference: Reference) -> str:
    for text in (reference.name, reference.key or ""):
        if is_placeholder(text):
            return "the name is a placeholder that something else fills in"
    if is_subdomain(reference.name):
        return ""
    return "the name stands in for another: the API server takes no such name"


def _by_key(reference: Reference, here: list[Candidate]) -> tuple[Outcome, list[Candidate]]:
    """The resolution of definitions of one nearness, and those that give it: one that has the key is enough."""
    by_outcome: dict[Outcome, list[Candidate]] = {}
    for candidate in here:
        by_outcome.setdefault(_key_outcome(reference, candidate.definition), []).append(candidate)
    for outcome in (Outcome.RESOLVED, Outcome.PROVIDED, Outcome.BINARY_KEY):
        if outcome in by_outcome:
            return outcome, by_outcome[outcome]
    return Outcome.MISSING_KEY, here


def _key_outcome(reference: Reference, definition: Definition) -> Outcome:
    found = Outcome.PROVIDED if definition.producer else Outcome.RESOLVED
    key = reference.key
    if key is None:
        return found
    if key in definition.keys:
        return Outcome.BINARY_KEY if reference.reads == "env" and key in definition.binary else found
    if definition.open or any(is_placeholder(known) for known in definition.keys):
        return Outcome.PROVIDED
    return Outcome.MISSING_KEY


def _platform(index: Index, reference: Reference, namespace: str | None) -> bool:
    return any(
        matches(namespace, definition.namespace)
        and _key_outcome(reference, definition) is not Outcome.MISSING_KEY
        for definition in index.platform.get((reference.kind, reference.name), ())
    )


def _other_kind(
    index: Index, environment: Environment, reference: Reference, namespace: str | None
) -> list[Candidate]:
    """Definitions of the same name that are a Secret where a ConfigMap is named, or the reverse.

    A program often has a ConfigMap and a Secret of one name, so that the key must be there to tell, and without
    a key nothing may be certain.
    """
    others: dict[Kind, Kind] = {"ConfigMap": "Secret", "Secret": "ConfigMap"}
    other = others.get(reference.kind)
    if other is None or reference.key is None or reference.form == "subPath":
        return []
    return [
        candidate
        for candidate in index.holders(other, reference.name).own(environment)
        if not candidate.definition.producer
        and reference.key in candidate.definition.keys
        and matches(namespace, candidate.namespace)
    ]


class _Near(NamedTuple):
    """What other environments say of a name, and where it surely is the reader's own cluster that says it."""

    outcome: Outcome
    found: tuple[Candidate, ...]
    anchors: frozenset[str]
    namespaces: frozenset[str | None]


@dataclass(slots=True)
class _Elsewhere:
    """What is defined outside of the reader's environment: looked up once for all readers that see the same."""

    index: Index
    known: dict[tuple[object, ...], _Near | None] = field(default_factory=dict)

    def look(self, environment: Environment, namespace: str | None, reference: Reference) -> _Near | None:
        """The nearest definitions; None when there are none near enough."""
        words = environment.words
        seen = (reference.kind, reference.name, reference.key, reference.reads, words, namespace)
        if seen not in self.known:
            self.known[seen] = self._look(words, namespace, reference)
        return self.known[seen]

    def _look(self, words: Words, namespace: str | None, reference: Reference) -> _Near | None:
        for near in self.index.holders(reference.kind, reference.name).near(words, namespace):
            if near:
                outcome, found = _by_key(reference, near)
                sure = [each for each in near if each.nearness is Nearness.SAME_WORDS]
                anchors = frozenset(each.environment.anchor for each in sure) - {""}
                namespaces = frozenset(each.namespace for each in sure) - {None, "*"}
                return _Near(
                    outcome=outcome, found=tuple(found[:FEW]), anchors=anchors, namespaces=namespaces
                )
        return None
