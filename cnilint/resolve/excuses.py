"""What speaks for and against a broken reference beyond the definitions of its name.

Against it: a sibling environment in which the same reference is kept. For it: whatever may make the object unseen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from posixpath import basename, dirname

from cnilint.document import Span
from cnilint.environment.model import Environment
from cnilint.environment.words import is_common_word, place_of
from cnilint.facts.model import Reference
from cnilint.gitops.conventions import environment_names
from cnilint.manifest.names import pattern_of
from cnilint.resolve.index import Index, Nearness, matches
from cnilint.resolve.outcome import ABSENT, KEPT, Outcome, Resolution, Sibling


@dataclass(slots=True)
class ResolvedElsewhere:
    """The references that are kept, by what the same reference of a sibling has in common with them."""

    alike: dict[tuple[str, ...], Sibling] = field(default_factory=dict)
    by_token: dict[tuple[Span, str | None], Sibling] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    """The definitions that something in their own environment reads, by ``id``."""

    def note(self, resolution: Resolution) -> None:
        if resolution.outcome not in KEPT or not resolution.found or resolution.environment.unjudged:
            return
        nearest = resolution.found[0]
        here = (resolution.environment, nearest.definition)
        reference = resolution.reference
        if resolution.environment.words:
            self.alike.setdefault(_likeness(resolution.environment, reference), here)
        self.by_token.setdefault((reference.name_span, reference.key), here)
        if nearest.nearness is Nearness.OWN:
            self.used.update(id(candidate.definition) for candidate in resolution.found)

    def sibling(self, resolution: Resolution) -> Sibling | None:
        """The environment in which the same reference is kept: a sibling, or another that is built of the same files."""
        environment, reference = resolution.environment, resolution.reference
        if not environment.words and not environment.deployed:
            return None
        alike = self.alike.get(_likeness(environment, reference)) if environment.words else None
        found = alike or self.by_token.get((reference.name_span, reference.key))
        return found if found is not None and found[0] is not environment else None


def _likeness(environment: Environment, reference: Reference) -> tuple[str, ...]:
    """What two siblings' references have in common when they are the same reference."""
    owner = reference.owner
    return (environment.family, owner.kind, owner.name, reference.kind, reference.name, reference.key or "")


def weighed(index: Index, kept: ResolvedElsewhere, resolution: Resolution) -> Resolution:
    """A broken reference with what speaks for it and against it."""
    sibling = kept.sibling(resolution)
    outcome, reason = _excuse(index, resolution, sibling)
    if outcome is not None:
        return replace(resolution, outcome=outcome, reason=reason)
    if resolution.outcome is Outcome.MISSING_OBJECT:
        certain = sibling is not None and _are_environments(resolution.environment, sibling[0])
        return replace(resolution, sibling=sibling or _managed_elsewhere(resolution), certain=certain)
    if resolution.outcome is Outcome.WRONG_NAMESPACE:
        return replace(
            resolution, certain=all(id(each.definition) not in kept.used for each in resolution.found)
        )
    return resolution if resolution.outcome is Outcome.WRONG_KIND else replace(resolution, sibling=sibling)


def _managed_elsewhere(resolution: Resolution) -> Sibling | None:
    """Another environment that keeps such an object, whoever reads it there, in what may be the same namespace."""
    if not resolution.environment.words:
        return None
    for candidate in resolution.found:
        other = candidate.environment
        spaces = {place_of(each).family for each in (resolution.namespace, candidate.namespace) if each}
        if other.words and not other.unjudged and len(spaces) < 2:
            return other, candidate.definition
    return None


def _are_environments(environment: Environment, sibling: Environment) -> bool:
    """Whether both surely are environments: something applies this one, or their words are everybody's."""
    return bool(environment.deployed) or all(
        any(is_common_word(word) for word in each.words) for each in (environment, sibling)
    )


def _excuse(index: Index, resolution: Resolution, sibling: Sibling | None) -> tuple[Outcome | None, str]:
    """Why a broken reference may hold after all, and the reason where it cannot be verified.

    What a sibling environment keeps in its manifests, a chart or a controller does not make here unasked.
    """
    environment, reference = resolution.environment, resolution.reference
    if environment.unjudged:
        return Outcome.UNVERIFIABLE, environment.unjudged
    if index.is_external(reference, resolution.namespace):
        return Outcome.EXTERNAL, ""
    if resolution.outcome not in ABSENT or index.closed_world:
        return None, ""
    if _is_created(index, environment, reference, resolution.namespace):
        return Outcome.EXTERNAL, ""
    for reason in _gaps(index, environment, reference, sibling):
        return Outcome.UNVERIFIABLE, reason
    if _is_mentioned(index, environment, reference.name, sibling):
        return Outcome.EXTERNAL, ""
    if _is_completed(resolution):
        return Outcome.UNVERIFIABLE, "the environments beside this shared folder have it, and may complete it"
    chart = None if sibling is not None else _chart(index, resolution)
    if chart is not None:
        return Outcome.UNVERIFIABLE, f"the chart {chart} that is installed here may make it"
    return None, ""


def _is_created(index: Index, environment: Environment, reference: Reference, namespace: str | None) -> bool:
    """Whether a script or a document creates it, one that is not of another environment."""
    return any(
        creation.words <= environment.words and matches(namespace, creation.namespace)
        for creation in index.created(reference.kind, reference.name)
    )


def _is_mentioned(index: Index, environment: Environment, name: str, sibling: Sibling | None) -> bool:
    """Whether a custom resource speaks of the name. One that a sibling has too does not make it there."""
    by = index.mentions.get(name, {})
    if sibling is not None:
        return environment.name in by and sibling[0].name not in by
    return environment.name in by or any(words <= environment.words for words in by.values())


def _is_completed(resolution: Resolution) -> bool:
    """Whether a folder that is shared by environments lacks what they have: somebody applies it with each of them."""
    environment, root = resolution.environment, resolution.environment.roots[0]
    if environment.words or environment.deployed or basename(root) not in environment_names().shared:
        return False
    beside = f"{dirname(root)}/" if dirname(root) else ""
    return any(
        candidate.environment.words and candidate.environment.roots[0].startswith(beside)
        for candidate in resolution.found
    )


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


def _chart(index: Index, resolution: Resolution) -> str | None:
    """The chart installed in the environment, or from elsewhere into the namespace, whose objects bear such names."""
    environment = resolution.environment
    here = index.releases.get(environment.name, ())
    into = index.releases_into.get(resolution.namespace or "", ()) if resolution.namespace else ()
    for release in (*here, *(release for words, release in into if words <= environment.words)):
        if any(_bears(resolution.reference.name, word) for word in (release.name, release.chart)):
            return release.chart
    return None


def _bears(name: str, word: str) -> bool:
    return bool(word) and (name == word or name.startswith(f"{word}-"))
