"""Whether each reference resolves, and to what: the kubelet's rules over the environments of a run.

There is one resolution for each reference and environment; ``classify`` maps it to a code, and checks only phrase it.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.diagnostics.model import ObjectRef
from cnilint.environment.model import Environment
from cnilint.environment.words import Words
from cnilint.facts.model import UNKNOWN_NAMESPACE, Definition, Kind, Reference
from cnilint.manifest.names import is_placeholder, is_subdomain
from cnilint.resolve.excuses import Known, reconsider
from cnilint.resolve.holders import FEW, Candidate, Nearness, known_namespace, matches
from cnilint.resolve.index import Index
from cnilint.resolve.likely import LikelyTargets
from cnilint.resolve.outcome import ABSENT, DEFINED, SETTLED, Outcome, Resolution
from cnilint.resolve.resolved import ResolvedElsewhere
from cnilint.resolve.search import NameSearch


def resolve(index: Index, search: NameSearch | None = None) -> list[Resolution]:
    """A resolution for every reference of every environment."""
    search = search or NameSearch()
    elsewhere = _Elsewhere(index)
    first = [
        _resolved(elsewhere, environment, reference)
        for environment in index.environments
        for fact in environment.objects
        for reference in fact.stated.references
    ]
    resolved = ResolvedElsewhere()
    for resolution in first:
        resolved.add(resolution)
    known = Known(index=index, resolved=resolved, likely=LikelyTargets(index, first, search))
    return [
        resolution if resolution.outcome in SETTLED else reconsider(known, resolution) for resolution in first
    ]


def definitions_of(
    index: Index, environment: Environment, owner: ObjectRef, kind: Kind, name: str
) -> list[Definition]:
    """The definitions of a name that certainly belong to its reader's environment, the nearest first."""
    namespace = known_namespace(owner.namespace)
    holders = index.holders(kind, name)
    own = [candidate for candidate in holders.own(environment) if matches(namespace, candidate.namespace)]
    same_words = next(holders.near(environment.words, namespace))
    found = {id(candidate.definition): candidate.definition for candidate in (*own, *same_words)}
    return list(found.values())


def _resolved(elsewhere: "_Elsewhere", environment: Environment, reference: Reference) -> Resolution:
    """What the definitions of the name say, or those of the alternatives where the name has no such key."""
    found = _by_definitions(elsewhere, environment, reference)
    if not reference.alternatives or found.outcome in SETTLED:
        return found
    others = [
        _by_definitions(elsewhere, environment, replace(reference, kind=kind, name=name, alternatives=()))
        for kind, name in reference.alternatives
    ]
    for other in others:
        if other.outcome in SETTLED:
            return replace(other, reference=reference)
    if any(other.outcome in ABSENT for other in others):
        reason = "another source of the volume is not defined here, and may have the file"
        return replace(found, outcome=Outcome.UNVERIFIABLE, reason=reason)
    return found


def _by_definitions(elsewhere: "_Elsewhere", environment: Environment, reference: Reference) -> Resolution:
    """What the definitions of the name say: first those of the environment itself, then those further away."""
    index, namespace = elsewhere.index, known_namespace(reference.namespace or reference.owner.namespace)
    unclear = reference.unclear or _unclear_name(reference)
    everywhere = [] if unclear else index.holders(reference.kind, reference.name).own(environment)
    here = [candidate for candidate in everywhere if matches(namespace, candidate.namespace)]
    own = _existing(index, environment, reference, here)
    if own:
        # Most references are resolved here, so the record is not made first and replaced then.
        outcome, found = _by_key(index, reference, own)
        return Resolution(
            reference=reference,
            environment=environment,
            namespace=namespace,
            outcome=outcome,
            found=tuple(found),
            certain=reference.namespace != UNKNOWN_NAMESPACE,
        )
    unresolved = Resolution(
        reference=reference, environment=environment, namespace=namespace, outcome=Outcome.MISSING_OBJECT
    )
    if unclear:
        return replace(unresolved, outcome=Outcome.UNVERIFIABLE, reason=unclear)
    return _further_away(elsewhere, unresolved, everywhere, here)


def _existing(
    index: Index, environment: Environment, reference: Reference, here: Iterable[Candidate]
) -> list[Candidate]:
    """The definitions that a reader may use and that are there in its environment."""
    return [
        each
        for each in here
        if each.definition.admits(reference) and index.exists(each.definition, environment.words)
    ]


