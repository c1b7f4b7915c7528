"""Whether a reference will be kept, and by what: the kubelet's rules over the environments of a run.

One verdict for each reference and environment. Checks phrase the verdicts; nothing is decided after this.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from cnilint.document import Span
from cnilint.environment.unit import Environment
from cnilint.environment.words import is_common_word, place_of
from cnilint.facts.model import Definition, Kind, Owner, Reference
from cnilint.facts.names import is_placeholder, is_subdomain, pattern_of
from cnilint.index import Candidate, Index, Nearness


class Outcome(Enum):
    """What becomes of a reference. The last five are broken."""

    RESOLVED = "resolved"
    PROVIDED = "provided"
    EXTERNAL = "external"
    UNVERIFIABLE = "unverifiable"
    MISSING_KEY = "missing-key"
    BINARY_KEY = "binary-key"
    WRONG_KIND = "wrong-kind"
    WRONG_NAMESPACE = "wrong-namespace"
    MISSING_OBJECT = "missing-object"


SETTLED = frozenset((Outcome.RESOLVED, Outcome.PROVIDED, Outcome.EXTERNAL, Outcome.UNVERIFIABLE))
_KEPT = frozenset((Outcome.RESOLVED, Outcome.PROVIDED))
_ABSENT = frozenset((Outcome.MISSING_OBJECT, Outcome.WRONG_NAMESPACE, Outcome.WRONG_KIND))

Sibling = tuple[Environment, Definition]
"""Another environment, and the definition that is there."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one reference in one environment.

    ``found`` are the definitions that explain it, the nearest first; ``reason`` says why it cannot be verified;
    ``sibling`` is the environment in which the same reference resolves, with the definition that it has there.
    ``certain`` is False when what speaks against the reference is distant, or may be another object of that name.
    """

    reference: Reference
    environment: Environment
    namespace: str | None
    outcome: Outcome
    found: tuple[Candidate, ...] = ()
    reason: str = ""
    sibling: Sibling | None = None
    certain: bool = True


def resolve(index: Index) -> list[Verdict]:
    """A verdict for every reference of every environment."""
    first = [
        _by_definitions(index, environment, reference)
        for environment in index.environments
        for fact in environment.objects
        for reference in fact.stated.references
    ]
    kept = _Kept()
    for verdict in first:
        kept.note(verdict)
    return [verdict if verdict.outcome in SETTLED else _weighed(index, kept, verdict) for verdict in first]


def definitions_of(
    index: Index, environment: Environment, owner: Owner, kind: Kind, name: str
) -> list[Definition]:
    """The definitions of a name that surely belong to the environment of its reader, the nearest first."""
    namespace = owner.namespace or environment.namespace
    holders = index.holders(kind, name)
    own = [candidate for candidate in holders.own(environment) if _matches(namespace, candidate.namespace)]
    same_words, _ = holders.near(environment.words, namespace)
    found = {id(candidate.definition): candidate.definition for candidate in (*own, *same_words)}
    return list(found.values())


def _by_definitions(index: Index, environment: Environment, reference: Reference) -> Verdict:
    """What the definitions of that name say, from the environment itself outwards."""
    namespace = reference.owner.namespace or environment.namespace

    def say(outcome: Outcome, found: Iterable[Candidate] = (), reason: str = "") -> Verdict:
        return Verdict(reference, environment, namespace, outcome, tuple(found), reason)

    unclear = reference.unclear or _unclear_name(reference)
    if unclear:
        return say(Outcome.UNVERIFIABLE, reason=unclear)
    holders = index.holders(reference.kind, reference.name)
    everywhere = holders.own(environment)
    own = [candidate for candidate in everywhere if _matches(namespace, candidate.namespace)]
    if own:
        return say(_by_key(reference, own), own)
    for near in holders.near(environment.words, namespace):
        if near:
            certain = any(_is_one_place(environment, namespace, candidate) for candidate in near)
            return replace(say(_by_key(reference, near), near), certain=certain)
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


def _by_key(reference: Reference, here: list[Candidate]) -> Outcome:
    """The verdict of definitions of one nearness: one that has the key is enough."""
    outcomes = {_key_outcome(reference, candidate.definition) for candidate in here}
    for outcome in (Outcome.RESOLVED, Outcome.PROVIDED, Outcome.BINARY_KEY):
        if outcome in outcomes:
            return outcome
    return Outcome.MISSING_KEY


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


def _matches(wanted: str | None, found: str | None) -> bool:
    """Unknown matches everything; so does ``*``, which is every namespace."""
    return wanted is None or found is None or found == "*" or wanted == found


def _is_one_place(environment: Environment, namespace: str | None, candidate: Candidate) -> bool:
    """Whether a definition of another environment surely is in the same cluster and namespace."""
    if candidate.nearness is Nearness.WORDLESS:
        return False
    if namespace is not None and candidate.namespace == namespace:
        return True
    return environment.anchor != "" and environment.anchor == candidate.environment.anchor


def _platform(index: Index, reference: Reference, namespace: str | None) -> bool:
    return any(
        _matches(namespace, definition.namespace)
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
        and _matches(namespace, candidate.namespace)
    ]


@dataclass(slots=True)
class _Kept:
    """The references that are kept, by what the same reference of a sibling has in common with them."""

    alike: dict[tuple[str, ...], Sibling] = field(default_factory=dict)
    by_token: dict[tuple[Span, str | None], Sibling] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    """The definitions that something in their own environment reads, by ``id``."""

    def note(self, verdict: Verdict) -> None:
        if verdict.outcome not in _KEPT or not verdict.found or verdict.environment.unjudged:
            return
        nearest = verdict.found[0]
        here = (verdict.environment, nearest.definition)
        reference = verdict.reference
        if verdict.environment.words:
            self.alike.setdefault(_likeness(verdict.environment, reference), here)
        self.by_token.setdefault((reference.name_span, reference.key), here)
        if nearest.nearness is Nearness.OWN:
            self.used.update(id(candidate.definition) for candidate in verdict.found)

    def sibling(self, verdict: Verdict) -> Sibling | None:
        """The environment in which the same reference is kept: a sibling, or another that is built of the same files."""
        environment, reference = verdict.environment, verdict.reference
        if not environment.words and not environment.deployed:
            return None
        alike = self.alike.get(_likeness(environment, reference)) if environment.words else None
        found = alike or self.by_token.get((reference.name_span, reference.key))
        return found if found is not None and found[0] is not environment else None


def _likeness(environment: Environment, reference: Reference) -> tuple[str, ...]:
    """What two siblings' references have in common when they are the same reference."""
    owner = reference.owner
    return (environment.family, owner.kind, owner.name, reference.kind, reference.name, reference.key or "")


