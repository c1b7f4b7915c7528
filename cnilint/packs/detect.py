"""The version of each part of each component, and mixed versions."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from cnilint.diagnostics.model import Diagnostic, Message, Related
from cnilint.packs.parts import DetectedVersion, Membership, Part
from cnilint.versions import Confidence, Version

_TRUST = (Confidence.EXACT, Confidence.VENDOR, Confidence.LINE)


class Unverified(Struct, frozen=True):
    """A component without a known version; ``part`` is the first object that belongs to it."""

    component: str
    part: Part
    reason: str


class Versions(Struct, frozen=True, kw_only=True):
    """The versions in one environment.

    ``of_membership`` holds the version that an object itself gives, by the object's position among the parts and the
    component; ``of_component`` all versions of a component in the environment. A target of the user replaces both.
    ``of_resources`` are, for components whose objects give no version, the versions of what installs them.
    """

    parts: tuple[Part, ...]
    of_membership: Mapping[tuple[int, str], Version]
    of_component: Mapping[str, tuple[Version, ...]]
    of_resources: Mapping[str, tuple[Version, ...]]

    def at(self, position: int, membership: Membership) -> tuple[Version, ...]:
        """The versions that an object may run with: its own, else those of its namespace, else of the environment."""
        component = membership.component
        own = self.of_membership.get((position, component))
        if own is not None:
            return (own,)
        if self.parts[position].is_resource:
            return self.of_component.get(component) or self.of_resources.get(component, ())
        near = sorted(self._in_namespace(position, component), key=lambda version: version.key)
        return tuple(near) or self.of_component.get(component, ())

    def _in_namespace(self, position: int, component: str) -> set[Version]:
        namespace = self.parts[position].owner.namespace
        return {
            version
            for (other, name), version in self.of_membership.items()
            if name == component and self.parts[other].owner.namespace == namespace
        }


def resolve(
    parts: Sequence[Part],
    targets: Mapping[str, Version],
    installers: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Versions:
    """The versions of the parts of one environment; ``installers`` are what has the versions of other components."""
    of_membership: dict[tuple[int, str], Version] = {}
    of_component: dict[str, dict[Version, None]] = {}
    for position, part in enumerate(parts):
        for membership in part.memberships:
            version = targets.get(membership.component) or _best(membership.detected)
            if version is not None:
                of_membership[position, membership.component] = version
                of_component.setdefault(membership.component, {})[version] = None
            else:
                for line in membership.allowed:
                    of_component.setdefault(membership.component, {})[line] = None
    of_resources: dict[str, tuple[Version, ...]] = {
        name: tuple(version for other in others for version in of_component.get(other, ()))
        for name, others in installers.items()
    }
    return Versions(
        parts=tuple(parts),
        of_membership=of_membership,
        of_component={name: tuple(found) for name, found in of_component.items()},
        of_resources=of_resources,
    )


def unverified(versions: Versions) -> list[Unverified]:
    """The components without a known version, each once; custom resources alone do not show that one is installed."""
    found: dict[str, Unverified] = {}
    for part in versions.parts:
        if part.is_resource:
            continue
        for membership in part.memberships:
            name = membership.component
            if name not in versions.of_component and name not in found:
                found[name] = Unverified(name, part, "no image tag, label, key or chart gives its version")
    return list(found.values())


def skew(versions: Versions, targets: Mapping[str, Version]) -> Iterator[Diagnostic]:
    """CNI206: different versions inside one object, and between the programs of one component.

    A component whose version the user gives is not checked.
    """
    for part in versions.parts:
        for membership in part.memberships:
            if membership.component not in targets:
                yield from _skew_inside(part, membership)
    yield from _skew_between(versions, targets)


def _best(detected: Sequence[DetectedVersion]) -> Version | None:
    """The most reliable version: images before other signals, then by confidence, then in the data's order."""
    known = [found for found in detected if found.reading.version is not None]
    return min(known, key=_rank).reading.version if known else None


def _rank(found: DetectedVersion) -> tuple[bool, int, int]:
    return found.image is None, _TRUST.index(found.reading.confidence), found.image or 0


def _skew_inside(part: Part, membership: Membership) -> Iterator[Diagnostic]:
    first, *others = _comparable(membership) or (None,)
    other = next((other for other in others if first is not None and not _agree(first, other)), None)
    if first is not None and other is not None:
        yield _mixed_versions(part, other, first)


def _skew_between(versions: Versions, targets: Mapping[str, Version]) -> Iterator[Diagnostic]:
    """Different programs of one component in one namespace; two revisions of one program may run side by side."""
    groups: dict[tuple[str, str | None], list[tuple[Part, DetectedVersion]]] = {}
    for part in versions.parts:
        for membership in part.memberships:
            compared = _comparable(membership)
            if compared and membership.component not in targets:
                key = (membership.component, part.owner.namespace)
                groups.setdefault(key, []).append((part, compared[0]))
    for members in groups.values():
        single = _programs(members)
        for part, found in single[1:]:
            if not _agree(single[0][1], found):
                yield _mixed_versions(part, found, single[0][1])
                break


def _programs(members: list[tuple[Part, DetectedVersion]]) -> list[tuple[Part, DetectedVersion]]:
    """One member for each program that runs at one version only, the most reliable first."""
    programs: dict[int | None, list[tuple[Part, DetectedVersion]]] = {}
    for member in members:
        programs.setdefault(member[1].image, []).append(member)
    single = [
        group[0] for group in programs.values() if all(_agree(group[0][1], other[1]) for other in group)
    ]
    return sorted(single, key=lambda member: _rank(member[1]))


def _comparable(membership: Membership) -> list[DetectedVersion]:
    """The versions that must agree, the most reliable first."""
    known = [found for found in membership.detected if found.compared and found.reading.version is not None]
    return sorted(known, key=_rank)


def _agree(one: DetectedVersion, other: DetectedVersion) -> bool:
    first, second = one.reading.version, other.reading.version
    return first is None or second is None or first.same_release(second)


def _mixed_versions(part: Part, other: DetectedVersion, first: DetectedVersion) -> Diagnostic:
    return Diagnostic(
        code="CNI206",
        span=other.token.span,
        message=Message(
            "mixed versions of {component}: {version} in {place}, {other_version} in {other_place}",
            component=other.component,
            version=str(other.reading.version),
            place=other.where,
            other_version=str(first.reading.version),
            other_place=first.where,
        ),
        hint=f"use one release of {other.component} for all of them",
        owner=part.owner,
        container=other.container,
        related=(Related(first.token.span, f"{first.where}: {first.component} {first.reading.version}"),),
        severity="warning",
    )
