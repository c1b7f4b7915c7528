"""Whether a reference will be kept, and by what: the kubelet's rules over the environments of a run.

One verdict for each reference and environment. Checks phrase the verdicts; nothing is decided after this.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from cnilint.environment.unit import Environment
from cnilint.facts.model import Definition, Kind, Owner, Reference
from cnilint.facts.names import is_placeholder, is_subdomain
from cnilint.index import Candidate, Index, Nearness, likeness, namespace_of, nearness


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one reference in one environment.

    ``found`` are the definitions that explain it, the nearest first; ``reason`` says why it cannot be verified;
    ``sibling`` is the environment in which the same reference resolves, with the definition that it has there.
    ``certain`` is False when only a distant definition speaks against the reference.
    """

    reference: Reference
    environment: Environment
    namespace: str | None
    outcome: Outcome
    found: tuple[Candidate, ...] = ()
    reason: str = ""
    sibling: tuple[Environment, Definition] | None = None
    certain: bool = True


def resolve(index: Index) -> list[Verdict]:
    """A verdict for every reference of every environment."""
    return [
        verdict(index, environment, reference)
        for environment in index.environments
        for fact in environment.objects
        for reference in fact.stated.references
    ]


def verdict(index: Index, environment: Environment, reference: Reference) -> Verdict:
    """What becomes of one reference."""
    namespace = namespace_of(environment, reference)
    result = _by_definitions(index, environment, reference, namespace)
    if result.outcome in SETTLED:
        return result
    excuse = _excuse(index, environment, reference, result)
    if excuse is not None:
        return excuse
    if result.outcome is not Outcome.MISSING_OBJECT:
        return result
    sibling = _sibling(index, environment, reference)
    return result if sibling is None else _with(result, sibling=sibling)


def _by_definitions(
    index: Index, environment: Environment, reference: Reference, namespace: str | None
) -> Verdict:
    """What the definitions of that name say, from the environment itself outwards."""

    def say(
        outcome: Outcome, found: Iterable[Candidate] = (), reason: str = "", certain: bool = True
    ) -> Verdict:
        return Verdict(reference, environment, namespace, outcome, tuple(found), reason, None, certain)

    unclear = reference.unclear or _unclear_name(reference)
    if unclear:
        return say(Outcome.UNVERIFIABLE, reason=unclear)
    everywhere = list(index.candidates(environment, reference))
    near = [
        candidate
        for candidate in everywhere
        if candidate.nearness is not Nearness.OTHER and _same_namespace(namespace, candidate.namespace)
    ]
    for nearest in (Nearness.OWN, Nearness.SAME_WORDS, Nearness.WORDLESS):
        here = [candidate for candidate in near if candidate.nearness is nearest]
        if here:
            outcome = _by_key(reference, here)
            return say(outcome, here, certain=nearest is not Nearness.WORDLESS)
    if _platform(index, reference, namespace):
        return say(Outcome.PROVIDED)
    own = [candidate for candidate in everywhere if candidate.nearness is Nearness.OWN]
    if own:
        return say(Outcome.WRONG_NAMESPACE, own)
    other_kind = _other_kind(index, environment, reference, namespace)
    if other_kind:
        return say(Outcome.WRONG_KIND, other_kind)
    return say(Outcome.MISSING_OBJECT, everywhere)


def definitions_of(
    index: Index, environment: Environment, owner: Owner, kind: Kind, name: str
) -> list[Definition]:
    """The definitions of a name that surely belong to the environment of its reader, the nearest first."""
    namespace = owner.namespace or environment.namespace
    found = [
        (nearness(environment, other), definition)
        for other, definition in index.definitions.get((kind, name), ())
        if _same_namespace(namespace, definition.namespace or other.namespace)
    ]
    sure = [(near, definition) for near, definition in found if near <= Nearness.SAME_WORDS]
    return [definition for _, definition in sorted(sure, key=lambda pair: pair[0])]


def _unclear_name(reference: Reference) -> str:
    for text in (reference.name, reference.key or ""):
        if is_placeholder(text):
            return "the name is a placeholder that something else fills in"
    return (
        ""
        if is_subdomain(reference.name)
        else "the name stands in for another: the API server takes no such name"
    )


def _by_key(reference: Reference, here: list[Candidate]) -> Outcome:
    """The verdict of definitions of one nearness: one that has the key is enough."""
    key = reference.key
    outcomes = {_key_outcome(reference, key, candidate.definition) for candidate in here}
    for outcome in (Outcome.RESOLVED, Outcome.PROVIDED, Outcome.BINARY_KEY):
        if outcome in outcomes:
            return outcome
    return Outcome.MISSING_KEY


