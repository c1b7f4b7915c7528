"""At which version each part of each component is, and where the signs of it disagree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cnilint.diagnostics.model import Diagnostic, Related
from cnilint.packs.parts import Claim, Part, Sighting
from cnilint.versions import Confidence, Version

_TRUST = (Confidence.EXACT, Confidence.VENDOR, Confidence.LINE)


@dataclass(frozen=True, slots=True)
class Unverified:
    """A component whose version nothing tells; ``part`` is the first object that belongs to it."""

    component: str
    part: Part
    reason: str


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions in one environment.

    ``of_claim`` holds the version that an object itself tells, by the object's position among the parts and
    the component; ``of_component`` all that the environment tells. A target from the user replaces both.
    """

    parts: tuple[Part, ...]
    of_claim: Mapping[tuple[int, str], Version]
    of_component: Mapping[str, tuple[Version, ...]]

    def at(self, position: int, claim: Claim) -> tuple[Version, ...]:
        """The versions that an object may be run with: its own, else those of its neighbours."""
        own = self.of_claim.get((position, claim.component))
        if own is not None:
            return (own,)
        namespace = self.parts[position].owner.namespace
        near = {
            version
            for (other, component), version in self.of_claim.items()
            if component == claim.component and self.parts[other].owner.namespace == namespace
        }
        return tuple(sorted(near, key=lambda version: version.key)) or self.of_component.get(
            claim.component, ()
        )


def resolve(parts: Sequence[Part], targets: Mapping[str, Version]) -> Versions:
    """The versions of the parts of one environment."""
    of_claim: dict[tuple[int, str], Version] = {}
    of_component: dict[str, dict[Version, None]] = {}
    for position, part in enumerate(parts):
        for claim in part.claims:
            version = targets.get(claim.component) or _best(claim.sightings)
            if version is not None:
                of_claim[position, claim.component] = version
                of_component.setdefault(claim.component, {})[version] = None
    return Versions(tuple(parts), of_claim, {name: tuple(found) for name, found in of_component.items()})


def unverified(versions: Versions) -> list[Unverified]:
    """The components of which no version is known, each once."""
    found: dict[str, Unverified] = {}
    for part in versions.parts:
        for claim in part.claims:
            name = claim.component
            if name not in versions.of_component and name not in found:
                reason = f"no image tag, label or key tells the version of {name}"
                found[name] = Unverified(name, part, reason)
    return list(found.values())


def skew(versions: Versions, targets: Mapping[str, Version]) -> Iterator[Diagnostic]:
    """CNI206: signs inside one object that disagree, and parts of one component at different versions.

    A component whose version the user names is taken at that word.
    """
    for part in versions.parts:
        for claim in part.claims:
            if claim.component not in targets:
                yield from _skew_inside(part, claim)
    yield from _skew_between(versions, targets)


def _best(sightings: Sequence[Sighting]) -> Version | None:
    """The most trustworthy version: images before other signs, then by confidence, then in the data's order."""
    told = [sighting for sighting in sightings if sighting.reading.version is not None]
    told.sort(key=_rank)
    return told[0].reading.version if told else None


def _rank(sighting: Sighting) -> tuple[bool, int, int]:
    confidence = _TRUST.index(sighting.reading.confidence)
    return sighting.image is None, confidence, sighting.image or 0


def _skew_inside(part: Part, claim: Claim) -> Iterator[Diagnostic]:
    compared = sorted(_comparable(claim), key=_rank)
    for other in compared[1:]:
        if not _agree(compared[0], other):
            yield _problem(claim.component, part, other, compared[0])
            return


def _skew_between(versions: Versions, targets: Mapping[str, Version]) -> Iterator[Diagnostic]:
    """Different programs of one component in one namespace; two revisions of one program may run side by side."""
    groups: dict[tuple[str, str | None], list[tuple[Part, Sighting]]] = {}
    for part in versions.parts:
        for claim in part.claims:
            compared = sorted(_comparable(claim), key=_rank)
            if compared and claim.component not in targets:
                groups.setdefault((claim.component, part.owner.namespace), []).append((part, compared[0]))
    for (component, _), members in groups.items():
        single = _programs(members)
        for part, sighting in single[1:]:
            if not _agree(single[0][1], sighting):
                yield _problem(component, part, sighting, single[0][1])
                break


def _programs(members: list[tuple[Part, Sighting]]) -> list[tuple[Part, Sighting]]:
    """One member for each program that runs at one version only, the most trustworthy first."""
    programs: dict[int | None, list[tuple[Part, Sighting]]] = {}
    for member in members:
        programs.setdefault(member[1].image, []).append(member)
    single = [
        group[0] for group in programs.values() if all(_agree(group[0][1], other[1]) for other in group)
    ]
    return sorted(single, key=lambda member: _rank(member[1]))


def _comparable(claim: Claim) -> Iterator[Sighting]:
    return (
        sighting for sighting in claim.sightings if sighting.compared and sighting.reading.version is not None
    )


def _agree(one: Sighting, other: Sighting) -> bool:
    first, second = one.reading.version, other.reading.version
    return first is None or second is None or first.same_release(second)


def _problem(component: str, part: Part, other: Sighting, first: Sighting) -> Diagnostic:
    message = f"{other.where} says {component} {other.reading.version}, and {first.where} says {first.reading.version}"
    return Diagnostic(
        code="CNI206",
        span=other.token.span,
        message=message[0].upper() + message[1:],
        hint=f"a release of {component} ships these together: bring both to one version",
        owner=part.owner,
        container=other.container,
        related=(Related(first.token.span, f"{first.where} says {first.reading.version}"),),
        severity="warning",
    )