def _further_away(
    elsewhere: "_Elsewhere", unresolved: Resolution, everywhere: list[Candidate], here: list[Candidate]
) -> Resolution:
    """The resolution by other environments, where the reader's own has nothing that exists for it.

    ``everywhere`` are its definitions of the name in any namespace, ``here`` those in the reader's namespace.
    """
    environment, reference = unresolved.environment, unresolved.reference
    near = elsewhere.look(environment, unresolved.namespace, reference)
    if near is not None and near.outcome is not Outcome.RENAMED:
        return _as_near(elsewhere.index, unresolved, near)
    admitted = tuple(each for each in here if each.definition.admits(reference))
    if admitted:
        return replace(unresolved, found=admitted)
    resolution = _without_definition(elsewhere.index, unresolved, everywhere, here)
    if resolution.outcome is Outcome.MISSING_OBJECT and near is not None:
        return replace(unresolved, outcome=near.outcome, found=near.found, certain=False)
    return resolution


def _as_near(index: Index, unresolved: Resolution, near: "_Near") -> Resolution:
    """The outcome that near environments give; unverifiable where a file beside the reader's has the key."""
    environment, reference = unresolved.environment, unresolved.reference
    if near.outcome is Outcome.MISSING_KEY:
        beside = index.holders(reference.kind, reference.name).beside(environment)
        if beside and _by_key(index, reference, beside)[0] in DEFINED:
            reason = f"`{beside[0].definition.span.file}` has it, and no kustomization lists that file"
            return replace(unresolved, outcome=Outcome.UNVERIFIABLE, reason=reason)
    certain = environment.anchor in near.anchors or unresolved.namespace in near.namespaces
    return replace(unresolved, outcome=near.outcome, found=near.found, certain=certain)


def _without_definition(
    index: Index, unresolved: Resolution, everywhere: list[Candidate], here: list[Candidate]
) -> Resolution:
    """The resolution if nothing that the reader may use defines the name."""
    renamed = here or index.renamed(unresolved.environment, unresolved.reference, unresolved.namespace)
    if renamed and all(candidate.definition.refused for candidate in renamed):
        reason = renamed[0].definition.refused
        return replace(unresolved, outcome=Outcome.UNVERIFIABLE, reason=reason)
    outcome, found = _otherwise(index, unresolved, everywhere, renamed)
    return replace(unresolved, outcome=outcome, found=tuple(found))


def _otherwise(
    index: Index, unresolved: Resolution, everywhere: list[Candidate], renamed: list[Candidate]
) -> tuple[Outcome, list[Candidate]]:
    """The outcome if nothing near defines the name: the platform may, or another namespace or kind has it.

    ``renamed`` are the definitions that had the name before kustomize changed it.
    """
    reference, environment, namespace = unresolved.reference, unresolved.environment, unresolved.namespace
    if _platform(index, reference, namespace):
        return Outcome.PROVIDED, []
    if renamed:
        return Outcome.RENAMED, renamed
    if everywhere:
        return Outcome.WRONG_NAMESPACE, everywhere
    other_kind = _other_kind(index, environment, reference, namespace)
    if other_kind:
        return Outcome.WRONG_KIND, other_kind
    return Outcome.MISSING_OBJECT, index.holders(reference.kind, reference.name).some()


def _unclear_name(reference: Reference) -> str:
    for text in (reference.name, reference.key or ""):
        if is_placeholder(text):
            return "the name is a placeholder that is filled in elsewhere"
    if is_subdomain(reference.name):
        return ""
    return "the name is a placeholder: the API server does not accept it"


def _by_key(index: Index, reference: Reference, here: list[Candidate]) -> tuple[Outcome, list[Candidate]]:
    """The outcome over definitions of one nearness, and the definitions that give it: one with the key is enough."""
    by_outcome: dict[Outcome, list[Candidate]] = {}
    for candidate in here:
        by_outcome.setdefault(_key_outcome(index, reference, candidate.definition), []).append(candidate)
    for outcome in (Outcome.RESOLVED, Outcome.PROVIDED, Outcome.BINARY_KEY, Outcome.INVALID_VARIABLE):
        if outcome in by_outcome:
            return outcome, by_outcome[outcome]
    return Outcome.MISSING_KEY, here


def _key_outcome(index: Index, reference: Reference, definition: Definition) -> Outcome:
    found = Outcome.PROVIDED if definition.producer else Outcome.RESOLVED
    key = reference.key
    if key is None:
        is_bad = reference.reads == "variables" and index.has_bad_variable(definition)
        return Outcome.INVALID_VARIABLE if is_bad else found
    if key in definition.keys:
        return Outcome.BINARY_KEY if reference.reads == "env" and key in definition.binary else found
    if index.may_have_more(definition):
        return Outcome.PROVIDED
    return Outcome.MISSING_KEY