def _key_outcome(reference: Reference, key: str | None, definition: Definition) -> Outcome:
    found = Outcome.PROVIDED if definition.producer else Outcome.RESOLVED
    if key is None:
        return found
    if key in definition.keys:
        return Outcome.BINARY_KEY if reference.reads == "env" and key in definition.binary else found
    return Outcome.PROVIDED if definition.open else Outcome.MISSING_KEY


def _same_namespace(wanted: str | None, found: str | None) -> bool:
    """Unknown matches everything; so does ``*``, which is every namespace."""
    return wanted is None or found is None or found == "*" or wanted == found


def _platform(index: Index, reference: Reference, namespace: str | None) -> bool:
    return any(
        _same_namespace(namespace, definition.namespace)
        and _key_outcome(reference, reference.key, definition) is not Outcome.MISSING_KEY
        for definition in index.platform.get((reference.kind, reference.name), ())
    )


def _other_kind(
    index: Index, environment: Environment, reference: Reference, namespace: str | None
) -> tuple[Candidate, ...]:
    """Definitions of the same name that are a Secret where a ConfigMap is named, or the reverse."""
    other = {"ConfigMap": "Secret", "Secret": "ConfigMap"}.get(reference.kind)
    if other is None or reference.form == "subPath":
        return ()
    return tuple(
        Candidate(Nearness.OWN, environment, definition, definition.namespace or environment.namespace)
        for holder, definition in index.definitions.get((other, reference.name), ())
        if holder is environment
        and not definition.producer
        and _same_namespace(namespace, definition.namespace or environment.namespace)
    )


def _excuse(index: Index, environment: Environment, reference: Reference, result: Verdict) -> Verdict | None:
    """Why a broken reference may hold after all."""
    if environment.unjudged:
        return _with(result, outcome=Outcome.UNVERIFIABLE, reason=environment.unjudged)
    if index.is_external(reference, result.namespace):
        return _with(result, outcome=Outcome.EXTERNAL)
    missing_object = result.outcome in (Outcome.MISSING_OBJECT, Outcome.WRONG_NAMESPACE, Outcome.WRONG_KIND)
    if not missing_object or index.closed_world:
        return None
    for reason in _gap_reasons(environment, reference):
        return _with(result, outcome=Outcome.UNVERIFIABLE, reason=reason)
    if any(nearness_ok(environment, other) for other in index.mentions.get(reference.name, ())):
        return _with(result, outcome=Outcome.EXTERNAL)
    if _made_imperatively(index, reference):
        return _with(result, outcome=Outcome.EXTERNAL)
    return None


def nearness_ok(environment: Environment, other: Environment) -> bool:
    """Whether a custom resource over there can explain a name here."""
    return other is environment or other.words <= environment.words


def _made_imperatively(index: Index, reference: Reference) -> bool:
    return (reference.kind, reference.name) in index.imperative


def _gap_reasons(environment: Environment, reference: Reference) -> Iterator[str]:
    for gap in environment.gaps:
        if reference.kind in gap.kinds:
            yield gap.reason
    for fact in environment.objects:
        if fact.release is None:
            continue
        name, chart = fact.release
        if any(_bears(reference.name, word) for word in (name, chart)):
            yield f"the chart {chart} that is installed here may make it"


def _bears(name: str, word: str) -> bool:
    return bool(word) and (name == word or name.startswith(f"{word}-"))


def _sibling(
    index: Index, environment: Environment, reference: Reference
) -> tuple[Environment, Definition] | None:
    """A sibling environment in which the same reference resolves."""
    alike = likeness(reference)
    for other in index.siblings(environment):
        if other.unjudged:
            continue
        there = index.references.get(other.name, {}).get(alike)
        if there is None:
            continue
        found = _by_definitions(index, other, there, namespace_of(other, there))
        if found.outcome in (Outcome.RESOLVED, Outcome.PROVIDED) and found.found:
            return other, found.found[0].definition
    return None


def _with(
    verdict: Verdict,
    *,
    outcome: Outcome | None = None,
    reason: str = "",
    sibling: tuple[Environment, Definition] | None = None,
) -> Verdict:
    return Verdict(
        verdict.reference,
        verdict.environment,
        verdict.namespace,
        outcome or verdict.outcome,
        verdict.found,
        reason,
        sibling,
        verdict.certain,
    )