def _weighed(index: Index, kept: _Kept, verdict: Verdict) -> Verdict:
    """A broken reference with what speaks for it and against it."""
    sibling = kept.sibling(verdict)
    outcome, reason = _excuse(index, verdict, sibling)
    if outcome is not None:
        return replace(verdict, outcome=outcome, reason=reason)
    if verdict.outcome is Outcome.MISSING_OBJECT:
        certain = sibling is not None and _are_environments(verdict.environment, sibling[0])
        return replace(verdict, sibling=sibling or _managed_elsewhere(verdict), certain=certain)
    if verdict.outcome is Outcome.WRONG_NAMESPACE:
        return replace(verdict, certain=all(id(each.definition) not in kept.used for each in verdict.found))
    return verdict if verdict.outcome is Outcome.WRONG_KIND else replace(verdict, sibling=sibling)


def _managed_elsewhere(verdict: Verdict) -> Sibling | None:
    """Another environment that keeps such an object, whoever reads it there, in what may be the same namespace."""
    if not verdict.environment.words:
        return None
    for candidate in verdict.found:
        other = candidate.environment
        spaces = {place_of(each).family for each in (verdict.namespace, candidate.namespace) if each}
        if other.words and not other.unjudged and len(spaces) < 2:
            return other, candidate.definition
    return None


def _are_environments(environment: Environment, sibling: Environment) -> bool:
    """Whether both surely are environments: something applies this one, or their words are everybody's."""
    return bool(environment.deployed) or all(
        any(is_common_word(word) for word in each.words) for each in (environment, sibling)
    )


def _excuse(index: Index, verdict: Verdict, sibling: Sibling | None) -> tuple[Outcome | None, str]:
    """Why a broken reference may hold after all, and the reason where it cannot be verified.

    What a sibling environment keeps in its manifests, a chart or a controller does not make here unasked.
    """
    environment, reference = verdict.environment, verdict.reference
    if environment.unjudged:
        return Outcome.UNVERIFIABLE, environment.unjudged
    if index.is_external(reference, verdict.namespace):
        return Outcome.EXTERNAL, ""
    if verdict.outcome not in _ABSENT or index.closed_world:
        return None, ""
    if _is_created(index, environment, reference, verdict.namespace):
        return Outcome.EXTERNAL, ""
    for reason in _gaps(index, environment, reference, sibling):
        return Outcome.UNVERIFIABLE, reason
    if _is_mentioned(index, environment, reference.name, sibling):
        return Outcome.EXTERNAL, ""
    chart = None if sibling is not None else _chart(index, environment, reference)
    if chart is not None:
        return Outcome.UNVERIFIABLE, f"the chart {chart} that is installed here may make it"
    return None, ""


def _is_created(index: Index, environment: Environment, reference: Reference, namespace: str | None) -> bool:
    """Whether a script or a document creates it, one that is not of another environment."""
    return any(
        creation.words <= environment.words and _matches(namespace, creation.namespace)
        for creation in index.created(reference.kind, reference.name)
    )


def _is_mentioned(index: Index, environment: Environment, name: str, sibling: Sibling | None) -> bool:
    """Whether a custom resource speaks of the name. One that a sibling has too does not make it there."""
    by = index.mentions.get(name, {})
    if sibling is not None:
        return environment.name in by and sibling[0].name not in by
    return environment.name in by or any(words <= environment.words for words in by.values())


def _gaps(
    index: Index, environment: Environment, reference: Reference, sibling: Sibling | None
) -> Iterator[str]:
    """What may define it unseen. What a sibling that keeps the object leaves out as well does not define it."""
    common = {gap.reason for gap in sibling[0].gaps if not gap.names} if sibling is not None else set()
    for gap in environment.gaps:
        if gap.reason not in common:
            yield gap.reason
    if any(words <= environment.words for words in index.unread.get(reference.name, ())):
        yield "a document that could not be read gives its name"
    for definition in index.open_names.get(environment.name, ()):
        if definition.kind == reference.kind and pattern_of(definition.name).fullmatch(reference.name):
            yield f"it may be '{definition.name}', once something has filled that in"


def _chart(index: Index, environment: Environment, reference: Reference) -> str | None:
    """The chart installed in the environment whose objects bear such names."""
    for release in index.releases.get(environment.name, ()):
        if any(_bears(reference.name, word) for word in release):
            return release[1]
    return None


def _bears(name: str, word: str) -> bool:
    return bool(word) and (name == word or name.startswith(f"{word}-"))