def _platform(index: Index, reference: Reference, namespace: str | None) -> bool:
    return any(
        matches(namespace, definition.namespace)
        and _key_outcome(index, reference, definition) is not Outcome.MISSING_KEY
        for definition in index.platform.get((reference.kind, reference.name), ())
    )


def _other_kind(
    index: Index, environment: Environment, reference: Reference, namespace: str | None
) -> list[Candidate]:
    """Definitions of the same name that are a Secret where a ConfigMap is named, or the reverse.

    A program often has a ConfigMap and a Secret of one name, so only one that has the key is evidence.
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
    """What other environments say of a name, with the anchors and namespaces certainly in the reader's own cluster."""

    outcome: Outcome
    found: tuple[Candidate, ...]
    anchors: frozenset[str]
    namespaces: frozenset[str | None]


class _Elsewhere(Struct):
    """What is defined outside of the reader's environment, looked up once for all readers with the same view."""

    index: Index
    known: dict[tuple[object, ...], _Near | None] = field(default_factory=dict)

    def look(self, environment: Environment, namespace: str | None, reference: Reference) -> _Near | None:
        """The nearest definitions; None if there are none near enough."""
        words, root = environment.words, environment.applied_from
        seen = (reference.kind, reference.name, reference.key, reference.reads, words, root, namespace)
        if seen not in self.known:
            found = self._look(words, namespace, reference)
            self.known[seen] = found or self._without_key(root, namespace, reference)
        return self.known[seen]

    def _without_key(self, root: str, namespace: str | None, reference: Reference) -> _Near | None:
        """The definitions in the reader's namespace that the same cluster's root applies, if none has the key.

        Where one has it, the folders still say that it belongs elsewhere: that is no proof for other environments.
        """
        if not root or namespace is None or reference.key is None:
            return None
        everywhere = self.index.holders(reference.kind, reference.name).all()
        near = [
            each
            for each in everywhere
            if each.environment.applied_from == root and each.namespace == namespace
        ]
        said = _near(self.index, reference, near) if near else None
        return said if said is not None and said.outcome is Outcome.MISSING_KEY else None

    def _look(self, words: Words, namespace: str | None, reference: Reference) -> _Near | None:
        without_key: _Near | None = None
        for there in self._there(words, namespace, reference):
            near = _usable(there)
            if not near:
                continue
            said = _near(self.index, reference, near)
            if without_key is not None:
                is_part = near[0].nearness is Nearness.BELOW
                return said if is_part and said.outcome in DEFINED else without_key
            if said.outcome in DEFINED or not _may_be_another(near, namespace):
                return said
            without_key = said
        return without_key or self._hashed(words, namespace, reference)

    def _there(self, words: Words, namespace: str | None, reference: Reference) -> Iterator[list[Candidate]]:
        """The definitions that exist elsewhere, in order of nearness."""
        for candidates in self.index.holders(reference.kind, reference.name).near(words, namespace):
            yield [each for each in candidates if self.index.exists(each.definition, words)]

    def _hashed(self, words: Words, namespace: str | None, reference: Reference) -> _Near | None:
        """The definitions whose names get a hash, which a reference of another build never gets."""
        there = chain.from_iterable(self._there(words, namespace, reference))
        hashed = tuple(each for each in there if each.definition.hashed)
        if not hashed:
            return None
        nowhere: frozenset[str] = frozenset()
        return _Near(outcome=Outcome.RENAMED, found=hashed[:FEW], anchors=nowhere, namespaces=nowhere)


def _usable(there: Iterable[Candidate]) -> list[Candidate]:
    """The definitions that a reference of another build may mean."""
    return [each for each in there if not (each.definition.hashed or each.definition.refused)]


def _near(index: Index, reference: Reference, near: list[Candidate]) -> _Near:
    outcome, found = _by_key(index, reference, near)
    sure = [each for each in near if each.nearness in (Nearness.SAME_WORDS, Nearness.OTHER)]
    anchors = frozenset(each.environment.anchor for each in sure) - {""}
    namespaces = frozenset(each.namespace for each in sure) - {None, "*"}
    return _Near(outcome=outcome, found=tuple(found[:FEW]), anchors=anchors, namespaces=namespaces)


def _may_be_another(near: Iterable[Candidate], namespace: str | None) -> bool:
    """Whether a part of the same environment may have another object of that name: in a namespace that is not known."""
    return all(each.nearness is Nearness.SAME_WORDS and None in (namespace, each.namespace) for each in near)
